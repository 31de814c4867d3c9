// The medical account of DF04 as a terminal asks it: balance, totals of the year, proofs. Part 5, 7.

import {
  CLA_ACCOUNT,
  P2_ACCOUNT_BALANCE,
  P2_YEAR_POOLED,
  P2_YEAR_SELF_PAID,
  TRANSACTION_MAC_BYTES,
} from "../../../applets/social-security/spec.ts";
import { command, exchange, expectSuccess } from "../../../personalization/apdu.ts";
import { hex } from "../../../personalization/bytes.ts";
import type { Card } from "../../../personalization/card.ts";
import { numberOf } from "../../../personalization/card-manager/read-tlv.ts";
import { findApplication } from "../../../personalization/definition/find.ts";
import { FieldError } from "../../../personalization/errors.ts";
import { INS_GET_BALANCE, INS_GET_TRANSACTION_PROOF } from "../../../runtime/spec/instructions.ts";
import { SW_MAC_NOT_AVAILABLE } from "../../../runtime/spec/status-words.ts";
import { selectDf } from "../desk/card-commands.ts";
import type { CardSession } from "../desk/card-session.ts";
import { nothingOpened, openWithPin } from "../desk/open-file.ts";
import type { CardAtTerminal } from "../desk/terminal.ts";

/** The application of the medical account. */
export const MEDICAL = "DF04";
/** Which of the card's keys for purchases and loads. */
export const KEY_INDEX = 0x01;

/** In fen. */
export interface Balances {
  readonly account: number;
  /** Paid by the person, and by the pooled fund, in the payment year of four digits. */
  readonly selfInYear: number;
  readonly poolInYear: number;
  readonly year: string;
}

/** Enters the PIN and selects the account's application: what payments and balances need. */
export async function openAccount(session: CardAtTerminal): Promise<void> {
  await openWithPin(session, nothingOpened());
  await selectAccount(session);
}

/** Without the PIN: enough for a proof. */
export function selectAccount(session: CardSession): Promise<void> {
  return selectDf(session.card, findApplication(session.definition, MEDICAL).fid);
}

/** GET BALANCE, three times. */
export async function readBalances({ card }: CardSession): Promise<Balances> {
  const get = (p2: number, length: number) =>
    ask(
      card,
      "GET BALANCE",
      command(CLA_ACCOUNT, INS_GET_BALANCE, 0, p2, undefined, length),
      length,
    );
  const account = await get(P2_ACCOUNT_BALANCE, 4);
  const self = await get(P2_YEAR_SELF_PAID, 6);
  const pool = await get(P2_YEAR_POOLED, 6);
  return {
    account: numberOf(account),
    selfInYear: numberOf(self.subarray(0, 4)),
    poolInYear: numberOf(pool.subarray(0, 4)),
    year: hex(self.subarray(4)),
  };
}

/** What a card answers for a transaction that it did. A load has no MAC: zeros. */
export interface TransactionProof {
  readonly mac: Uint8Array;
  readonly tac: Uint8Array;
}

/**
 * GET TRANSACTION PROOF of the transaction `number` (2 bytes), counted: one more than INITIALIZE answered.
 * Undefined when the card did no such transaction, or another one since. Part 7, 14.
 */
export async function transactionProof(
  { card }: CardSession,
  type: number,
  number: Uint8Array,
): Promise<TransactionProof | undefined> {
  const length = 2 * TRANSACTION_MAC_BYTES;
  const get = command(CLA_ACCOUNT, INS_GET_TRANSACTION_PROOF, 0, type, number, length);
  const response = await exchange(card, get);
  if (response.sw === SW_MAC_NOT_AVAILABLE) return undefined;
  const answer = expectSuccess("GET TRANSACTION PROOF", response);
  expectLength("GET TRANSACTION PROOF", answer, length);
  return { mac: answer.slice(0, 4), tac: answer.slice(4) };
}

/** The answer to a command that succeeded, `length` bytes. `StatusWordError`, `FieldError`. */
export async function ask(
  card: Card,
  name: string,
  apdu: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  const answer = expectSuccess(name, await exchange(card, apdu));
  expectLength(name, answer, length);
  return answer;
}

function expectLength(name: string, answer: Uint8Array, length: number): void {
  if (answer.length !== length) {
    throw new FieldError(`${name}: the card answered ${answer.length} bytes, not ${length}`);
  }
}
