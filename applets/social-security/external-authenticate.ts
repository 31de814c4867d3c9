// EXTERNAL AUTHENTICATE. Social security card, part 5, 6.4; part 7, 6.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../runtime/sdk/bytes.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { decide, mayAuthenticate, spendAttempt } from "../filesystem/engine/attempt.ts";
import { isKeyReference, keyOf } from "../filesystem/engine/current.ts";
import { makeAuthenticationData, WORK } from "./cryptography.ts";
import { hasVersion, versionIn } from "./key-version.ts";
import { startSessionWithChallenge } from "./secure-messaging.ts";
import { AUTHENTICATION_BYTES, KEY_IRK } from "./spec.ts";

/**
 * EXTERNAL AUTHENTICATE: authentication data (8) ‖ original data (8) [‖ key version]; the factor of
 * the session key is the last challenge.
 */
export function externalAuthenticate(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || !isKeyReference(apdu.p2)) return SW_WRONG_P1P2;
  if (apdu.lc != 2 * AUTHENTICATION_BYTES && !hasVersion(apdu)) return SW_WRONG_LENGTH;
  let status = mayAuthenticate(apdu.p2);
  if (status != SW_SUCCESS) return status;
  // INTERNAL AUTHENTICATE answers under IRK: the card itself would give the proof. To this command the
  // card has no such key; table 14 keeps its reference free.
  if (keyOf(apdu.p2) == keyOf(KEY_IRK)) return SW_REFERENCED_DATA_NOT_FOUND;
  loadData();
  // The answer is computed first: the key is blocked once its last try is spent.
  status = startSessionWithChallenge(keyOf(apdu.p2), versionIn(apdu));
  if (status == SW_SUCCESS) status = makeAuthenticationData(DATA + AUTHENTICATION_BYTES);
  if (status == SW_SUCCESS) status = spendAttempt(apdu.p2);
  if (status != SW_SUCCESS) return status;
  return decide(apdu.p2, sameBytes(WORK, DATA, AUTHENTICATION_BYTES));
}
