// The cipher half of the coprocessor: what the chip asks, and the one check of a request that every
// implementation makes, so that all of them refuse alike.
import {
  CIPHER_AES,
  CIPHER_SM4,
  CIPHER_TDES,
  DIRECTION_DECRYPT,
  DIRECTION_ENCRYPT,
  MODE_CBC,
  MODE_CBC_MAC,
  MODE_ECB,
} from "../../../runtime/spec/chip.ts";

export interface Coprocessor {
  readonly name: string;
  /**
   * One cipher run without padding. The numbers are `CIPHER_*`, `MODE_*` and `DIRECTION_*` of
   * runtime/spec/chip.ts; `iv` is one block, and is not looked at in ECB. `data` is whole blocks.
   * Answers a fresh array: one block for CBC-MAC, else `data.length` bytes. The arguments may be
   * views of card memory; nothing of them is kept or changed.
   * Throws CoprocessorError for a request that the hardware could not carry out.
   */
  cipher(
    algorithm: number,
    mode: number,
    direction: number,
    key: Uint8Array,
    iv: Uint8Array,
    data: Uint8Array,
  ): Uint8Array;
}

/** A request that no coprocessor can carry out. The kernel checks before it asks, so this is a bug. */
export class CoprocessorError extends Error {
  override readonly name = "CoprocessorError";
  constructor(
    readonly field: "algorithm" | "mode" | "direction" | "key" | "iv" | "data",
    readonly value: number,
    expected: string,
  ) {
    super(`coprocessor: ${field} ${value} is not usable; expected ${expected}`);
  }
}

/** Checks one request and answers the block size in bytes. */
export function checkRequest(
  algorithm: number,
  mode: number,
  direction: number,
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
): number {
  const block = checkKey(algorithm, key.length);
  if (mode !== MODE_ECB && mode !== MODE_CBC && mode !== MODE_CBC_MAC) {
    throw new CoprocessorError("mode", mode, "ECB, CBC or CBC-MAC");
  }
  if (
    direction !== DIRECTION_ENCRYPT &&
    (direction !== DIRECTION_DECRYPT || mode === MODE_CBC_MAC)
  ) {
    throw new CoprocessorError("direction", direction, "encrypt, or decrypt in ECB and CBC");
  }
  if (mode !== MODE_ECB && iv.length !== block) {
    throw new CoprocessorError("iv", iv.length, `one block of ${block} bytes`);
  }
  if (data.length % block !== 0 || (mode === MODE_CBC_MAC && data.length === 0)) {
    throw new CoprocessorError("data", data.length, `whole blocks of ${block} bytes`);
  }
  return block;
}

function checkKey(algorithm: number, length: number): number {
  switch (algorithm) {
    case CIPHER_AES:
      if (length === 16 || length === 24 || length === 32) return 16;
      throw new CoprocessorError("key", length, "16, 24 or 32 bytes for AES");
    case CIPHER_TDES:
      if (length === 16 || length === 24) return 8;
      throw new CoprocessorError("key", length, "16 or 24 bytes for TDES");
    case CIPHER_SM4:
      if (length === 16) return 16;
      throw new CoprocessorError("key", length, "16 bytes for SM4");
    default:
      throw new CoprocessorError("algorithm", algorithm, "AES, TDES or SM4");
  }
}
