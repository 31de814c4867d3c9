// The account of a DF, in one object: one write changes all of it. And where commands work on it.

import { DATA } from "../../../runtime/sdk/apdu.ts";
import { readObject } from "../../../runtime/sdk/card.ts";
import { SW_FUNCTION_NOT_SUPPORTED, SW_SUCCESS } from "../../../runtime/spec/status-words.ts";
import { ROW_BYTES } from "../../filesystem/engine/files.ts";
import { TRANSACTION_RECORD_BYTES } from "../spec.ts";

const OBJECT_ACCOUNT: i32 = 0x3000; // + index of the DF

// The object. Numbers have the highest byte first, as commands answer them; money is in fen.
export const BALANCE: i32 = 0; //       4
export const SELF_PAID: i32 = 4; //     4, in the payment year
export const POOLED: i32 = 8; //        4, in the payment year
export const YEAR: i32 = 12; //         2, BCD
export const PURCHASES: i32 = 14; //    2, purchases so far: the offline counter
export const LOADS: i32 = 16; //        2, loads so far: the online counter
export const STARTING_DAY: i32 = 18; // 2, BCD mmdd
/** What proves the last transaction: its type, its number, its MAC (zeros for a load), its TAC. */
export const PROOF_TYPE: i32 = 20; //   1, 0 before the first
export const PROOF_NUMBER: i32 = 21; // 2
export const PROOF_MAC: i32 = 23; //    4, and the TAC right behind it
export const PROOF_TAC: i32 = 27; //    4
export const ACCOUNT_BYTES: i32 = 31;

// No command of the account has more than 32 bytes of data, so the rest of `DATA` is free.
/** The account in hand, as `loadAccount` left it. */
export const ACCOUNT: usize = DATA + 32;
/** Row of the file of transactions. */
export const ROW: usize = DATA + 64;
export const RECORD: usize = ROW + (ROW_BYTES as usize);
/** What a session key is made of, 8 bytes. */
export const SESSION_INPUT: usize = RECORD + (TRANSACTION_RECORD_BYTES as usize);

export function accountOf(df: i32): i32 {
  return OBJECT_ACCOUNT + df;
}

/** Brings the account of a DF to `ACCOUNT`; 6A81 when the DF has none. */
export function loadAccount(df: i32): u16 {
  const status = readObject(accountOf(df), 0, ACCOUNT, ACCOUNT_BYTES);
  return status == SW_SUCCESS ? SW_SUCCESS : SW_FUNCTION_NOT_SUPPORTED;
}

/** Adds the amount at `amount` to the one at `to`; false, and nothing is added, when it overflows. */
export function addAmount(to: usize, amount: usize): bool {
  const sum = bswap<u32>(load<u32>(to)) + bswap<u32>(load<u32>(amount));
  if (sum < bswap<u32>(load<u32>(to))) return false;
  store<u32>(to, bswap<u32>(sum));
  return true;
}

/** Takes the amount at `amount` from the one at `from`; false, and nothing is taken, when it is less. */
export function takeAmount(from: usize, amount: usize): bool {
  const present = bswap<u32>(load<u32>(from));
  const taken = bswap<u32>(load<u32>(amount));
  if (present < taken) return false;
  store<u32>(from, bswap<u32>(present - taken));
  return true;
}
