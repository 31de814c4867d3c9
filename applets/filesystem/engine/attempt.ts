// What an authentication with a key costs and proves, whatever cryptogram it takes.

import { attemptKey, keyTries, succeedKey } from "../../../runtime/sdk/card.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { current, keyOf, setKeyAuthenticated } from "./current.ts";

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
