// The coprocessor: what the chip asks of it, and the one check of a request that every implementation
// makes, so that all of them refuse alike.
import {
  CIPHER_AES,
  CIPHER_SM4,
  CIPHER_TDES,
  CURVE_SM2,
  DIRECTION_DECRYPT,
  DIRECTION_ENCRYPT,
  HASH_SHA1,
  HASH_SHA256,
  HASH_SHA384,
  HASH_SHA512,
  HASH_SM3,
  MODE_CBC,
  MODE_CBC_MAC,
  MODE_ECB,
  PRIVATE_KEY_BYTES,
  SIGNATURE_ECDSA_P256,
  SIGNATURE_SM2,
  SIGNED_DIGEST_BYTES,
} from "../../../runtime/spec/chip.ts";

/** Fills an array from the random number generator of the chip. */
export type Fill = (to: Uint8Array) => void;

/** A private key of 32 bytes and its public point x ‖ y of 64. */
export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

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
  /** The hash `HASH_*` of `data`, a fresh array. `data` may be a view of card memory. */
  hash(algorithm: number, data: Uint8Array): Uint8Array;
  /**
   * Whether `signature` is one of `SIGNATURE_*` over `digest` by the owner of `key`; false too for a
   * key that is no point of the curve and for anything of a wrong length.
   */
  verify(algorithm: number, key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean;
  /** A key pair on `CURVE_*`; the same random numbers give the same pair. */
  generateKeyPair(curve: number, fill: Fill): KeyPair;
  /** `SIGNATURE_SM2` over a digest of 32 bytes: r ‖ s, a fresh array. */
  sign(algorithm: number, privateKey: Uint8Array, digest: Uint8Array, fill: Fill): Uint8Array;
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

/** Refuses a hash that the hardware does not have. */
export function checkHash(algorithm: number): void {
  switch (algorithm) {
    case HASH_SHA1:
    case HASH_SHA256:
    case HASH_SHA384:
    case HASH_SHA512:
    case HASH_SM3:
      return;
    default:
      throw new CoprocessorError("algorithm", algorithm, "SHA-1, SHA-256, -384, -512 or SM3");
  }
}

/** Refuses a signature scheme that the hardware does not verify. */
export function checkSignatureAlgorithm(algorithm: number): void {
  if (algorithm === SIGNATURE_ECDSA_P256 || algorithm === SIGNATURE_SM2) return;
  throw new CoprocessorError("algorithm", algorithm, "ECDSA on P-256 or SM2");
}

/** Refuses a signature scheme that the hardware does not sign by, and a key or digest not of 32 bytes. */
export function checkSigning(algorithm: number, privateKey: Uint8Array, digest: Uint8Array): void {
  if (algorithm !== SIGNATURE_SM2) throw new CoprocessorError("algorithm", algorithm, "SM2");
  if (privateKey.length !== PRIVATE_KEY_BYTES) {
    throw new CoprocessorError("key", privateKey.length, `${PRIVATE_KEY_BYTES} bytes`);
  }
  if (digest.length !== SIGNED_DIGEST_BYTES) {
    throw new CoprocessorError("data", digest.length, `a digest of ${SIGNED_DIGEST_BYTES} bytes`);
  }
}

/** Refuses a curve that the hardware makes no keys on. */
export function checkCurve(curve: number): void {
  if (curve !== CURVE_SM2) throw new CoprocessorError("algorithm", curve, "the SM2 curve");
}

/** Checks one cipher request and answers the block size in bytes. */
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
