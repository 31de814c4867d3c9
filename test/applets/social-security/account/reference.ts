// Session keys, MACs and TACs of the medical account by Node's OpenSSL: what the card must agree with.

import { createCipheriv } from "node:crypto";
import { bytes, hex } from "../../../helpers/bytes.ts";

export type Family = "tdes" | "sm4";
export const FAMILIES: readonly Family[] = ["tdes", "sm4"];

const BLOCK: Readonly<Record<Family, number>> = { tdes: 8, sm4: 16 };

/** One block under a key. A key of 8 bytes is single DES: TDES with twice the same half. */
function encipher(family: Family, key: string, block: Uint8Array): Uint8Array {
  const name = family === "tdes" ? "des-ede" : "sm4-ecb";
  const value = bytes(key.length === 16 ? key + key : key);
  return createCipheriv(name, value, null).setAutoPadding(false).update(block);
}

/** SESLK or SESPK of 8 bytes of input, hex. */
export function sessionKey(family: Family, key: string, input: string): string {
  const block = new Uint8Array(BLOCK[family]);
  block.set(bytes(input));
  return hex(encipher(family, key, block));
}

/** The MAC of part 4, 9.2, without a command header; hex. */
export function mac(family: Family, key: string, data: string): string {
  const size = BLOCK[family];
  const plain = bytes(data);
  const padded = new Uint8Array((Math.floor(plain.length / size) + 1) * size);
  padded.set(plain);
  padded[plain.length] = 0x80;
  let chain: Uint8Array = new Uint8Array(size);
  for (let at = 0; at < padded.length; at += size) {
    const block = chain.map((byte, i) => byte ^ padded[at + i]!);
    chain = encipher(family, key, block);
  }
  if (family === "tdes") return hex(chain.slice(0, 4));
  const words = [0, 1, 2, 3].map((i) => chain[i]! ^ chain[4 + i]! ^ chain[8 + i]! ^ chain[12 + i]!);
  return hex(Uint8Array.from(words));
}

/** The key of TACs: DTK, with blocks of 8 bytes the XOR of its halves. */
export function tacKey(family: Family, dtk: string): string {
  const value = bytes(dtk);
  if (family === "sm4") return hex(value);
  return hex(value.slice(0, 8).map((byte, i) => byte ^ value[8 + i]!));
}
