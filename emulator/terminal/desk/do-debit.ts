// iDoDebit: a medical purchase on the card's account. Reader specification 2.0, 9.8; part 5, 7.
//
// The interface knows two amounts, the card three. What is paid in total goes where the card has the holder's
// own part, what account and pool pay goes where it has the pool's; the part of the account is 0, as the text
// has "the last two amounts of the command" for the HSM. Cards with money on them need another interface.

import {
  CLA_ACCOUNT,
  P1_PURCHASE,
  P2_INITIALIZE,
  TRANSACTION_MAC_BYTES,
  TRANSACTION_PURCHASE,
} from "../../../applets/social-security/spec.ts";
import { command, exchange, expectSuccess } from "../../../personalization/apdu.ts";
import { bytes, concat } from "../../../personalization/bytes.ts";
import { findApplication, findKey } from "../../../personalization/definition/find.ts";
import { FieldError } from "../../../personalization/errors.ts";
import {
  INS_DEBIT_FOR_PURCHASE,
  INS_INITIALIZE_TRANSACTION,
} from "../../../runtime/spec/instructions.ts";
import { indicatorOf } from "./algorithm.ts";
import { selectDf } from "./card-commands.ts";
import { type CardSession, checkCard } from "./card-session.ts";
import { nothingOpened, openWithPin } from "./open-file.ts";
import {
  amountBytes,
  fields,
  hexField,
  join,
  type PayInfo,
  parseCardInfo,
  parsePayInfo,
  parseTime,
} from "./parameters.ts";
import type { PurchaseData } from "./security.ts";
import { addressOf, type Step } from "./step.ts";
import { type CardAtTerminal, securityFor, terminalNumber, type Work } from "./terminal.ts";

/** The application of the medical account. */
const MEDICAL = "DF04";
/** Which of the card's purchase keys. */
const KEY_INDEX = 0x01;
/** CIA, SPIP and SPFP, year, transaction number, version and cipher of the key, random number. */
const INITIALIZED_BYTES = 22;
const PROOF_BYTES = 8;

export function doDebit(pCardInfo: string, pPayInfo: string): Work<string> {
  const info = parseCardInfo(pCardInfo);
  const pay = parsePayInfo(pPayInfo);
  return async (session) => {
    const security = await securityFor(session);
    checkCard(session, info);
    const purchase = await initialize(session, pay);
    const { terminalSequence, mac1 } = await security.startPurchase(session, purchase);
    const { tac, mac2 } = await debit(session, terminalSequence, purchase.time, mac1);
    await security.endPurchase(mac2);
    return receipt(session, purchase, terminalSequence, tac);
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
  const mac = hexField(mac1, TRANSACTION_MAC_BYTES);
  const { tac, mac2 } = await debit(session, terminalSequence, done.time, mac);
  return { output: join(mac2) + receipt(session, done, terminalSequence, tac) };
}

async function initialize(
  session: CardAtTerminal,
  { total, accountAndPool, time }: PayInfo,
): Promise<PurchaseData> {
  await openWithPin(session, nothingOpened());
  await selectDf(session.card, findApplication(session.definition, MEDICAL).fid);
  const terminal = bytes(await terminalNumber(session.terminal));
  const [account, self, pool] = [0, total, accountAndPool].map(amountBytes) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const data = concat(Uint8Array.of(KEY_INDEX), account, self, pool, terminal);
  const start = command(
    CLA_ACCOUNT,
    INS_INITIALIZE_TRANSACTION,
    P1_PURCHASE,
    P2_INITIALIZE,
    data,
    INITIALIZED_BYTES,
  );
  const name = "INITIALIZE FOR PURCHASE";
  const answer = expectSuccess(name, await exchange(session.card, start));
  expectLength(name, answer, INITIALIZED_BYTES);
  return {
    key: findKey(session.definition, MEDICAL, "DPK"),
    cardSequence: answer.slice(14, 16),
    keyVersion: answer[16]!,
    keyAlgorithm: answer[17]!,
    random: answer.slice(18, 22),
    ...{ account, self, pool, terminal, time },
    type: TRANSACTION_PURCHASE,
  };
}

async function debit(
  { card }: CardAtTerminal,
  terminalSequence: Uint8Array,
  time: Uint8Array,
  mac1: Uint8Array,
): Promise<{ tac: Uint8Array; mac2: Uint8Array }> {
  const data = concat(terminalSequence, time, mac1);
  const pay = command(CLA_ACCOUNT, INS_DEBIT_FOR_PURCHASE, P1_PURCHASE, 0, data, PROOF_BYTES);
  const answer = expectSuccess("DEBIT FOR PURCHASE", await exchange(card, pay));
  expectLength("DEBIT FOR PURCHASE", answer, PROOF_BYTES);
  return { tac: answer.slice(0, 4), mac2: answer.slice(4) };
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

function expectLength(name: string, answer: Uint8Array, length: number): void {
  if (answer.length !== length) {
    throw new FieldError(`${name}: the card answered ${answer.length} bytes, not ${length}`);
  }
}
