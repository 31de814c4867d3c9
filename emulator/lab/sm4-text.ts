// What a scenario computes with SM4 for a social security card. Part 4, 8 and 9.

import { sm4 } from "sm-crypto-v2";

const BLOCK = 16;
const MAC_BYTES = 4;
const ORIGINAL_BYTES = 8;

/** A key of 16 bytes, then what is enciphered under it: filled up with zeros, block by block. */
export function enciphered(inside: Uint8Array): Uint8Array {
  const { key, data } = apart(inside);
  const whole = new Uint8Array(Math.max(1, Math.ceil(data.length / BLOCK)) * BLOCK);
  whole.set(data);
  return run("ecb", key, whole);
}

/** A session key, then header, Lc and data of a command: their MAC. */
export function mac(inside: Uint8Array): Uint8Array {
  const { key, data } = apart(inside);
  const padded = new Uint8Array((Math.floor(data.length / BLOCK) + 1) * BLOCK);
  padded.set(data);
  padded[data.length] = 0x80;
  const last = run("cbc", key, padded).subarray(-BLOCK);
  return Uint8Array.from(
    { length: MAC_BYTES },
    (_, i) => at(last, i) ^ at(last, 4 + i) ^ at(last, 8 + i) ^ at(last, 12 + i),
  );
}

/** A key: authentication data for the challenge and an original of zeros, then that original. */
export function proof(inside: Uint8Array, challenge: Uint8Array): Uint8Array {
  const { key } = apart(inside);
  const session = enciphered(Uint8Array.from([...key, ...challenge]));
  const x = enciphered(Uint8Array.from([...session, ...new Uint8Array(ORIGINAL_BYTES)]));
  const data = new Uint8Array(2 * ORIGINAL_BYTES);
  for (let i = 0; i < ORIGINAL_BYTES; i++) data[i] = at(x, i) ^ at(x, ORIGINAL_BYTES + i);
  return data;
}

function apart(inside: Uint8Array): { key: Uint8Array; data: Uint8Array } {
  if (inside.length < BLOCK) throw new RangeError(`${inside.length} bytes begin with no SM4 key`);
  return { key: inside.subarray(0, BLOCK), data: inside.subarray(BLOCK) };
}

function run(mode: "ecb" | "cbc", key: Uint8Array, data: Uint8Array): Uint8Array {
  const chaining = mode === "ecb" ? { mode } : { mode, iv: new Uint8Array(BLOCK) };
  return sm4.encrypt(data, key, { ...chaining, padding: "none", output: "array" } as const);
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}
