// The rules of part 4, 8 and part 9, 7, computed by Node's ciphers: not the code of the card or bureau.

import { createCipheriv } from "node:crypto";
import { bytes } from "../../helpers/bytes.ts";

export type Algorithm = "tdes" | "sm4";

export const BLOCK: Readonly<Record<Algorithm, number>> = { tdes: 8, sm4: 16 };

function run(name: string, key: Uint8Array, iv: Uint8Array | null, data: Uint8Array): Buffer {
  return createCipheriv(name, key, iv).setAutoPadding(false).update(data);
}

/** Encipherment under a key of 16 bytes, or under single DES with one of 8. */
export function encipher(algorithm: Algorithm, key: Uint8Array, data: Uint8Array): Buffer {
  if (algorithm === "sm4") return run("sm4-ecb", key, null, data);
  return run("des-ede", key.length === 8 ? Buffer.concat([key, key]) : key, null, data);
}

/** A MAC with session key and IV; the data are whole blocks. */
export function macOfBlocks(
  algorithm: Algorithm,
  session: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
): Buffer {
  if (algorithm === "tdes") {
    const key = session.length === 8 ? Buffer.concat([session, session]) : session;
    return run("des-ede-cbc", key, iv, data).subarray(-8).subarray(0, 4);
  }
  const last = run("sm4-cbc", session, iv, data).subarray(-16);
  return Buffer.from(
    [0, 1, 2, 3].map((i) => last[i]! ^ last[4 + i]! ^ last[8 + i]! ^ last[12 + i]!),
  );
}

/** As `macOfBlocks` with IV zero over data ‖ 80 00... */
export function mac(algorithm: Algorithm, session: Uint8Array, data: Uint8Array): Buffer {
  const block = BLOCK[algorithm];
  return macOfBlocks(algorithm, session, Buffer.alloc(block), pad80(data, block));
}

export function pad80(data: Uint8Array, block: number): Buffer {
  const padded = Buffer.alloc((Math.floor(data.length / block) + 1) * block);
  padded.set(data);
  padded[data.length] = 0x80;
  return padded;
}

/** Filled with zeros to `length`. */
export function padZero(data: Uint8Array, length: number): Buffer {
  const padded = Buffer.alloc(length);
  padded.set(data);
  return padded;
}

const inverse = (data: Uint8Array) => data.map((byte) => byte ^ 0xff);

/** One level down; a single DES key of 8 bytes has children of 8. */
export function child(algorithm: Algorithm, key: Uint8Array, factor: Uint8Array): Buffer {
  if (key.length === 8) return encipher(algorithm, key, factor);
  if (algorithm === "sm4") {
    return encipher("sm4", key, Buffer.concat([factor, inverse(factor)]));
  }
  const halves = [factor, inverse(factor)].map((half) => encipher("tdes", key, half));
  return Buffer.concat(halves);
}

/** Down through factors that are given the card's first, as commands carry them. */
export function cardKey(algorithm: Algorithm, key: string, factors: readonly string[]): Uint8Array {
  let value = bytes(key);
  for (const factor of factors.toReversed()) {
    value = Uint8Array.from(child(algorithm, value, bytes(factor)));
  }
  return value;
}

export function sessionKey(algorithm: Algorithm, key: Uint8Array, input: Uint8Array): Buffer {
  return encipher(algorithm, key, padZero(input, BLOCK[algorithm]));
}

/** Session key of a TAC key: of TDES the XOR of its halves, of SM4 the key itself. */
export function tacKey(algorithm: Algorithm, key: Uint8Array): Uint8Array {
  if (algorithm === "sm4") return key;
  return key.slice(0, 8).map((byte, i) => byte ^ key[8 + i]!);
}
