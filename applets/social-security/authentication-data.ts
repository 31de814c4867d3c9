// Authentication data of the third generation, SM4. Specification part 4, 8 and 9.

import { cipher, deriveSessionKey } from "../../runtime/sdk/card.ts";
import { SESSION_KEY } from "../../runtime/spec/card-api.ts";
import { DIRECTION_ENCRYPT, MODE_ECB } from "../../runtime/spec/chip.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { AUTHENTICATION_BYTES } from "./spec.ts";

const BLOCK: i32 = 16;
export const WORK: usize = memory.data(BLOCK, 4);

/** Puts 8 bytes into a block of zeros. */
function padBlock(from: usize): void {
  memory.fill(WORK, 0, BLOCK);
  memory.copy(WORK, from, AUTHENTICATION_BYTES);
}

/**
 * Leaves the authentication data of `original` in `WORK`: session key = E(factor ‖ 00×8), then
 * E_session(original ‖ 00×8), its halves XORed.
 */
export function makeAuthenticationData(key: i32, factor: usize, original: usize): u16 {
  padBlock(factor);
  let status = deriveSessionKey(key, WORK, BLOCK);
  if (status != SW_SUCCESS) return status;
  padBlock(original);
  status = cipher(SESSION_KEY, MODE_ECB, DIRECTION_ENCRYPT, WORK, BLOCK);
  if (status == SW_SUCCESS) store<u64>(WORK, load<u64>(WORK) ^ load<u64>(WORK + 8));
  return status;
}
