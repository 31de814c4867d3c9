// The form of the holder's PIN, for every command that brings one.

import { PIN_BLOCK_BYTES, PIN_LEAST_DIGITS } from "./spec.ts";

/** Whether a PIN block is 6 to 8 ASCII digits, filled up with FF. */
export function isPinBlock(at: usize): bool {
  let digits = 0;
  while (digits < PIN_BLOCK_BYTES && isDigit(load<u8>(at + digits))) digits += 1;
  if (digits < PIN_LEAST_DIGITS) return false;
  for (let i = digits; i < PIN_BLOCK_BYTES; i++) {
    if (load<u8>(at + i) != 0xff) return false;
  }
  return true;
}

function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}
