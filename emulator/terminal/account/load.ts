// A load of the medical account: money comes from the insurance centre, online. Part 5, 7; part 7, 11.

import {
  CLA_ACCOUNT,
  P1_LOAD,
  P2_INITIALIZE,
  TRANSACTION_MAC_BYTES,
} from "../../../applets/social-security/spec.ts";
import { command } from "../../../personalization/apdu.ts";
import { bytes, concat } from "../../../personalization/bytes.ts";
import { findKey } from "../../../personalization/definition/find.ts";
import type { KeyDefinition } from "../../../personalization/definition/types.ts";
import {
  INS_CREDIT_FOR_LOAD,
  INS_INITIALIZE_TRANSACTION,
} from "../../../runtime/spec/instructions.ts";
import type { CardSession } from "../desk/card-session.ts";
import { amountBytes } from "../desk/parameters.ts";
import { ask, KEY_INDEX, MEDICAL } from "./account.ts";

/** What MAC1 covers, as the centre is told it. Amounts are 4 bytes, in fen. */
export interface LoadData {
  /** DLK of the card. */
  readonly key: KeyDefinition;
  readonly balance: Uint8Array;
  readonly amount: Uint8Array;
  /** Of the card: transaction number (2), version of its key, pseudo-random number (4). */
  readonly cardSequence: Uint8Array;
  readonly keyVersion: number;
  readonly random: Uint8Array;
  /** 6 bytes. */
  readonly terminal: Uint8Array;
}

export interface LoadRequest extends LoadData {
  readonly mac1: Uint8Array;
}

/** Balance, transaction number, version and cipher of the key, random number, MAC1. */
const INITIALIZED_BYTES = 16;

/** INITIALIZE FOR LOAD in the account's DF; `amount` in fen, `terminal` 12 digits. */
export async function initializeLoad(
  session: CardSession,
  amount: number,
  terminal: string,
): Promise<LoadRequest> {
  const [money, number] = [amountBytes(amount), bytes(terminal)];
  const data = concat(Uint8Array.of(KEY_INDEX), money, number);
  const [ins, p1, p2] = [INS_INITIALIZE_TRANSACTION, P1_LOAD, P2_INITIALIZE];
  const start = command(CLA_ACCOUNT, ins, p1, p2, data, INITIALIZED_BYTES);
  const answer = await ask(session.card, "INITIALIZE FOR LOAD", start, INITIALIZED_BYTES);
  return {
    key: findKey(session.definition, MEDICAL, "DLK"),
    balance: answer.slice(0, 4),
    cardSequence: answer.slice(4, 6),
    keyVersion: answer[6]!,
    random: answer.slice(8, 12),
    mac1: answer.slice(12),
    amount: money,
    terminal: number,
  };
}

/** CREDIT FOR LOAD with the centre's time (7 bytes) and MAC2; the TAC. `StatusWordError` 9302. */
export function creditLoad(
  { card }: CardSession,
  time: Uint8Array,
  mac2: Uint8Array,
): Promise<Uint8Array> {
  const length = TRANSACTION_MAC_BYTES;
  const credit = command(CLA_ACCOUNT, INS_CREDIT_FOR_LOAD, 0, 0, concat(time, mac2), length);
  return ask(card, "CREDIT FOR LOAD", credit, length);
}
