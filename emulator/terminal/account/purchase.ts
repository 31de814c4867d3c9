// A purchase on the medical account, with all three of its amounts. Part 5, 7.6 and 7.7; part 7, 12.

import {
  CLA_ACCOUNT,
  P1_PURCHASE,
  P2_INITIALIZE,
  TRANSACTION_MAC_BYTES,
  TRANSACTION_PURCHASE,
} from "../../../applets/social-security/spec.ts";
import { command } from "../../../personalization/apdu.ts";
import { bytes, concat } from "../../../personalization/bytes.ts";
import { findKey } from "../../../personalization/definition/find.ts";
import {
  INS_DEBIT_FOR_PURCHASE,
  INS_INITIALIZE_TRANSACTION,
} from "../../../runtime/spec/instructions.ts";
import type { CardSession } from "../desk/card-session.ts";
import { amountBytes } from "../desk/parameters.ts";
import type { PurchaseData } from "../desk/security.ts";
import { ask, KEY_INDEX, MEDICAL } from "./account.ts";

/** Who pays what of a bill, in fen. */
export interface Shares {
  /** The medical account of the person. */
  readonly account: number;
  /** The person, in cash. */
  readonly self: number;
  /** The pooled fund. */
  readonly pool: number;
}

/** What the card proves a purchase with: MAC2 to the PSAM, the TAC to the insurance centre. */
export interface PurchaseProof {
  readonly tac: Uint8Array;
  readonly mac2: Uint8Array;
}

/** CIA, SPIP and SPFP, year, transaction number, version and cipher of the key, random number. */
const INITIALIZED_BYTES = 22;
const PROOF_BYTES = 2 * TRANSACTION_MAC_BYTES;

/**
 * INITIALIZE FOR PURCHASE in the account's DF: nothing is paid yet. `terminal` has 12 digits, `time` 7
 * bytes. `StatusWordError` 9401 when the account has not enough, 6982 without the PIN.
 */
export async function initializePurchase(
  session: CardSession,
  shares: Shares,
  terminal: string,
  time: Uint8Array,
): Promise<PurchaseData> {
  const [account, self, pool] = [shares.account, shares.self, shares.pool].map(amountBytes) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const number = bytes(terminal);
  const data = concat(Uint8Array.of(KEY_INDEX), account, self, pool, number);
  const [ins, p1, p2] = [INS_INITIALIZE_TRANSACTION, P1_PURCHASE, P2_INITIALIZE];
  const start = command(CLA_ACCOUNT, ins, p1, p2, data, INITIALIZED_BYTES);
  const name = "INITIALIZE FOR PURCHASE";
  const answer = await ask(session.card, name, start, INITIALIZED_BYTES);
  return {
    key: findKey(session.definition, MEDICAL, "DPK"),
    cardSequence: answer.slice(14, 16),
    keyVersion: answer[16]!,
    keyAlgorithm: answer[17]!,
    random: answer.slice(18, 22),
    ...{ account, self, pool, terminal: number, time },
    type: TRANSACTION_PURCHASE,
  };
}

/** DEBIT FOR PURCHASE: afterwards it is paid. `StatusWordError` 9302 when MAC1 is wrong. */
export async function debitPurchase(
  { card }: CardSession,
  terminalSequence: Uint8Array,
  time: Uint8Array,
  mac1: Uint8Array,
): Promise<PurchaseProof> {
  const data = concat(terminalSequence, time, mac1);
  const pay = command(CLA_ACCOUNT, INS_DEBIT_FOR_PURCHASE, P1_PURCHASE, 0, data, PROOF_BYTES);
  const answer = await ask(card, "DEBIT FOR PURCHASE", pay, PROOF_BYTES);
  return { tac: answer.slice(0, 4), mac2: answer.slice(4) };
}
