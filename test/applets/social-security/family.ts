// The two algorithm families of the social security card as a terminal computes them, by Node's
// OpenSSL: not the code that the card runs. Part 4, 8 and 9.

import { createCipheriv } from "node:crypto";
import { ALGORITHM_SM4, ALGORITHM_TDES } from "../../../applets/social-security/spec.ts";
import { CIPHER_SM4, CIPHER_TDES } from "../../../runtime/spec/chip.ts";
import { bytes, hex } from "../../helpers/bytes.ts";

export interface Family {
  readonly name: "tdes" | "sm4";
  /** Bytes of a block, and of a session key. */
  readonly block: 8 | 16;
  /** CIPHER_* of its keys. */
  readonly cipher: number;
  /** What the card's FCI says. */
  readonly algorithm: number;
}

export const TDES: Family = {
  name: "tdes",
  block: 8,
  cipher: CIPHER_TDES,
  algorithm: ALGORITHM_TDES,
};
export const SM4: Family = {
  name: "sm4",
  block: 16,
  cipher: CIPHER_SM4,
  algorithm: ALGORITHM_SM4,
};
export const FAMILIES: readonly Family[] = [TDES, SM4];

const MAC_HEX = 8;

/** Enciphers whole blocks, IV zero. A TDES key of 8 bytes is single DES: the key, twice. */
function encipher(family: Family, mode: "ecb" | "cbc", key: string, data: Uint8Array): Uint8Array {
  const single = family === TDES && key.length === 16;
  const value = bytes(single ? key + key : key);
  const tdes = mode === "ecb" ? "des-ede" : "des-ede-cbc";
  const name = family === TDES ? tdes : `sm4-${mode}`;
  const iv = mode === "ecb" ? null : new Uint8Array(family.block);
  return createCipheriv(name, value, iv).setAutoPadding(false).update(data);
}

function zeroFilled(family: Family, data: Uint8Array): Uint8Array {
  const block = new Uint8Array(family.block);
  block.set(data);
  return block;
}

/** Behind the data 80, then zeros, to whole blocks. */
function padded(family: Family, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array((Math.floor(data.length / family.block) + 1) * family.block);
  whole.set(data);
  whole[data.length] = 0x80;
  return whole;
}

/** Session key of a key and a challenge of 4 bytes to a block; hex. */
export function sessionKey(family: Family, key: string, random: Uint8Array): string {
  return hex(encipher(family, "ecb", key, zeroFilled(family, random)));
}

/** The 8 bytes that prove the knowledge of a key; hex. */
export function authentication(
  family: Family,
  key: string,
  factor: Uint8Array,
  original: Uint8Array,
): string {
  const session = sessionKey(family, key, factor);
  const x = encipher(family, "ecb", session, zeroFilled(family, original));
  return hex(x.slice(0, 8).map((byte, i) => byte ^ (x[8 + i] ?? 0)));
}

/** MAC over the header with its Lc and the data in front of the MAC; hex. */
export function commandMac(family: Family, session: string, command: Uint8Array): string {
  const last = encipher(family, "cbc", session, padded(family, command)).slice(-family.block);
  if (family === TDES) return hex(last).slice(0, MAC_HEX);
  return hex(
    last.slice(0, 4).map((_, i) => last[i]! ^ last[4 + i]! ^ last[8 + i]! ^ last[12 + i]!),
  );
}

/** Length ‖ data, padded unless these are whole blocks, enciphered; hex. */
export function encipheredData(family: Family, session: string, data: string): string {
  const plain = Uint8Array.of(data.length / 2, ...bytes(data));
  const whole = plain.length % family.block === 0 ? plain : padded(family, plain);
  return hex(encipher(family, "ecb", session, whole));
}

/** As it stands in `plain`, not even padded; hex. */
export function encipheredBlocks(family: Family, session: string, plain: string): string {
  return hex(encipher(family, "ecb", session, bytes(plain)));
}
