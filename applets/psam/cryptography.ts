// Session keys and MACs of both families: TDES with blocks of 8 bytes, SM4 with blocks of 16. Part 4, 8.

import { cipher } from "../../runtime/sdk/card.ts";
import { SESSION_KEY } from "../../runtime/spec/card-api.ts";
import { DIRECTION_ENCRYPT, MODE_CBC_MAC } from "../../runtime/spec/chip.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { applicationByte } from "../filesystem/engine/files.ts";
import { ALGORITHM_TDES } from "./spec.ts";

export const MOST_BLOCK: i32 = 16;
/** Most data of one key operation, bytes. */
export const PIECE_BYTES: i32 = 64;
/** One block: chain of a MAC; the MAC itself after `foldMac`. */
export const CHAIN: usize = memory.data(MOST_BLOCK, 4);
/** Two blocks to work in. */
export const WORK: usize = memory.data(2 * MOST_BLOCK, 4);

/** Bytes of a block of the environment's algorithm. */
export function blockBytes(): i32 {
  return applicationByte() == ALGORITHM_TDES ? 8 : MOST_BLOCK;
}

/** The chain begins with the `length` bytes at `from`, filled with zeros; 0 bytes: with zeros. */
export function startMac(from: usize, length: i32): void {
  memory.fill(CHAIN, 0, MOST_BLOCK);
  memory.copy(CHAIN, from, length);
}

/** Runs the MAC on over whole blocks at `at`, which it spoils. */
export function continueMac(at: usize, length: i32): u16 {
  const block = blockBytes();
  for (let done = 0; done < length; done += PIECE_BYTES) {
    const piece = length - done < PIECE_BYTES ? length - done : PIECE_BYTES;
    // The kernel chains from zero: what came before goes into the first block.
    for (let i = 0; i < block; i++) {
      store<u8>(at + i, load<u8>(at + i) ^ load<u8>(CHAIN + i));
    }
    const status = cipher(SESSION_KEY, MODE_CBC_MAC, DIRECTION_ENCRYPT, at, piece);
    if (status != SW_SUCCESS) return status;
    memory.copy(CHAIN, at, block);
    at += piece;
  }
  return SW_SUCCESS;
}

/** Leaves the MAC in the first 4 bytes of `CHAIN`: the left ones of 8, of 16 the words XORed. */
export function foldMac(): void {
  if (blockBytes() != MOST_BLOCK) return;
  const folded = load<u64>(CHAIN) ^ load<u64>(CHAIN + 8);
  store<u32>(CHAIN, (folded as u32) ^ ((folded >> 32) as u32));
}

/** MAC of up to 31 bytes at `WORK`, IV zero: padded with 80 00.., left as `foldMac` does. */
export function macOfWork(length: i32): u16 {
  const block = blockBytes();
  const padded = (length / block + 1) * block;
  memory.fill(WORK + length, 0, padded - length);
  store<u8>(WORK + length, 0x80);
  startMac(WORK, 0);
  const status = continueMac(WORK, padded);
  foldMac();
  return status;
}
