// INTERNAL AUTHENTICATE. Specification part 5.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { keyTries, replyBytes } from "../../runtime/sdk/card.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { keyOf } from "../filesystem/engine/current.ts";
import { makeAuthenticationData, WORK } from "./authentication-data.ts";
import { AUTHENTICATION_BYTES, KEY_IRK } from "./spec.ts";

/** INTERNAL AUTHENTICATE: factor (8) ‖ original data (8), answered with 8 bytes under IRK. */
export function internalAuthenticate(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != 2 * AUTHENTICATION_BYTES) return SW_WRONG_LENGTH;
  if (keyTries(keyOf(KEY_IRK)) < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  loadData();
  const status = makeAuthenticationData(keyOf(KEY_IRK), DATA, DATA + AUTHENTICATION_BYTES);
  return status == SW_SUCCESS ? replyBytes(WORK, AUTHENTICATION_BYTES) : status;
}
