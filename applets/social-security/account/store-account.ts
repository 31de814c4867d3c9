// DGI_8400_MEDICAL_ACCOUNT of STORE DATA.

import { bigEndian16 } from "../../../runtime/sdk/apdu.ts";
import { begin, commit, createObject, writeObject } from "../../../runtime/sdk/card.ts";
import {
  SW_FILE_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { current, EF_ROW } from "../../filesystem/engine/current.ts";
import {
  BY_FID,
  findFile,
  NO_FILE,
  ROOT,
  ROW_TYPE,
  readRow,
} from "../../filesystem/engine/files.ts";
import { FILE_DF } from "../../filesystem/spec.ts";
import { isMonthAndDay, isYear } from "./dates.ts";
import { ACCOUNT_BYTES, accountOf, BALANCE, PURCHASES, STARTING_DAY } from "./object.ts";

// The grouping. From the balance to the year it is as the object has it.
const AMOUNTS_AND_YEAR: usize = 2;
const AMOUNTS_AND_YEAR_BYTES: i32 = 14;
const YEAR: usize = 14;
const DAY: usize = 16;
const COUNTERS: usize = 18;
const COUNTERS_BYTES: i32 = 4;
const LEAST_BYTES: i32 = 18;

/**
 * Makes the account of a DF out of the grouping's `length` bytes at `at`. 6A80 when they are none, 6A82 for
 * a DF that is not there, 6A89 when it has an account.
 */
export function storeAccount(at: usize, length: i32): u16 {
  const counters = length - LEAST_BYTES;
  if (counters != 0 && counters != COUNTERS_BYTES) return SW_WRONG_DATA;
  if (!isYear(at + YEAR) || !isMonthAndDay(at + DAY)) return SW_WRONG_DATA;
  const df = findFile(BY_FID, ROOT, bigEndian16(at));
  if (df == NO_FILE) return SW_FILE_NOT_FOUND;
  current.ef = NO_FILE; // its row gives way
  readRow(df, EF_ROW);
  if (load<u8>(EF_ROW + ROW_TYPE) != FILE_DF) return SW_FILE_NOT_FOUND;
  const account = accountOf(df);
  let status = begin();
  if (status == SW_SUCCESS) status = createObject(account, ACCOUNT_BYTES);
  if (status == SW_SUCCESS) {
    status = writeObject(account, BALANCE, at + AMOUNTS_AND_YEAR, AMOUNTS_AND_YEAR_BYTES);
  }
  if (status == SW_SUCCESS) status = writeObject(account, STARTING_DAY, at + DAY, 2);
  if (status == SW_SUCCESS && counters != 0) {
    status = writeObject(account, PURCHASES, at + COUNTERS, COUNTERS_BYTES);
  }
  return status == SW_SUCCESS ? commit() : status;
}
