// Session keys, authentication data and MACs of both algorithm families: TDES with blocks of 8 bytes,
// SM4 with blocks of 16. Social security card, part 4, 8 and 9.

import { cipher, deriveSessionKey } from "../../runtime/sdk/card.ts";
import { SESSION_KEY } from "../../runtime/spec/card-api.ts";
import { DIRECTION_ENCRYPT, MODE_ECB } from "../../runtime/spec/chip.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { applicationByte } from "../filesystem/engine/files.ts";
import { ALGORITHM_TDES, AUTHENTICATION_BYTES } from "./spec.ts";

const MOST_BLOCK: i32 = 16;

@unmanaged
@final
class Chain {
  /** Bytes that wait in `WORK` for their block to be full. */
  filled: i32;
  /** Bytes of a block, so that the card is not asked for each byte. */
  block: i32;
  /** What went wrong on the way; SW_SUCCESS until then. */
  status: u16;
}

// @ts-ignore: the compiler folds this to an address
const chain: Chain = changetype<Chain>(memory.data(offsetof<Chain>(), 4));
/** One block: what `makeAuthenticationData` and `endMac` leave, and the chain of a MAC. */
export const WORK: usize = memory.data(MOST_BLOCK, 4);

/** Bytes of a block of the card's algorithm. */
export function blockBytes(): i32 {
  return applicationByte() == ALGORITHM_TDES ? 8 : MOST_BLOCK;
}

/** Puts `length` bytes into a block and fills it up with zeros. */
function fillBlock(from: usize, length: i32): void {
  memory.fill(WORK, 0, MOST_BLOCK);
  memory.copy(WORK, from, length);
}

/**
 * Makes the session key out of `length` bytes, not more than a block: E(key, input ‖ 00..), which is
 * single DES or SM4. 6A88 without the key or its version.
 */
export function startSession(key: i32, input: usize, length: i32, version: i32 = 0): u16 {
  fillBlock(input, length);
  return deriveSessionKey(key, WORK, blockBytes(), version);
}

/** Leaves in `WORK` 8 bytes: E(session key, original ‖ 00..), of a block of 16 its halves XORed. */
export function makeAuthenticationData(original: usize): u16 {
  fillBlock(original, AUTHENTICATION_BYTES);
  const status = cipher(SESSION_KEY, MODE_ECB, DIRECTION_ENCRYPT, WORK, blockBytes());
  // Behind a block of 8 bytes are zeros.
  if (status == SW_SUCCESS) store<u64>(WORK, load<u64>(WORK) ^ load<u64>(WORK + 8));
  return status;
}

// A MAC under the session key: startMac, addToMac as often as needed, endMac. Part 4, 9.2.

export function startMac(): void {
  memory.fill(WORK, 0, MOST_BLOCK);
  chain.filled = 0;
  chain.block = blockBytes();
  chain.status = SW_SUCCESS;
}

function addByte(byte: u8): void {
  store<u8>(WORK + chain.filled, load<u8>(WORK + chain.filled) ^ byte);
  chain.filled += 1;
  if (chain.filled < chain.block) return;
  chain.filled = 0;
  const status = cipher(SESSION_KEY, MODE_ECB, DIRECTION_ENCRYPT, WORK, chain.block);
  if (status != SW_SUCCESS) chain.status = status;
}

export function addToMac(from: usize, length: i32): void {
  for (let i = 0; i < length; i++) addByte(load<u8>(from + i));
}

/** Pads with 80 00.. and leaves the MAC in the first 4 bytes of `WORK`: of 16 bytes the words XORed. */
export function endMac(): u16 {
  addByte(0x80);
  while (chain.filled != 0) addByte(0);
  if (chain.block == MOST_BLOCK) {
    const folded = load<u64>(WORK) ^ load<u64>(WORK + 8);
    store<u32>(WORK, (folded as u32) ^ ((folded >> 32) as u32));
  }
  return chain.status;
}
