// The transparent EF, and the place in it, that READ BINARY and UPDATE BINARY mean.
// ISO/IEC 7816-4:2020, 11.3.2.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { SW_SUCCESS, SW_WRONG_P1P2 } from "../../../runtime/spec/status-words.ts";
import { checkAccess } from "./access.ts";
import { EF_ROW } from "./current.ts";
import { expectTransparent, findEf } from "./find-ef.ts";

/** P1 bit 8: bits 5-1 are a short identifier and P2 the offset; else P1-P2 is the offset. */
const P1_SHORT_IDENTIFIER: u8 = 0x80;

/** Finds the transparent EF that the command means and checks one of its conditions. */
export function reachBinary(apdu: Apdu, condition: i32): u16 {
  const byShort = (apdu.p1 & P1_SHORT_IDENTIFIER) != 0;
  if (byShort && (apdu.p1 & 0x60) != 0) return SW_WRONG_P1P2;
  if (byShort && (apdu.p1 & 0x1f) == 0) return SW_WRONG_P1P2;
  let status = findEf(byShort ? apdu.p1 & 0x1f : 0);
  if (status == SW_SUCCESS) status = expectTransparent();
  return status == SW_SUCCESS ? checkAccess(EF_ROW, condition) : status;
}

export function offsetOf(apdu: Apdu): i32 {
  return (apdu.p1 & P1_SHORT_IDENTIFIER) != 0 ? apdu.p2 : apdu.p1p2;
}
