// The record that READ, UPDATE and APPEND RECORD mean. ISO/IEC 7816-4:2020, 11.4.2.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { SW_SUCCESS } from "../../../runtime/spec/status-words.ts";
import { FILE_CYCLIC } from "../spec.ts";
import { checkAccess } from "./access.ts";
import { current, EF_ROW } from "./current.ts";
import { ROW_TYPE } from "./files.ts";
import { expectRecords, findEf } from "./find-ef.ts";
import { addRecord, countRecords, recordIdentifier } from "./records.ts";

// P2 bits 3-1, ISO/IEC 7816-4:2020, table 76: P1 is an identifier and the first (0), last, next or
// previous record with it is meant; or P1 is a number: that record, or from it to the last (5) or back.
const LAST_BY_IDENTIFIER: u8 = 1;
const NEXT: u8 = 2;
export const PREVIOUS: u8 = 3;
export const BY_NUMBER: u8 = 4;
export const FROM_LAST_TO_NUMBER: u8 = 6;
export const HOW_MASK: u8 = 7;

export function reachRecords(apdu: Apdu, condition: i32): u16 {
  let status = findEf(apdu.p2 >> 3);
  if (status == SW_SUCCESS) status = expectRecords();
  return status == SW_SUCCESS ? checkAccess(EF_ROW, condition) : status;
}

/**
 * Number of the record that P1-P2 mean in the current EF, or 0 for none. An identifier of 00 is any
 * record; number 00 is the current one.
 */
export function findRecord(apdu: Apdu): i32 {
  const count = countRecords(current.ef);
  const how = apdu.p2 & HOW_MASK;
  if (how >= BY_NUMBER) {
    const number = apdu.p1 == 0 ? current.record : (apdu.p1 as i32);
    return number <= count ? number : 0;
  }
  const down = how == LAST_BY_IDENTIFIER || how == PREVIOUS;
  let number = down ? count : 1;
  if (how == NEXT) number = current.record + 1;
  if (how == PREVIOUS && current.record > 0) number = current.record - 1;
  for (; number >= 1 && number <= count; number += down ? -1 : 1) {
    const any = apdu.p1 == 0;
    if (any || recordIdentifier(current.ef, EF_ROW, number) == (apdu.p1 as i32)) return number;
  }
  return 0;
}

/** A record that was meant by identifier becomes the current one; a number leaves it. 7.4.3. */
export function makeCurrent(apdu: Apdu, number: i32): void {
  if ((apdu.p2 & HOW_MASK) < BY_NUMBER) current.record = number;
}

/** Adds the command data as a record, which becomes the current one: the first of a cyclic file. */
export function addCurrent(apdu: Apdu): u16 {
  const status = addRecord(current.ef, EF_ROW, 0, apdu.lc);
  if (status != SW_SUCCESS) return status;
  const cyclic = load<u8>(EF_ROW + ROW_TYPE) == FILE_CYCLIC;
  current.record = cyclic ? 1 : countRecords(current.ef);
  return SW_SUCCESS;
}
