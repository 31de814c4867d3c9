// Pays with the card's account, also when the card is pulled in the middle; and loads the account.

import {
  TRANSACTION_LOAD,
  TRANSACTION_PURCHASE,
} from "../../../../applets/social-security/spec.ts";
import { bytes, hex } from "../../../../personalization/bytes.ts";
import { TransportError } from "../../../../personalization/errors.ts";
import {
  type Balances,
  openAccount,
  readBalances,
  selectAccount,
  transactionProof,
} from "../../account/account.ts";
import { creditLoad, initializeLoad } from "../../account/load.ts";
import {
  debitPurchase,
  initializePurchase,
  type PurchaseProof,
  type Shares,
} from "../../account/purchase.ts";
import type { PurchaseData, PurchaseStart } from "../../desk/security.ts";
import { securityFor, type Terminal } from "../../desk/terminal.ts";
import type { CentreLine } from "./client.ts";
import { atCard, type Person } from "./reader.ts";
import type { Receipt } from "./receipt.ts";

/** A purchase that the card was told to do. */
interface Begun {
  readonly purchase: PurchaseData;
  readonly start: PurchaseStart;
}

export interface Payment {
  readonly receipt: Receipt;
  /** What told that it was paid: the card's answer, or its proof after it was pulled. */
  readonly by: "answer" | "proof";
}

/**
 * Pays `shares` at `time` (YYYYMMDDHHMMSS), with MAC1 by the PSAM, which checks MAC2. A card that was pulled is asked
 * for its proof; undefined when it says that nothing was paid.
 */
export async function pay(
  terminal: Terminal,
  person: Person,
  shares: Shares,
  time: string,
): Promise<Payment | undefined> {
  const told: { begun?: Begun } = {};
  const receipt = (proof: PurchaseProof) => receiptOf(person, shares, time, told.begun!, proof);
  try {
    return await atCard(terminal, person, async (session) => {
      const security = await securityFor(session);
      await openAccount(session);
      const when = bytes(time);
      const purchase = await initializePurchase(session, shares, person.terminal, when);
      const start = await security.startPurchase(session, purchase);
      told.begun = { purchase, start };
      const proof = await debitPurchase(session, start.terminalSequence, when, start.mac1);
      await security.endPurchase(proof.mac2);
      return { receipt: receipt(proof), by: "answer" };
    });
  } catch (error) {
    if (!(error instanceof TransportError) || told.begun === undefined) throw error;
    const proof = await askForProof(terminal, person, told.begun);
    return proof && { receipt: receipt(proof), by: "proof" };
  }
}

/** Part 7, 14: the card is back in the reader. Its proof needs no PIN. */
async function askForProof(
  terminal: Terminal,
  person: Person,
  { purchase }: Begun,
): Promise<PurchaseProof | undefined> {
  return atCard(terminal, person, async (session) => {
    await selectAccount(session);
    const counted = next(purchase.cardSequence);
    const proof = await transactionProof(session, TRANSACTION_PURCHASE, counted);
    if (proof === undefined) return undefined;
    const security = await securityFor(session);
    await security.endPurchase(proof.mac);
    return { tac: proof.tac, mac2: proof.mac };
  });
}

function receiptOf(
  { cardNumber, terminal }: Person,
  shares: Shares,
  time: string,
  { start }: Begun,
  { tac }: PurchaseProof,
): Receipt {
  const number = hex(start.terminalSequence);
  return { card: cardNumber, ...shares, terminal, number, time, tac: hex(tac) };
}

/** The number of 2 bytes after this one. */
function next(number: Uint8Array): Uint8Array {
  const value = (number[0]! << 8) + number[1]! + 1;
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** Balance and totals of the year; asks for the PIN. */
export function balancesOf(terminal: Terminal, person: Person): Promise<Balances> {
  return atCard(terminal, person, async (session) => {
    await openAccount(session);
    return readBalances(session);
  });
}

/**
 * Moves `amount` fen from the centre onto the card; the balance afterwards. Needs the network. Undefined when the
 * card was pulled and says that nothing came: the centre learns it from the next load.
 */
export async function load(
  terminal: Terminal,
  person: Person,
  line: CentreLine,
  amount: number,
): Promise<number | undefined> {
  const told: { number?: Uint8Array } = {};
  try {
    return await atCard(terminal, person, async (session) => {
      await openAccount(session);
      const request = await initializeLoad(session, amount, person.terminal);
      const { time, mac2 } = await line.load({
        ...{ card: person.cardNumber, amount, terminal: person.terminal },
        balance: hex(request.balance),
        number: hex(request.cardSequence),
        keyVersion: request.keyVersion,
        random: hex(request.random),
        mac1: hex(request.mac1),
      });
      told.number = request.cardSequence;
      await creditLoad(session, bytes(time), bytes(mac2));
      return (await readBalances(session)).account;
    });
  } catch (error) {
    const { number } = told;
    if (!(error instanceof TransportError) || number === undefined) throw error;
    return atCard(terminal, person, async (session) => {
      await openAccount(session);
      const proof = await transactionProof(session, TRANSACTION_LOAD, next(number));
      return proof && (await readBalances(session)).account;
    });
  }
}
