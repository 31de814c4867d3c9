// iDoDebit: a medical purchase on the card's account. Reader specification 2.0, 9.8; part 5, 7.
//
// The interface knows two amounts, the card three. What is paid in total goes where the card has the holder's
// own part, what account and pool pay goes where it has the pool's; the part of the account is 0, as the text
// has "the last two amounts of the command" for the HSM. Cards with money on them are paid with through ../account/.

import { TRANSACTION_MAC_BYTES } from "../../../applets/social-security/spec.ts";
import { concat, hex } from "../../../personalization/bytes.ts";
import { findKey } from "../../../personalization/definition/find.ts";
import { MEDICAL, openAccount } from "../account/account.ts";
import { debitPurchase, initializePurchase } from "../account/purchase.ts";
import { indicatorOf } from "./algorithm.ts";
import { type CardSession, checkCard } from "./card-session.ts";
import { CODE_BAD_INPUT, CODE_PAID_UNCONFIRMED } from "./codes.ts";
import {
  fields,
  hexField,
  join,
  type PayInfo,
  parseCardInfo,
  parsePayInfo,
  parseTime,
} from "./parameters.ts";
import { DeskError } from "./result.ts";
import type { PurchaseData } from "./security.ts";
import { addressOf, type Step } from "./step.ts";
import { type CardAtTerminal, securityFor, terminalNumber, type Work } from "./terminal.ts";

export function doDebit(pCardInfo: string, pPayInfo: string): Work<string> {
  const info = parseCardInfo(pCardInfo);
  const pay = parsePayInfo(pPayInfo);
  return async (session) => {
    const security = await securityFor(session);
    checkCard(session, info);
    const purchase = await initialize(session, pay);
    const { terminalSequence, mac1 } = await security.startPurchase(session, purchase);
    const { tac, mac2 } = await debitPurchase(session, terminalSequence, purchase.time, mac1);
    const output = receipt(session, purchase, terminalSequence, tac);
    await security.endPurchase(mac2).catch((error: unknown) => {
      throw new DeskError(CODE_PAID_UNCONFIRMED, "", { cause: error, output });
    });
    return output;
  };
}

/** What MAC1 is made of; then the purchase with it. */
export function doDebitStep1(pCardInfo: string, pPayInfo: string): Work<Step> {
  const info = parseCardInfo(pCardInfo);
  const pay = parsePayInfo(pPayInfo);
  return async (session) => {
    checkCard(session, info);
    const purchase = await initialize(session, pay);
    const { random, cardSequence, self, pool, type, terminal, time } = purchase;
    const address = addressOf(purchase.key, purchase.keyVersion);
    const kind = Uint8Array.of(type);
    const amounts = concat(self, pool);
    const cipher = indicatorOf(session.algorithm);
    return {
      output: join(cipher, address, random, cardSequence, amounts, kind, terminal, time),
      next: (pKey) => debitStep2(session, purchase, pKey),
    };
  };
}

/** `pKey`: the terminal's transaction number, time, MAC1. */
async function debitStep2(
  session: CardAtTerminal,
  purchase: PurchaseData,
  pKey: string,
): Promise<Step> {
  const [sequence = "", paid = "", mac1 = ""] = fields(pKey, 3, "pKey");
  const terminalSequence = hexField(sequence, 4);
  const done = { ...purchase, time: parseTime(paid) };
  checkIssued(session, done.time);
  const mac = hexField(mac1, TRANSACTION_MAC_BYTES);
  const { tac, mac2 } = await debitPurchase(session, terminalSequence, done.time, mac);
  return { output: join(mac2) + receipt(session, done, terminalSequence, tac) };
}

async function initialize(
  session: CardAtTerminal,
  { total, accountAndPool, time }: PayInfo,
): Promise<PurchaseData> {
  checkIssued(session, time);
  await openAccount(session);
  const shares = { account: 0, self: total, pool: accountAndPool };
  return initializePurchase(session, shares, await terminalNumber(session.terminal), time);
}

/** `DeskError` -23: no card pays before the day on which it was issued. */
function checkIssued({ issueDate }: CardSession, time: Uint8Array): void {
  const day = hex(time).slice(0, issueDate.length);
  if (day < issueDate) throw new DeskError(CODE_BAD_INPUT, `the card was issued on ${issueDate}`);
}

/** Cipher|address of the key of the TAC|amounts|type|terminal|its transaction number|time|TAC| */
function receipt(
  session: CardSession,
  purchase: PurchaseData,
  terminalSequence: Uint8Array,
  tac: Uint8Array,
): string {
  const { self, pool, type, terminal, time } = purchase;
  const amounts = concat(self, pool);
  const kind = Uint8Array.of(type);
  const key = addressOf(findKey(session.definition, MEDICAL, "DTK"));
  const cipher = indicatorOf(session.algorithm);
  return join(cipher, key, amounts, kind, terminal, terminalSequence, time, tac);
}
