// What a PIN looks like: digits in cn, two to a byte, the last half byte F when they are odd. Part 5, 6.3.1.

import { LEAST_PIN_DIGITS, MOST_PIN_BYTES } from "./spec.ts";

/** Whether `length` bytes are at least LEAST_PIN_DIGITS digits. */
export function isPin(at: usize, length: i32): bool {
  if (length > MOST_PIN_BYTES) return false;
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    const low = byte & 0x0f;
    const filling = i == length - 1 && low == 0x0f;
    if (byte >> 4 > 9 || (low > 9 && !filling)) return false;
  }
  if (length == 0) return false;
  const odd = (load<u8>(at + length - 1) & 0x0f) == 0x0f ? 1 : 0;
  return 2 * length - odd >= LEAST_PIN_DIGITS;
}
