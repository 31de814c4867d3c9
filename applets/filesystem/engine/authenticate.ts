// GET CHALLENGE and EXTERNAL AUTHENTICATE. ISO/IEC 7816-4:2020, 11.6.3 and 11.6.4.

import { Apdu, DATA, loadData } from "../../../runtime/sdk/apdu.ts";
import {
  attemptKey,
  cipher,
  keyTries,
  random,
  replyBytes,
  succeedKey,
} from "../../../runtime/sdk/card.ts";
import { DIRECTION_ENCRYPT, MODE_ECB } from "../../../runtime/spec/chip.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import {
  CHALLENGE,
  current,
  isKeyReference,
  keyOf,
  MAX_CHALLENGE_BYTES,
  setKeyAuthenticated,
} from "./current.ts";

/** GET CHALLENGE: 4, 8 or 16 random bytes, good for one authentication. */
export function getChallenge(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != 0) return SW_WRONG_LENGTH;
  if (apdu.le != 4 && apdu.le != 8 && apdu.le != 16) return SW_WRONG_LENGTH;
  memory.fill(CHALLENGE, 0, MAX_CHALLENGE_BYTES);
  current.challengeLength = apdu.le;
  random(CHALLENGE, apdu.le);
  return replyBytes(CHALLENGE, apdu.le);
}

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

/** 6A88 when there is no such key, 6983 when it is blocked. */
export function mayAuthenticate(reference: i32): u16 {
  const tries = keyTries(keyOf(reference));
  if (tries < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  return tries == 0 ? SW_AUTHENTICATION_BLOCKED : SW_SUCCESS;
}

/**
 * Uses the challenge up and spends a try of the key, before anything is compared. What an earlier
 * authentication proved ends with the new attempt, whatever comes of it.
 */
export function spendAttempt(reference: i32): u16 {
  current.challengeLength = 0;
  setKeyAuthenticated(reference, false);
  return attemptKey(keyOf(reference));
}

/** Ends an authentication: remembers the key and gives its tries back, or says how many are left. */
export function decide(reference: i32, right: bool): u16 {
  if (!right) return swTriesLeft(keyTries(keyOf(reference)));
  const status = succeedKey(keyOf(reference));
  setKeyAuthenticated(reference, status == SW_SUCCESS);
  return status;
}

/** Compares all bytes, wherever they differ. */
export function sameBytes(a: usize, b: usize, length: i32): bool {
  let difference: u8 = 0;
  for (let i = 0; i < length; i++) difference |= load<u8>(a + i) ^ load<u8>(b + i);
  return difference == 0;
}
