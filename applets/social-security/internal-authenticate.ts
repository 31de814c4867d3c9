// INTERNAL AUTHENTICATE. Social security card, part 5, 6.7.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { keyTries, replyBytes } from "../../runtime/sdk/card.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { keyOf } from "../filesystem/engine/current.ts";
import { makeAuthenticationData, startSession, WORK } from "./cryptography.ts";
import { hasVersion, versionIn } from "./key-version.ts";
import { AUTHENTICATION_BYTES, KEY_IRK } from "./spec.ts";

/** INTERNAL AUTHENTICATE: factor (8) ‖ original data (8) [‖ key version], answered with 8 bytes under IRK. */
export function internalAuthenticate(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != 2 * AUTHENTICATION_BYTES && !hasVersion(apdu)) return SW_WRONG_LENGTH;
  const key = keyOf(KEY_IRK);
  if (keyTries(key) < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  loadData();
  let status = startSession(key, DATA, AUTHENTICATION_BYTES, versionIn(apdu));
  if (status == SW_SUCCESS) status = makeAuthenticationData(DATA + AUTHENTICATION_BYTES);
  return status == SW_SUCCESS ? replyBytes(WORK, AUTHENTICATION_BYTES) : status;
}
