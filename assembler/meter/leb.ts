// Writes the numbers of the WebAssembly binary format. Core specification 2.0, 5.2.2.

import { concatBytes } from "@noble/hashes/utils.js";

/** Unsigned LEB128 of a number below 2^32. */
export function unsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.of(...bytes, rest);
}

/** Signed LEB128 of a number from -2^31 to 2^31 - 1. */
export function signed(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x3f || rest < -0x40; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.of(...bytes, rest & 0x7f);
}

/** The parts behind their length. */
export function sized(...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  return concatBytes(unsigned(content.length), content);
}
