// EXTERNAL AUTHENTICATE. Specification part 5.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../runtime/sdk/bytes.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { decide, mayAuthenticate, spendAttempt } from "../filesystem/engine/attempt.ts";
import { CHALLENGE, current, isKeyReference, keyOf } from "../filesystem/engine/current.ts";
import { makeAuthenticationData, WORK } from "./authentication-data.ts";
import { AUTHENTICATION_BYTES, KEY_IRK } from "./spec.ts";

/** EXTERNAL AUTHENTICATE: authentication data (8) ‖ original data (8); factor: the last challenge. */
export function externalAuthenticate(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || !isKeyReference(apdu.p2)) return SW_WRONG_P1P2;
  if (apdu.lc != 2 * AUTHENTICATION_BYTES) return SW_WRONG_LENGTH;
  let status = mayAuthenticate(apdu.p2);
  if (status != SW_SUCCESS) return status;
  // INTERNAL AUTHENTICATE answers under IRK: the card itself would give the proof.
  if (keyOf(apdu.p2) == keyOf(KEY_IRK)) return SW_CONDITIONS_NOT_SATISFIED;
  // A challenge of 4 bytes is filled up with zeros; the buffer holds it so.
  const challenge = current.challengeLength;
  if (challenge != 4 && challenge != 8) return SW_CONDITIONS_NOT_SATISFIED;
  loadData();
  // The answer is computed first: the key is blocked once its last try is spent.
  status = makeAuthenticationData(keyOf(apdu.p2), CHALLENGE, DATA + AUTHENTICATION_BYTES);
  if (status != SW_SUCCESS) return status;
  status = spendAttempt(apdu.p2);
  if (status != SW_SUCCESS) return status;
  return decide(apdu.p2, sameBytes(WORK, DATA, AUTHENTICATION_BYTES));
}
