// What a delivered session key does: encipherment and MACs. Specification part 9, 9.8; part 4, 8.

import {
  INS_CIPHER_DATA,
  MAC_BYTES,
  P1_FIRST_OF_MAC,
  P1_LAST_OF_MAC,
  P1_LAST_TO_ENCIPHER,
  P1_MORE_TO_ENCIPHER,
  P1_NEXT_OF_MAC,
  P1_WHOLE_MAC,
} from "../../../applets/psam/spec.ts";
import { command, exchange, expectSuccess } from "../../../personalization/apdu.ts";
import { concat, pad80, padZero, xor } from "../../../personalization/bytes.ts";
import { CLA_PROPRIETARY } from "../../../runtime/spec/instructions.ts";
import type { Psam, PsamAlgorithm } from "./psam.ts";

const BLOCK_BYTES: Readonly<Record<PsamAlgorithm, number>> = { tdes: 8, sm4: 16 };
/** Most data of one command. */
const MOST_BYTES: Readonly<Record<PsamAlgorithm, number>> = { tdes: 0x40, sm4: 0x80 };

/** Enciphers whole blocks in ECB. Throws `StatusWordError`, 6901 without a session key for it. */
export async function encipher(psam: Psam, data: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const [part, last] of split(data, MOST_BYTES[psam.algorithm])) {
    parts.push(await send(psam, last ? P1_LAST_TO_ENCIPHER : P1_MORE_TO_ENCIPHER, part));
  }
  return concat(...parts);
}

/** Data as updates carry it enciphered: length (1) ‖ data, padded with 80 00.. unless whole blocks. */
export function encipherField(psam: Psam, data: Uint8Array): Promise<Uint8Array> {
  const block = BLOCK_BYTES[psam.algorithm];
  const field = concat(Uint8Array.of(data.length), data);
  return encipher(psam, field.length % block === 0 ? field : pad80(field, block));
}

/** Authentication data, 8 bytes, of 8 original ones: for EXTERNAL and INTERNAL AUTHENTICATE. */
export async function authenticationData(psam: Psam, original: Uint8Array): Promise<Uint8Array> {
  const result = await encipher(psam, padZero(original, BLOCK_BYTES[psam.algorithm]));
  return result.length === 8 ? result : xor(result.subarray(0, 8), result.subarray(8));
}

/** MAC, 4 bytes, over any data: padded with 80 00.., IV zero unless one block is given. */
export async function mac(psam: Psam, data: Uint8Array, iv?: Uint8Array): Promise<Uint8Array> {
  const block = BLOCK_BYTES[psam.algorithm];
  const all = concat(iv ?? new Uint8Array(block), pad80(data, block));
  const parts = split(all, MOST_BYTES[psam.algorithm]);
  if (parts.length === 1) return send(psam, P1_WHOLE_MAC, all, MAC_BYTES);
  let result: Uint8Array = new Uint8Array();
  for (const [at, [part, last]] of parts.entries()) {
    const next = at === 0 ? P1_FIRST_OF_MAC : P1_NEXT_OF_MAC;
    result = await send(psam, last ? P1_LAST_OF_MAC : next, part, last ? MAC_BYTES : 0);
  }
  return result;
}

async function send(
  psam: Psam,
  p1: number,
  data: Uint8Array,
  expected = data.length,
): Promise<Uint8Array> {
  const le = expected === 0 ? undefined : expected;
  const cipher = command(CLA_PROPRIETARY, INS_CIPHER_DATA, p1, 0, data, le);
  return expectSuccess("CIPHER DATA", await exchange(psam.slot, cipher));
}

/** Parts of at most `most` bytes, each with whether it is the last. */
function split(data: Uint8Array, most: number): [part: Uint8Array, last: boolean][] {
  const parts: [Uint8Array, boolean][] = [];
  for (let at = 0; at < data.length; at += most) {
    parts.push([data.subarray(at, at + most), at + most >= data.length]);
  }
  return parts;
}
