// The end of a transaction: account, proof and record change together or not at all. Part 7, 11.8, 12.6, 14.

import { begin, commit, writeObject } from "../../../runtime/sdk/card.ts";
import { SW_SUCCESS } from "../../../runtime/spec/status-words.ts";
import { current } from "../../filesystem/engine/current.ts";
import { addRecordFrom } from "../../filesystem/engine/records.ts";
import { recordBytes } from "./conditions.ts";
import {
  ACCOUNT,
  ACCOUNT_BYTES,
  accountOf,
  PROOF_NUMBER,
  PROOF_TYPE,
  RECORD,
  ROW,
} from "./object.ts";
import { AMOUNTS, TYPE, transaction } from "./states.ts";

/**
 * Counts the transaction (`counter` of the account) and keeps it: `ACCOUNT` with the MAC and TAC that its
 * proof has by now, and a record number (2) ‖ type (1) ‖ terminal (6) ‖ time (7, at `time`) ‖ amounts, of as
 * many bytes as its file has.
 */
export function book(counter: i32, time: usize): u16 {
  const number = ACCOUNT + counter;
  store<u16>(number, bswap<u16>(bswap<u16>(load<u16>(number)) + 1));
  store<u8>(ACCOUNT + PROOF_TYPE, load<u8>(TYPE));
  store<u16>(ACCOUNT + PROOF_NUMBER, load<u16>(number));
  store<u16>(RECORD, load<u16>(number));
  memory.copy(RECORD + 2, TYPE, 7);
  memory.copy(RECORD + 9, time, 7);
  memory.copy(RECORD + 16, AMOUNTS, 12);
  const length = recordBytes();
  let status = begin();
  if (status == SW_SUCCESS) {
    status = writeObject(accountOf(current.df), 0, ACCOUNT, ACCOUNT_BYTES);
  }
  if (status == SW_SUCCESS) status = addRecordFrom(transaction.file, ROW, RECORD, length);
  return status == SW_SUCCESS ? commit() : status;
}
