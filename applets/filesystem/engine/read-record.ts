// READ RECORD. ISO/IEC 7816-4:2020, 11.4.3.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { replyObject } from "../../../runtime/sdk/card.ts";
import { LE_ABSENT } from "../../../runtime/spec/card-api.ts";
import {
  SW_CORRECT_LE,
  SW_RECORD_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { CONDITION_READ } from "../spec.ts";
import { current, EF_ROW } from "./current.ts";
import { contentOf } from "./files.ts";
import {
  BY_NUMBER,
  FROM_LAST_TO_NUMBER,
  findRecord,
  HOW_MASK,
  makeCurrent,
  reachRecords,
} from "./reach-record.ts";
import { countRecords, recordLength, recordOffset } from "./records.ts";

/**
 * READ RECORD: one record, or all from a number to the last and back. With `exact` an Le of 00 is no
 * length either: 6Cxx tells the one to ask for.
 */
export function readRecord(apdu: Apdu, exact: bool = false): u16 {
  const how = apdu.p2 & HOW_MASK;
  if (how > FROM_LAST_TO_NUMBER || apdu.p1 == 0xff) return SW_WRONG_P1P2;
  if (apdu.lc != 0) return SW_WRONG_LENGTH;
  const status = reachRecords(apdu, CONDITION_READ);
  if (status != SW_SUCCESS) return status;
  const number = findRecord(apdu);
  if (number == 0) return SW_RECORD_NOT_FOUND;
  if (how > BY_NUMBER) return readRange(number, how == FROM_LAST_TO_NUMBER);
  const length = recordLength(current.ef, EF_ROW, number);
  if (exact && apdu.le >= 256) return SW_CORRECT_LE | (length as u16);
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
