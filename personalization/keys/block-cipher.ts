// Block ciphers under a key at hand. AES by @noble/ciphers; SM4 and TDES, which it lacks, by Node.

import { createCipheriv } from "node:crypto";
import { cbc, ecb } from "@noble/ciphers/aes.js";
import type { KeyKind } from "./key-service.ts";

/** Bytes of a block. */
export const BLOCK_BYTES: Readonly<Record<KeyKind, number>> = { aes: 16, sm4: 16, tdes: 8 };
/** Key lengths in bytes. */
export const KEY_BYTES: Readonly<Record<KeyKind, readonly number[]>> = {
  aes: [16, 24, 32],
  sm4: [16],
  tdes: [16],
};

const NODE_NAMES = {
  sm4: { ecb: "sm4-ecb", cbc: "sm4-cbc" },
  tdes: { ecb: "des-ede", cbc: "des-ede-cbc" },
};

/** Encrypts whole blocks, IV zero. */
export function encryptBlocks(
  kind: KeyKind,
  mode: "ecb" | "cbc",
  key: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  const block = BLOCK_BYTES[kind];
  if (data.length % block !== 0) throw new RangeError(`${data.length} bytes are no whole blocks`);
  if (kind === "aes") {
    const padding = { disablePadding: true };
    return mode === "ecb"
      ? ecb(key, padding).encrypt(data)
      : cbc(key, new Uint8Array(block), padding).encrypt(data);
  }
  const iv = mode === "ecb" ? null : new Uint8Array(block);
  const cipher = createCipheriv(NODE_NAMES[kind][mode], key, iv).setAutoPadding(false);
  return Uint8Array.from(cipher.update(data));
}
