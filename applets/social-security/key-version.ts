// The version of a key, which may stand behind the 16 bytes of an authentication. Part 5, 6.4.3, 6.7.3.

import { Apdu, DATA } from "../../runtime/sdk/apdu.ts";
import { AUTHENTICATION_BYTES } from "./spec.ts";

/** Whether a version stands behind authentication data and original data. */
export function hasVersion(apdu: Apdu): bool {
  return apdu.lc == 2 * AUTHENTICATION_BYTES + 1;
}

/** That version, or 0: the first one. After `loadData`. */
export function versionIn(apdu: Apdu): i32 {
  return hasVersion(apdu) ? load<u8>(DATA + 2 * AUTHENTICATION_BYTES) : 0;
}
