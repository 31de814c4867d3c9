// APPEND RECORD. ISO/IEC 7816-4:2020, 11.4.6.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import {
  SW_LC_INCONSISTENT_WITH_P1P2,
  SW_SUCCESS,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { CONDITION_APPEND } from "../spec.ts";
import { EF_ROW } from "./current.ts";
import { addCurrent, HOW_MASK, reachRecords } from "./reach-record.ts";
import { checkLength } from "./records.ts";

/** APPEND RECORD: P1 00, P2 short identifier. */
export function appendRecord(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || (apdu.p2 & HOW_MASK) != 0) return SW_WRONG_P1P2;
  if (apdu.lc == 0) return SW_LC_INCONSISTENT_WITH_P1P2;
  const status = reachRecords(apdu, CONDITION_APPEND);
  if (status != SW_SUCCESS) return status;
  const fits = checkLength(EF_ROW, apdu.lc);
  return fits != SW_SUCCESS ? fits : addCurrent(apdu);
}
