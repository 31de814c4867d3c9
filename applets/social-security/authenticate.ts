// INTERNAL and EXTERNAL AUTHENTICATE of the third generation, SM4. Part 4, 8 and 9; part 5.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { cipher, deriveSessionKey, keyTries, replyBytes } from "../../runtime/sdk/card.ts";
import { SESSION_KEY } from "../../runtime/spec/card-api.ts";
import { DIRECTION_ENCRYPT, MODE_ECB } from "../../runtime/spec/chip.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import {
  decide,
  mayAuthenticate,
  sameBytes,
  spendAttempt,
} from "../filesystem/engine/authenticate.ts";
import { CHALLENGE, current, isKeyReference, keyOf } from "../filesystem/engine/current.ts";
import { AUTHENTICATION_BYTES, KEY_IRK } from "./spec.ts";

const BLOCK: i32 = 16;
const WORK: usize = memory.data(BLOCK);

/** Puts 8 bytes into a block of zeros. */
function padBlock(from: usize): void {
  memory.fill(WORK, 0, BLOCK);
  memory.copy(WORK, from, AUTHENTICATION_BYTES);
}

/**
 * Leaves the authentication data of `original` in `WORK`: session key = E(factor ‖ 00×8), then
 * E_session(original ‖ 00×8), its halves XORed.
 */
function makeAuthenticationData(key: i32, factor: usize, original: usize): u16 {
  padBlock(factor);
  let status = deriveSessionKey(key, WORK, BLOCK);
  if (status != SW_SUCCESS) return status;
  padBlock(original);
  status = cipher(SESSION_KEY, MODE_ECB, DIRECTION_ENCRYPT, WORK, BLOCK);
  if (status == SW_SUCCESS) store<u64>(WORK, load<u64>(WORK) ^ load<u64>(WORK + 8));
  return status;
}

/** INTERNAL AUTHENTICATE: factor (8) ‖ original data (8), answered with 8 bytes under IRK. */
export function internalAuthenticate(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != 2 * AUTHENTICATION_BYTES) return SW_WRONG_LENGTH;
  if (keyTries(keyOf(KEY_IRK)) < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  loadData();
  const status = makeAuthenticationData(keyOf(KEY_IRK), DATA, DATA + AUTHENTICATION_BYTES);
  return status == SW_SUCCESS ? replyBytes(WORK, AUTHENTICATION_BYTES) : status;
}

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
