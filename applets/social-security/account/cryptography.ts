// Session keys, MACs and TACs of transactions. Part 7, 11, 12 and 15.

import { sameBytes } from "../../../runtime/sdk/bytes.ts";
import { attemptKey, foldSessionKey, succeedKey } from "../../../runtime/sdk/card.ts";
import {
  SW_KEY_INDEX_NOT_SUPPORTED,
  SW_MAC_WRONG,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { keyOf } from "../../filesystem/engine/current.ts";
import { endMac, startMac, startSession, WORK } from "../cryptography.ts";
import { KEY_DTK, TRANSACTION_MAC_BYTES } from "../spec.ts";
import { SESSION_INPUT } from "./object.ts";
import { RANDOM, transaction } from "./states.ts";

/** The last two bytes that SESLK is made of; SESPK has those of the terminal's number there. */
export const LOAD_TAIL: u16 = 0x8000;

/**
 * Makes SESLK or SESPK out of random number ‖ transaction number (2, at `number`) ‖ `tail`. 9403 when the
 * key has no such version.
 */
export function startTransactionKey(reference: i32, number: usize, tail: u16): u16 {
  store<u32>(SESSION_INPUT, load<u32>(RANDOM));
  store<u16>(SESSION_INPUT + 4, load<u16>(number));
  store<u16>(SESSION_INPUT + 6, bswap<u16>(tail));
  const version = transaction.keyVersion as i32;
  // Version 0 is the first one to the kernel, and none to a terminal.
  if (version == 0) return SW_KEY_INDEX_NOT_SUPPORTED;
  const status = startSession(keyOf(reference), SESSION_INPUT, 8, version);
  return status == SW_REFERENCED_DATA_NOT_FOUND ? SW_KEY_INDEX_NOT_SUPPORTED : status;
}

/** Ends the MAC in hand and compares: 9302 when `given` is another. Spends a try of the key first. */
export function checkMac(reference: i32, given: usize): u16 {
  let status = endMac();
  if (status == SW_SUCCESS) status = attemptKey(keyOf(reference));
  if (status != SW_SUCCESS) return status;
  if (!sameBytes(WORK, given, TRANSACTION_MAC_BYTES)) return SW_MAC_WRONG;
  return succeedKey(keyOf(reference));
}

/** Ends the MAC or TAC in hand and keeps it at `to`. */
export function keepMac(to: usize): u16 {
  const status = endMac();
  memory.copy(to, WORK, TRANSACTION_MAC_BYTES);
  return status;
}

/** Begins a TAC: a MAC with DTK itself, for blocks of 8 bytes with the XOR of its halves. */
export function startTac(): u16 {
  const status = foldSessionKey(keyOf(KEY_DTK));
  startMac();
  return status;
}
