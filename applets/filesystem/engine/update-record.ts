// UPDATE RECORD. ISO/IEC 7816-4:2020, 11.4.5.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import {
  SW_RECORD_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { CONDITION_UPDATE, FILE_CYCLIC } from "../spec.ts";
import { current, EF_ROW } from "./current.ts";
import { ROW_TYPE } from "./files.ts";
import {
  addCurrent,
  BY_NUMBER,
  findRecord,
  HOW_MASK,
  makeCurrent,
  PREVIOUS,
  reachRecords,
} from "./reach-record.ts";
import { checkLength, replaceRecord } from "./records.ts";

/** UPDATE RECORD: replaces one record; "previous" in a cyclic file adds one, over the oldest. */
export function updateRecord(apdu: Apdu): u16 {
  const how = apdu.p2 & HOW_MASK;
  if (how > BY_NUMBER || apdu.p1 == 0xff) return SW_WRONG_P1P2;
  if (apdu.lc == 0) return SW_WRONG_LENGTH;
  const status = reachRecords(apdu, CONDITION_UPDATE);
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
