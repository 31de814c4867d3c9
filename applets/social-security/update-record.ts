// UPDATE RECORD. Social security card, part 5, 6.13.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import { readCommand } from "../../runtime/sdk/card.ts";
import {
  SW_RECORD_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { current, EF_ROW } from "../filesystem/engine/current.ts";
import { ROW_TYPE } from "../filesystem/engine/files.ts";
import {
  addCurrent,
  BY_NUMBER,
  findRecord,
  HOW_MASK,
  makeCurrent,
  PREVIOUS,
  reachRecords,
} from "../filesystem/engine/reach-record.ts";
import { checkLength, countRecords, replaceRecord } from "../filesystem/engine/records.ts";
import { CONDITION_UPDATE, FILE_CYCLIC } from "../filesystem/spec.ts";
import { SW_TLV_WRONG } from "./spec.ts";

const HEAD: usize = memory.data(2, 4);

/**
 * UPDATE RECORD: replaces a record, or adds it: as the next number, as the first of its identifier,
 * and in a cyclic file as "previous". Outside cyclic files a record is tag ‖ length ‖ value, 6A85.
 */
export function updateRecord(apdu: Apdu): u16 {
  const how = apdu.p2 & HOW_MASK;
  if (how > BY_NUMBER || apdu.p1 == 0xff) return SW_WRONG_P1P2;
  if (apdu.lc == 0) return SW_WRONG_LENGTH;
  let status = reachRecords(apdu, CONDITION_UPDATE);
  if (status == SW_SUCCESS) status = checkLength(EF_ROW, apdu.lc);
  if (status != SW_SUCCESS) return status;
  if (load<u8>(EF_ROW + ROW_TYPE) == FILE_CYCLIC) {
    if (how == PREVIOUS && apdu.p1 == 0) return addCurrent(apdu);
    if (how != BY_NUMBER) return SW_WRONG_P1P2;
  } else if (!isTlv(apdu)) return SW_TLV_WRONG;
  const number = findRecord(apdu);
  if (number != 0) {
    status = replaceRecord(current.ef, EF_ROW, number, 0, apdu.lc);
    if (status == SW_SUCCESS) makeCurrent(apdu, number);
    return status;
  }
  return mayAdd(apdu) ? addCurrent(apdu) : SW_RECORD_NOT_FOUND;
}

/** Tag and length of one byte each, and just that many bytes; the tag is the one that P1 names. */
function isTlv(apdu: Apdu): bool {
  if (apdu.lc < 2) return false;
  readCommand(0, HEAD, 2);
  if ((load<u8>(HEAD + 1) as i32) != apdu.lc - 2) return false;
  const byNumber = (apdu.p2 & HOW_MASK) == BY_NUMBER;
  return byNumber || apdu.p1 == 0 || load<u8>(HEAD) == apdu.p1;
}

/** Whether a record that is not there is the next one. */
function mayAdd(apdu: Apdu): bool {
  if (load<u8>(EF_ROW + ROW_TYPE) == FILE_CYCLIC) return false;
  if ((apdu.p2 & HOW_MASK) != BY_NUMBER) return apdu.p1 != 0;
  return (apdu.p1 as i32) == countRecords(current.ef) + 1;
}
