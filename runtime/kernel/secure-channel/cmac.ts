// AES-CMAC. NIST SP 800-38B, 6.2.

import { CIPHER_AES, DIRECTION_ENCRYPT, MODE_CBC_MAC, MODE_ECB } from "../../spec/chip.ts";
import { cipher } from "../chip.ts";

export const BLOCK: i32 = 16;
/** Key 16, subkey K1 16, subkey K2 16. */
export const MAC_KEY_BYTES: i32 = 48;

const ENCRYPT: i32 = CIPHER_AES | (MODE_ECB << 8) | (DIRECTION_ENCRYPT << 16);
const CHAIN: i32 = CIPHER_AES | (MODE_CBC_MAC << 8) | (DIRECTION_ENCRYPT << 16);

const ZERO: usize = memory.data(BLOCK);
const LAST: usize = memory.data(BLOCK);
const BEFORE: usize = memory.data(BLOCK);

export function encryptBlock(key: usize, from: usize, to: usize): void {
  cipher(ENCRYPT, key, BLOCK, ZERO, from, to, BLOCK);
}

/** Doubles a block in GF(2^128). */
function double(from: usize, to: usize): void {
  const carry = load<u8>(from) >> 7;
  for (let i = 0; i < BLOCK - 1; i++) {
    store<u8>(to + i, (load<u8>(from + i) << 1) | (load<u8>(from + i + 1) >> 7));
  }
  store<u8>(to + 15, (load<u8>(from + 15) << 1) ^ (carry == 0 ? 0 : 0x87));
}

/** Completes a MAC key whose first 16 bytes are set: makes its two subkeys. */
export function expandMacKey(macKey: usize): void {
  encryptBlock(macKey, ZERO, LAST);
  double(LAST, macKey + BLOCK);
  double(macKey + BLOCK, macKey + 2 * BLOCK);
}

export function xorBlock(to: usize, with_: usize): void {
  store<u64>(to, load<u64>(to) ^ load<u64>(with_));
  store<u64>(to + 8, load<u64>(to + 8) ^ load<u64>(with_ + 8));
}

/** The 16-byte CMAC of `length` bytes under an expanded key, to `to`. */
export function cmac(macKey: usize, from: usize, length: i32, to: usize): void {
  const before = length == 0 ? 0 : ((length - 1) / BLOCK) * BLOCK;
  const rest = length - before;
  memory.fill(LAST, 0, BLOCK);
  memory.copy(LAST, from + before, rest);
  if (rest < BLOCK) store<u8>(LAST + rest, 0x80);
  xorBlock(LAST, macKey + (rest < BLOCK ? 2 * BLOCK : BLOCK));
  if (before > 0) {
    cipher(CHAIN, macKey, BLOCK, ZERO, from, BEFORE, before);
    xorBlock(LAST, BEFORE);
  }
  encryptBlock(macKey, LAST, to);
}
