// EXTERNAL AUTHENTICATE with a key of the PSAM itself. Specification part 9, 9.4.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../runtime/sdk/bytes.ts";
import { cipher, deriveSessionKey } from "../../runtime/sdk/card.ts";
import { SESSION_KEY } from "../../runtime/spec/card-api.ts";
import { DIRECTION_ENCRYPT, MODE_ECB } from "../../runtime/spec/chip.ts";
import {
  SW_REFERENCE_DATA_NOT_USABLE,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { decide, mayAuthenticate, spendAttempt } from "../filesystem/engine/attempt.ts";
import { CHALLENGE, current, isKeyReference, keyOf } from "../filesystem/engine/current.ts";
import { blockBytes, MOST_BLOCK, WORK } from "./cryptography.ts";
import { endSession } from "./session.ts";
import { FACTOR_BYTES } from "./spec.ts";

/** Authentication data and original data, each; a version of the key may follow. */
const DATA_BYTES: i32 = 2 * FACTOR_BYTES;

/** EXTERNAL AUTHENTICATE: authentication data (8) ‖ original (8) [‖ version]; factor: the challenge. */
export function externalAuthenticate(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || !isKeyReference(apdu.p2)) return SW_WRONG_P1P2;
  if (apdu.lc != DATA_BYTES && apdu.lc != DATA_BYTES + 1) return SW_WRONG_LENGTH;
  let status = mayAuthenticate(apdu.p2);
  if (status != SW_SUCCESS) return status;
  const block = blockBytes();
  if (current.challengeLength == 0) return SW_REFERENCE_DATA_NOT_USABLE;
  loadData();
  const version = apdu.lc > DATA_BYTES ? (load<u8>(DATA + DATA_BYTES) as i32) : 1;
  if (version == 0) return SW_REFERENCED_DATA_NOT_FOUND;
  // What a session key was delivered for is over: there is only one.
  endSession();
  // The answer is computed first: the key is blocked once its last try is spent.
  status = deriveSessionKey(keyOf(apdu.p2), CHALLENGE, block, version);
  if (status != SW_SUCCESS) return status;
  memory.fill(WORK, 0, MOST_BLOCK);
  memory.copy(WORK, DATA + FACTOR_BYTES, FACTOR_BYTES);
  status = cipher(SESSION_KEY, MODE_ECB, DIRECTION_ENCRYPT, WORK, block);
  if (status != SW_SUCCESS) return status;
  // Behind a block of 8 bytes are zeros.
  store<u64>(WORK, load<u64>(WORK) ^ load<u64>(WORK + FACTOR_BYTES));
  status = spendAttempt(apdu.p2);
  if (status != SW_SUCCESS) return status;
  return decide(apdu.p2, sameBytes(WORK, DATA, FACTOR_BYTES));
}
