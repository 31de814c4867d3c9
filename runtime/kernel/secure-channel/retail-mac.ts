// The MAC of SCP02: single DES in CBC, triple DES at the end. ISO/IEC 9797-1, algorithm 3;
// GPC 2.3.1, B.1.2.2.

import { CIPHER_TDES, DIRECTION_ENCRYPT, MODE_CBC_MAC } from "../../spec/chip.ts";
import { cipher } from "../chip.ts";
import { INPUT_END, KEPT } from "./scratch.ts";

export const DES_BLOCK: i32 = 8;
/** A key of two halves. */
export const DES_KEY_BYTES: i32 = 16;

const CHAIN: i32 = CIPHER_TDES | (MODE_CBC_MAC << 8) | (DIRECTION_ENCRYPT << 16);

/** The first half of the key twice, with which triple DES is single DES. */
const SINGLE: usize = INPUT_END;

/** Pads as 80 00 .. in place to whole blocks; the new length. */
export function padDes(at: usize, length: i32): i32 {
  const padded = (length / DES_BLOCK + 1) * DES_BLOCK;
  memory.fill(at + length, 0, padded - length);
  store<u8>(at + length, 0x80);
  return padded;
}

/** One block enciphered under the first half of a key. */
export function encryptSingle(key: usize, iv: usize, block: usize, to: usize): void {
  chainSingle(key, iv, block, DES_BLOCK, to);
}

function chainSingle(key: usize, iv: usize, from: usize, length: i32, to: usize): void {
  memory.copy(SINGLE, key, DES_BLOCK);
  memory.copy(SINGLE + DES_BLOCK, key, DES_BLOCK);
  cipher(CHAIN, SINGLE, DES_KEY_BYTES, iv, from, to, length);
  memory.fill(SINGLE, 0, DES_KEY_BYTES);
}

/**
 * The MAC of `length` bytes, 8 bytes to `to`, with 8 bytes of IV, which may stand at `to`. The message
 * is padded where it stands and set back: up to 8 bytes behind it must be RAM of the caller's.
 */
export function retailMac(key: usize, iv: usize, from: usize, length: i32, to: usize): void {
  memory.copy(KEPT, from + length, DES_BLOCK);
  const last = padDes(from, length) - DES_BLOCK;
  if (last > 0) {
    chainSingle(key, iv, from, last, to);
    iv = to;
  }
  cipher(CHAIN, key, DES_KEY_BYTES, iv, from + last, to, DES_BLOCK);
  memory.copy(from + length, KEPT, DES_BLOCK);
}
