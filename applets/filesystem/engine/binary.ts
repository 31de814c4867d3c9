// READ BINARY and UPDATE BINARY. ISO/IEC 7816-4:2020, 11.3.3 and 11.3.5.

import { Apdu, bigEndian16 } from "../../../runtime/sdk/apdu.ts";
import { replyObject, writeObjectFromCommand } from "../../../runtime/sdk/card.ts";
import { LE_ABSENT, MAX_RESPONSE_BYTES } from "../../../runtime/spec/card-api.ts";
import {
  SW_END_OF_FILE,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { CONDITION_READ, CONDITION_UPDATE } from "../spec.ts";
import { checkAccess } from "./access.ts";
import { current, EF_ROW } from "./current.ts";
import { contentOf, ROW_SIZE } from "./files.ts";
import { expectTransparent, findEf } from "./find-ef.ts";

/** P1 bit 8: bits 5-1 are a short identifier and P2 the offset; else P1-P2 is the offset. */
const P1_SHORT_IDENTIFIER: u8 = 0x80;

/** Finds the transparent EF that the command means and checks one of its conditions. */
function reachFile(apdu: Apdu, condition: i32): u16 {
  const byShort = (apdu.p1 & P1_SHORT_IDENTIFIER) != 0;
  if (byShort && (apdu.p1 & 0x60) != 0) return SW_WRONG_P1P2;
  if (byShort && (apdu.p1 & 0x1f) == 0) return SW_WRONG_P1P2;
  let status = findEf(byShort ? apdu.p1 & 0x1f : 0);
  if (status == SW_SUCCESS) status = expectTransparent();
  return status == SW_SUCCESS ? checkAccess(EF_ROW, condition) : status;
}

function offsetOf(apdu: Apdu): i32 {
  return (apdu.p1 & P1_SHORT_IDENTIFIER) != 0 ? apdu.p2 : apdu.p1p2;
}

/** READ BINARY: Le of zeros reads to the end of the file; an Le beyond it reads what there is, 6282. */
export function readBinary(apdu: Apdu): u16 {
  if (apdu.lc != 0 || apdu.le == LE_ABSENT) return SW_WRONG_LENGTH;
  const status = reachFile(apdu, CONDITION_READ);
  if (status != SW_SUCCESS) return status;
  const left = bigEndian16(EF_ROW + ROW_SIZE) - offsetOf(apdu);
  if (left <= 0) return SW_WRONG_OFFSET;
  let length = apdu.le < left ? apdu.le : left;
  if (length > MAX_RESPONSE_BYTES) length = MAX_RESPONSE_BYTES;
  const read = replyObject(contentOf(current.ef), offsetOf(apdu), length);
  if (read != SW_SUCCESS) return read;
  const toTheEnd = apdu.le == 256 || apdu.le == 65536;
  return left < apdu.le && length == left && !toTheEnd ? SW_END_OF_FILE : SW_SUCCESS;
}

/** UPDATE BINARY: all of the data or, after a power cut, none of it. */
export function updateBinary(apdu: Apdu): u16 {
  if (apdu.lc == 0) return SW_WRONG_LENGTH;
  const status = reachFile(apdu, CONDITION_UPDATE);
  if (status != SW_SUCCESS) return status;
  return writeObjectFromCommand(contentOf(current.ef), offsetOf(apdu), 0, apdu.lc);
}
