// Authentication as a social security terminal does it: session key, authentication data, MAC.
// Social security card specification, part 4, 8-9; part 5 for the commands.

import { concat, pad80, padZero, xor } from "./bytes.ts";
import { BLOCK_BYTES, encryptBlocks } from "./keys/block-cipher.ts";
import type { KeyHandle, KeyKind, KeyService } from "./keys/key-service.ts";

/** Bytes of the card's random number and of the data that is authenticated. */
export const RANDOM_BYTES = 8;
/** Bytes of authentication data, and of a MAC. */
export const AUTHENTICATION_BYTES = 8;
export const MAC_BYTES = 4;

/**
 * Authentication data of `original` (8 bytes) under `key` and the random number of 8 bytes:
 * SK = E(K, random), X = E(SK, original), each filled with 00 to the block; the halves of a
 * 16-byte X are XORed. A TDES session key has one DES length, as 8-byte blocks give it.
 */
export async function authenticationData(
  service: KeyService,
  key: KeyHandle,
  random: Uint8Array,
  original: Uint8Array,
): Promise<Uint8Array> {
  const session = await sessionKey(service, key, random);
  const data = padZero(original, BLOCK_BYTES[key.kind]);
  const x = encryptBlocks(key.kind, "ecb", doubled(key.kind, session), data);
  return x.length === AUTHENTICATION_BYTES ? x : xor(x.subarray(0, 8), x.subarray(8));
}

/** E(K, random ‖ 00..): as long as the block. */
export function sessionKey(
  service: KeyService,
  key: KeyHandle,
  random: Uint8Array,
): Promise<Uint8Array> {
  return service.encrypt(key, "ecb", padZero(random, BLOCK_BYTES[key.kind]));
}

/** MAC under the key itself: CBC over data ‖ 80 ‖ 00.., IV zero, folded to 4 bytes. */
export async function mac(
  service: KeyService,
  key: KeyHandle,
  data: Uint8Array,
): Promise<Uint8Array> {
  const padded = pad80(data, BLOCK_BYTES[key.kind]);
  return foldMac(key.kind, await service.encrypt(key, "cbc", padded));
}

/** MAC under a session key at hand. */
export function sessionMac(kind: KeyKind, session: Uint8Array, data: Uint8Array): Uint8Array {
  const padded = pad80(data, BLOCK_BYTES[kind]);
  return foldMac(kind, encryptBlocks(kind, "cbc", doubled(kind, session), padded));
}

/** 8-byte blocks: the left 4 bytes of the last; 16-byte blocks: its four words XORed. */
function foldMac(kind: KeyKind, chained: Uint8Array): Uint8Array {
  const last = chained.subarray(-BLOCK_BYTES[kind]);
  if (last.length === 8) return last.slice(0, MAC_BYTES);
  const half = xor(last.subarray(0, 8), last.subarray(8));
  return xor(half.subarray(0, 4), half.subarray(4));
}

/** Single DES is TDES with one key twice. */
function doubled(kind: KeyKind, session: Uint8Array): Uint8Array {
  return kind === "tdes" ? concat(session, session) : session;
}
