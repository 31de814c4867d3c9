// What the file system knows only until deselect or reset: where we are and who has proven what.

import { pinTries } from "../../../runtime/sdk/card.ts";
import { NO_PIN_SET } from "../../../runtime/spec/card-api.ts";
import { MAX_KEY_REFERENCE, MAX_PIN_REFERENCE, REFERENCE_LOCAL } from "../spec.ts";
import {
  blockFile,
  isBlocked,
  keyObject,
  NO_FILE,
  pinObject,
  ROOT,
  ROW_BYTES,
  readRow,
} from "./files.ts";

@unmanaged
@final
class Current {
  /** Set by SELECT: the current DF, and the current EF or NO_FILE. */
  df: i32;
  ef: i32;
  /** Record that "next" and "previous" start from, 0 for none. Set by the record commands. */
  record: i32;
  /** PINs verified, a bit each: of the root, of the current DF. Set by VERIFY. */
  pinsOfRoot: u32;
  pinsOfDf: u32;
  /** Keys authenticated, a bit each. Set by EXTERNAL AUTHENTICATE. */
  keysOfRoot: u32;
  keysOfDf: u32;
  /** Bytes of the last challenge, 0 when it is used up. Set by GET CHALLENGE. */
  challengeLength: i32;
  /** Number of the STORE DATA block that comes next. Set by STORE DATA. */
  nextBlock: u8;
  /** Whether the current DF is blocked for good. Set by SELECT and APPLICATION BLOCK. */
  blocked: bool;
}

// @ts-ignore: the compiler folds this to an address
export const current: Current = changetype<Current>(memory.data(offsetof<Current>(), 4));
/** Row of the current EF, as long as `current.ef` names one. */
export const EF_ROW: usize = memory.data(ROW_BYTES, 4);
export const MAX_CHALLENGE_BYTES: i32 = 16;
export const CHALLENGE: usize = memory.data(MAX_CHALLENGE_BYTES, 4);

/** As after selection of the application: at the root, nothing proven. */
export function startAtRoot(): void {
  memory.fill(changetype<usize>(current), 0, offsetof<Current>());
  current.df = ROOT;
  current.ef = NO_FILE;
}

/** As `startAtRoot`, but what PINs of the root proved stays: it ends with the power. */
export function startAtRootKeepingPins(): void {
  const pins = current.pinsOfRoot;
  startAtRoot();
  current.pinsOfRoot = pins;
}

/**
 * Makes a DF current. What was proven to another DF's own PINs and keys is forgotten, and so is a
 * challenge that another DF gave.
 */
export function enterDf(index: i32): void {
  if (index != current.df) {
    current.pinsOfDf = 0;
    current.keysOfDf = 0;
    current.challengeLength = 0;
    current.blocked = isBlocked(index);
  }
  current.df = index;
  current.ef = NO_FILE;
  current.record = 0;
}

/** Ends the current DF for good: whoever selects it learns that it is blocked. */
export function blockCurrentDf(): u16 {
  const status = blockFile(current.df);
  current.blocked = isBlocked(current.df);
  return status;
}

export function enterEf(index: i32): void {
  current.ef = index;
  current.record = 0;
  readRow(index, EF_ROW);
}

/** Whether a PIN or key reference is one that can exist. */
export function isPinReference(reference: i32): bool {
  return (reference & ~(REFERENCE_LOCAL | MAX_PIN_REFERENCE)) == 0;
}
export function isKeyReference(reference: i32): bool {
  return (reference & ~(REFERENCE_LOCAL | MAX_KEY_REFERENCE)) == 0;
}

function isLocal(reference: i32): bool {
  return (reference & REFERENCE_LOCAL) != 0;
}

/** Object of the PIN or key that a reference means here. */
export function pinOf(reference: i32): i32 {
  return pinObject(isLocal(reference) ? current.df : ROOT, reference);
}
export function keyOf(reference: i32): i32 {
  return keyObject(isLocal(reference) ? current.df : ROOT, reference);
}

/** Whether a PIN was verified, or has no value and asks for nothing. */
export function pinIsVerified(reference: i32): bool {
  const set = isLocal(reference) ? current.pinsOfDf : current.pinsOfRoot;
  if ((set & (1 << (reference & MAX_PIN_REFERENCE))) != 0) return true;
  return pinTries(pinOf(reference)) == NO_PIN_SET;
}

export function setPinVerified(reference: i32, verified: bool): void {
  const bit: u32 = 1 << (reference & MAX_PIN_REFERENCE);
  const set = isLocal(reference) ? current.pinsOfDf : current.pinsOfRoot;
  const changed = verified ? set | bit : set & ~bit;
  if (isLocal(reference)) current.pinsOfDf = changed;
  else current.pinsOfRoot = changed;
}

export function keyIsAuthenticated(reference: i32): bool {
  const set = isLocal(reference) ? current.keysOfDf : current.keysOfRoot;
  return (set & (1 << (reference & MAX_KEY_REFERENCE))) != 0;
}

export function setKeyAuthenticated(reference: i32, authenticated: bool): void {
  const bit: u32 = 1 << (reference & MAX_KEY_REFERENCE);
  const set = isLocal(reference) ? current.keysOfDf : current.keysOfRoot;
  const changed = authenticated ? set | bit : set & ~bit;
  if (isLocal(reference)) current.keysOfDf = changed;
  else current.keysOfRoot = changed;
}
