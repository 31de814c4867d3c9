// READ BINARY. ISO/IEC 7816-4:2020, 11.3.3.

import { Apdu, bigEndian16 } from "../../../runtime/sdk/apdu.ts";
import { replyObject } from "../../../runtime/sdk/card.ts";
import { LE_ABSENT, MAX_RESPONSE_BYTES } from "../../../runtime/spec/card-api.ts";
import {
  SW_CORRECT_LE,
  SW_END_OF_FILE,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
} from "../../../runtime/spec/status-words.ts";
import { CONDITION_READ } from "../spec.ts";
import { current, EF_ROW } from "./current.ts";
import { contentOf, ROW_SIZE } from "./files.ts";
import { offsetOf, reachBinary } from "./reach-binary.ts";

/**
 * READ BINARY: Le of zeros reads to the end of the file; an Le beyond it reads what there is, 6282, or
 * with `exact` nothing: 6Cxx tells what there is.
 */
export function readBinary(apdu: Apdu, exact: bool = false): u16 {
  if (apdu.lc != 0 || apdu.le == LE_ABSENT) return SW_WRONG_LENGTH;
  const status = reachBinary(apdu, CONDITION_READ);
  if (status != SW_SUCCESS) return status;
  const left = bigEndian16(EF_ROW + ROW_SIZE) - offsetOf(apdu);
  if (left <= 0) return SW_WRONG_OFFSET;
  let length = apdu.le < left ? apdu.le : left;
  if (length > MAX_RESPONSE_BYTES) length = MAX_RESPONSE_BYTES;
  const toTheEnd = apdu.le == 256 || apdu.le == 65536;
  const beyond = left < apdu.le && length == left && !toTheEnd;
  if (beyond && exact) return SW_CORRECT_LE | (length as u16);
  const read = replyObject(contentOf(current.ef), offsetOf(apdu), length);
  if (read != SW_SUCCESS) return read;
  return beyond ? SW_END_OF_FILE : SW_SUCCESS;
}
