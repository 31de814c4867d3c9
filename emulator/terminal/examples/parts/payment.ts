// Pays with the card's account, also when the card is pulled in the middle; and loads the account.

import {
  TRANSACTION_LOAD,
  TRANSACTION_PURCHASE,
} from "../../../../applets/social-security/spec.ts";
import { bytes, hex } from "../../../../personalization/bytes.ts";
import { numberOf } from "../../../../personalization/card-manager/read-tlv.ts";
import { BureauError, TransportError } from "../../../../personalization/errors.ts";
import {
  type Balances,
  openAccount,
  readBalances,
  selectAccount,
  transactionProof,
} from "../../account/account.ts";
import { creditLoad, initializeLoad, type LoadRequest } from "../../account/load.ts";
import {
  debitPurchase,
  initializePurchase,
  type PurchaseProof,
  type Shares,
} from "../../account/purchase.ts";
import type { PurchaseData, PurchaseStart, TerminalSecurity } from "../../desk/security.ts";
import { type CardAtTerminal, securityFor, type Terminal } from "../../desk/terminal.ts";
import { NoNetworkError } from "./centre-errors.ts";
import type { CentreLine } from "./client.ts";
import { atCard, type Person } from "./reader.ts";
import type { Receipt } from "./receipt.ts";

/** A purchase that the card was told to do. */
interface Begun {
  readonly purchase: PurchaseData;
  readonly start: PurchaseStart;
}

/** The card says that it paid, and its MAC2 was not confirmed. The receipt is for people to look at. */
export class UnconfirmedError extends BureauError {
  constructor(
    readonly receipt: Receipt,
    reason: string,
  ) {
    const name = `${receipt.terminal}-${receipt.number}`;
    super(`receipt ${name}: the card says that it paid, unconfirmed; pay nothing out: ${reason}`);
  }
}

/** A load that the centre granted at `time`. */
interface LoadTold {
  readonly request: LoadRequest;
  readonly time: string;
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
      return { receipt: await confirmed(security, proof, receipt(proof)), by: "answer" };
    });
  } catch (error) {
    if (!(error instanceof TransportError) || told.begun === undefined) throw error;
    return atCard(terminal, person, async (session) => {
      const proof = await askForProof(session, told.begun!);
      if (proof === undefined) return undefined;
      const security = await securityFor(session);
      return { receipt: await confirmed(security, proof, receipt(proof)), by: "proof" };
    });
  }
}

/** Part 7, 14: the card is back in the reader. Its proof needs no PIN. */
async function askForProof(
  session: CardAtTerminal,
  { purchase }: Begun,
): Promise<PurchaseProof | undefined> {
  await selectAccount(session);
  const counted = next(purchase.cardSequence);
  const proof = await transactionProof(session, TRANSACTION_PURCHASE, counted);
  return proof && { tac: proof.tac, mac2: proof.mac };
}

/** The receipt, when the PSAM confirms MAC2. Whatever it says instead, the receipt is not lost. */
async function confirmed(
  security: TerminalSecurity,
  { mac2 }: PurchaseProof,
  receipt: Receipt,
): Promise<Receipt> {
  await security.endPurchase(mac2).catch((error: unknown) => {
    throw new UnconfirmedError(receipt, error instanceof Error ? error.message : String(error));
  });
  return receipt;
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
 * card was pulled and says that nothing came: the next load takes the same money. What came is told to the centre.
 */
export async function load(
  terminal: Terminal,
  person: Person,
  line: CentreLine,
  amount: number,
): Promise<number | undefined> {
  const told: { load?: LoadTold } = {};
  const came = async ({ request, time }: LoadTold, tac: Uint8Array) => {
    const balance = numberOf(request.balance) + amount;
    const number = hex(request.cardSequence);
    const what = { card: person.cardNumber, amount, balance, number, terminal: person.terminal };
    await line.loaded({ ...what, time, tac: hex(tac) }).catch(unlessNoNetwork);
    return balance;
  };
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
      told.load = { request, time };
      return came(told.load, await creditLoad(session, bytes(time), bytes(mac2)));
    });
  } catch (error) {
    const begun = told.load;
    if (!(error instanceof TransportError) || begun === undefined) throw error;
    return atCard(terminal, person, async (session) => {
      await selectAccount(session);
      const counted = next(begun.request.cardSequence);
      const proof = await transactionProof(session, TRANSACTION_LOAD, counted);
      return proof && came(begun, proof.tac);
    });
  }
}

/** Money is held for what nobody could tell; the card's next load tells that it came. */
function unlessNoNetwork(error: unknown): void {
  if (!(error instanceof NoNetworkError)) throw error;
}
