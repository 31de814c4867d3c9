// EXTERNAL AUTHENTICATE. ISO/IEC 7816-4:2020, 11.6.4.

import { Apdu, DATA, loadData } from "../../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../../runtime/sdk/bytes.ts";
import { cipher } from "../../../runtime/sdk/card.ts";
import { DIRECTION_ENCRYPT, MODE_ECB } from "../../../runtime/spec/chip.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { decide, mayAuthenticate, spendAttempt } from "./attempt.ts";
import { CHALLENGE, current, isKeyReference, keyOf } from "./current.ts";

/** EXTERNAL AUTHENTICATE: P2 names the key; the data are the last challenge enciphered under it. */
export function externalAuthenticate(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || !isKeyReference(apdu.p2)) return SW_WRONG_P1P2;
  const length = current.challengeLength;
  if (apdu.lc != 8 && apdu.lc != 16) return SW_WRONG_LENGTH;
  const allowed = mayAuthenticate(apdu.p2);
  if (allowed != SW_SUCCESS) return allowed;
  if (length != apdu.lc) return SW_CONDITIONS_NOT_SATISFIED;
  loadData();
  // The answer is computed first: the key is blocked once its last try is spent.
  const enciphered = cipher(keyOf(apdu.p2), MODE_ECB, DIRECTION_ENCRYPT, CHALLENGE, length);
  if (enciphered != SW_SUCCESS) return enciphered;
  const status = spendAttempt(apdu.p2);
  if (status != SW_SUCCESS) return status;
  return decide(apdu.p2, sameBytes(CHALLENGE, DATA, length));
}
