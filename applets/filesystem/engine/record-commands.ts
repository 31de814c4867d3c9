// READ RECORD, UPDATE RECORD and APPEND RECORD. ISO/IEC 7816-4:2020, 11.4.3, 11.4.5 and 11.4.6.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { replyObject } from "../../../runtime/sdk/card.ts";
import { LE_ABSENT } from "../../../runtime/spec/card-api.ts";
import {
  SW_CORRECT_LE,
  SW_LC_INCONSISTENT_WITH_P1P2,
  SW_RECORD_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { CONDITION_APPEND, CONDITION_READ, CONDITION_UPDATE, FILE_CYCLIC } from "../spec.ts";
import { checkAccess } from "./access.ts";
import { current, EF_ROW } from "./current.ts";
import { contentOf, ROW_TYPE } from "./files.ts";
import { expectRecords, findEf } from "./find-ef.ts";
import {
  addRecord,
  checkLength,
  countRecords,
  recordIdentifier,
  recordLength,
  recordOffset,
  replaceRecord,
} from "./records.ts";

// P2 bits 3-1, ISO/IEC 7816-4:2020, table 76: P1 is an identifier and the first (0), last, next or
// previous record with it is meant; or P1 is a number: that record, or from it to the last (5) or back.
const LAST_BY_IDENTIFIER: u8 = 1;
const NEXT: u8 = 2;
const PREVIOUS: u8 = 3;
const BY_NUMBER: u8 = 4;
const FROM_LAST_TO_NUMBER: u8 = 6;
const HOW_MASK: u8 = 7;

function reachFile(apdu: Apdu, condition: i32): u16 {
  let status = findEf(apdu.p2 >> 3);
  if (status == SW_SUCCESS) status = expectRecords();
  return status == SW_SUCCESS ? checkAccess(EF_ROW, condition) : status;
}

/**
 * Number of the record that P1-P2 mean in the current EF, or 0 for none. An identifier of 00 is any
 * record; number 00 is the current one.
 */
function findRecord(apdu: Apdu): i32 {
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
function makeCurrent(apdu: Apdu, number: i32): void {
  if ((apdu.p2 & HOW_MASK) < BY_NUMBER) current.record = number;
}

/** READ RECORD: one record, or all from a number to the last and back. */
export function readRecord(apdu: Apdu): u16 {
  const how = apdu.p2 & HOW_MASK;
  if (how > FROM_LAST_TO_NUMBER || apdu.p1 == 0xff) return SW_WRONG_P1P2;
  if (apdu.lc != 0) return SW_WRONG_LENGTH;
  const status = reachFile(apdu, CONDITION_READ);
  if (status != SW_SUCCESS) return status;
  const number = findRecord(apdu);
  if (number == 0) return SW_RECORD_NOT_FOUND;
  if (how > BY_NUMBER) return readRange(number, how == FROM_LAST_TO_NUMBER);
  const length = recordLength(current.ef, EF_ROW, number);
  const wanted = apdu.le == LE_ABSENT || apdu.le >= 256 ? length : apdu.le;
  // More than the record has: the right Le. Less is a shorter read, as readers of long tags expect.
  if (wanted > length) return SW_CORRECT_LE | (length as u16);
  makeCurrent(apdu, number);
  const offset = recordOffset(current.ef, EF_ROW, number);
  return replyObject(contentOf(current.ef), offset, wanted);
}

function readRange(number: i32, down: bool): u16 {
  const count = countRecords(current.ef);
  for (let i = number; i <= count; i++) {
    const which = down ? count - (i - number) : i;
    const length = recordLength(current.ef, EF_ROW, which);
    const offset = recordOffset(current.ef, EF_ROW, which);
    const status = replyObject(contentOf(current.ef), offset, length);
    if (status != SW_SUCCESS) return status;
  }
  return SW_SUCCESS;
}

/** UPDATE RECORD: replaces one record; "previous" in a cyclic file adds one, over the oldest. */
export function updateRecord(apdu: Apdu): u16 {
  const how = apdu.p2 & HOW_MASK;
  if (how > BY_NUMBER || apdu.p1 == 0xff) return SW_WRONG_P1P2;
  if (apdu.lc == 0) return SW_WRONG_LENGTH;
  const status = reachFile(apdu, CONDITION_UPDATE);
  if (status != SW_SUCCESS) return status;
  const fits = checkLength(EF_ROW, apdu.lc);
  if (fits != SW_SUCCESS) return fits;
  if (load<u8>(EF_ROW + ROW_TYPE) == FILE_CYCLIC && how == PREVIOUS) {
    if (apdu.p1 != 0) return SW_WRONG_P1P2;
    return addCurrent(apdu);
  }
  const number = findRecord(apdu);
  if (number == 0) return SW_RECORD_NOT_FOUND;
  const replaced = replaceRecord(current.ef, EF_ROW, number, 0, apdu.lc);
  if (replaced == SW_SUCCESS) makeCurrent(apdu, number);
  return replaced;
}

/** Adds the command data as a record, which becomes the current one: the first of a cyclic file. */
function addCurrent(apdu: Apdu): u16 {
  const status = addRecord(current.ef, EF_ROW, 0, apdu.lc);
  if (status != SW_SUCCESS) return status;
  const cyclic = load<u8>(EF_ROW + ROW_TYPE) == FILE_CYCLIC;
  current.record = cyclic ? 1 : countRecords(current.ef);
  return SW_SUCCESS;
}

/** APPEND RECORD: P1 00, P2 short identifier. */
export function appendRecord(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || (apdu.p2 & HOW_MASK) != 0) return SW_WRONG_P1P2;
  if (apdu.lc == 0) return SW_LC_INCONSISTENT_WITH_P1P2;
  const status = reachFile(apdu, CONDITION_APPEND);
  if (status != SW_SUCCESS) return status;
  const fits = checkLength(EF_ROW, apdu.lc);
  return fits != SW_SUCCESS ? fits : addCurrent(apdu);
}
