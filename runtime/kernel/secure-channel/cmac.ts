// AES-CMAC. NIST SP 800-38B, 6.2.

import { CIPHER_AES, DIRECTION_ENCRYPT, MODE_CBC_MAC, MODE_ECB } from "../../spec/chip.ts";
import { cipher } from "../chip.ts";
import { KEPT } from "./scratch.ts";

export const BLOCK: i32 = 16;

const ENCRYPT: i32 = CIPHER_AES | (MODE_ECB << 8) | (DIRECTION_ENCRYPT << 16);
const CHAIN: i32 = CIPHER_AES | (MODE_CBC_MAC << 8) | (DIRECTION_ENCRYPT << 16);

export const ZERO: usize = memory.data(BLOCK, 4);

// Subkeys K1 of the keys used last, each with the address of its key: a session that sends command
// after command finds both of its keys here, which saves two blocks a command.
export const FOR_COMMANDS: i32 = 0;
export const FOR_THE_REST: i32 = 1;
const CACHED: i32 = 2;
const KEYS: usize = memory.data(CACHED * 4, 4);
const SUBKEYS: usize = memory.data(CACHED * BLOCK, 4);

/** Forgets the subkeys; due whenever a key changes at its address. */
export function forgetSubkeys(): void {
  memory.fill(KEYS, 0, CACHED * 4);
  memory.fill(SUBKEYS, 0, CACHED * BLOCK);
}

export function encryptBlock(key: usize, keyBytes: i32, from: usize, to: usize): void {
  cipher(ENCRYPT, key, keyBytes, ZERO, from, to, BLOCK);
}

/** Doubles a block in GF(2^128). */
function double(from: usize, to: usize): void {
  const high = bswap(load<u64>(from));
  const low = bswap(load<u64>(from + 8));
  store<u64>(to, bswap((high << 1) | (low >> 63)));
  store<u64>(to + 8, bswap((low << 1) ^ (high >> 63 == 0 ? 0 : 0x87)));
}

function xorBlock(to: usize, with_: usize): void {
  store<u64>(to, load<u64>(to) ^ load<u64>(with_));
  store<u64>(to + 8, load<u64>(to + 8) ^ load<u64>(with_ + 8));
}

function subkey(place: i32, key: usize, keyBytes: i32): usize {
  const at = SUBKEYS + place * BLOCK;
  if (load<u32>(KEYS + (place << 2)) != (key as u32)) {
    encryptBlock(key, keyBytes, ZERO, at);
    double(at, at);
    store<u32>(KEYS + (place << 2), key as u32);
  }
  return at;
}

/**
 * The CMAC of `length` bytes, 16 bytes to `to`; the subkey is kept at `place`. The message is padded
 * where it stands and set back: up to 15 bytes behind it must be RAM of the caller's.
 */
export function cmac(
  place: i32,
  key: usize,
  keyBytes: i32,
  from: usize,
  length: i32,
  to: usize,
): void {
  const before = length == 0 ? 0 : ((length - 1) / BLOCK) * BLOCK;
  const rest = length - before;
  const last = from + before;
  const k1 = subkey(place, key, keyBytes);
  memory.copy(KEPT, last, BLOCK);
  if (rest < BLOCK) {
    memory.fill(last + rest, 0, BLOCK - rest);
    store<u8>(last + rest, 0x80);
    double(k1, to);
    xorBlock(last, to);
  } else xorBlock(last, k1);
  cipher(CHAIN, key, keyBytes, ZERO, from, to, before + BLOCK);
  memory.copy(last, KEPT, BLOCK);
}
