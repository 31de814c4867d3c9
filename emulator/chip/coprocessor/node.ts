// The coprocessor over Node's crypto (OpenSSL): the default under Node.
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import {
  CIPHER_AES,
  CIPHER_TDES,
  DIRECTION_DECRYPT,
  HASH_SHA1,
  HASH_SHA256,
  HASH_SHA384,
  HASH_SHA512,
  HASH_SM3,
  MODE_CBC_MAC,
  MODE_ECB,
  SIGNATURE_SM2,
} from "../../../runtime/spec/chip.ts";
import {
  type Coprocessor,
  checkCurve,
  checkHash,
  checkRequest,
  checkSignatureAlgorithm,
  checkSigning,
  type Fill,
  type KeyPair,
} from "./coprocessor.ts";
import { verifyP256 } from "./ecdsa.ts";
import { RecentKeys } from "./recent-keys.ts";
import { generateSm2, signSm2, verifySm2 } from "./sm2.ts";

/** A cipher object that is never finished. `chain` is what CBC will XOR into its next first block. */
interface Running {
  update(data: Uint8Array): Uint8Array;
  readonly chain: Uint8Array;
}

const KEPT = 16;
const NO_IV = new Uint8Array(0);
const HASH_NAMES: Readonly<Record<number, string>> = {
  [HASH_SHA1]: "sha1",
  [HASH_SHA256]: "sha256",
  [HASH_SHA384]: "sha384",
  [HASH_SHA512]: "sha512",
  [HASH_SM3]: "sm3",
};

/**
 * Keeps the cipher objects of the last 16 keys: making one costs four times a run of one block.
 * Without padding OpenSSL holds nothing back between two updates; ECB has no state at all, and CBC
 * has one block, the last ciphertext, which is XORed out again at the start of the next run.
 * One object may serve many cards (the answer depends on the arguments alone); give each card its
 * own where its keys must not stay in memory after it.
 */
export class NodeCoprocessor implements Coprocessor {
  readonly name = "node";
  readonly #kept = new RecentKeys<Running>(KEPT);

  cipher(
    algorithm: number,
    mode: number,
    direction: number,
    key: Uint8Array,
    iv: Uint8Array,
    data: Uint8Array,
  ): Uint8Array {
    const block = checkRequest(algorithm, mode, direction, key, iv, data);
    if (data.length === 0) return new Uint8Array(0);
    const chained = mode === MODE_ECB ? 0 : 1;
    const purpose = (algorithm << 2) | (chained << 1) | direction;
    const running = this.#kept.get(purpose, key, (copy) =>
      start(algorithm, chained === 1, direction, copy, block),
    );
    try {
      if (chained === 0) return plain(running.update(data));
      const output =
        direction === DIRECTION_DECRYPT
          ? decryptChain(running, iv, data, block)
          : encryptChain(running, iv, data, block);
      return mode === MODE_CBC_MAC ? output.subarray(output.length - block) : output;
    } catch (error) {
      this.#kept.clear();
      throw error;
    }
  }

  hash(algorithm: number, data: Uint8Array): Uint8Array {
    checkHash(algorithm);
    return new Uint8Array(
      createHash(HASH_NAMES[algorithm] as string)
        .update(data)
        .digest(),
    );
  }

  verify(algorithm: number, key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
    checkSignatureAlgorithm(algorithm);
    const verify = algorithm === SIGNATURE_SM2 ? verifySm2 : verifyP256;
    return verify(key, digest, signature);
  }

  generateKeyPair(curve: number, fill: Fill): KeyPair {
    checkCurve(curve);
    return generateSm2(fill);
  }

  sign(algorithm: number, privateKey: Uint8Array, digest: Uint8Array, fill: Fill): Uint8Array {
    checkSigning(algorithm, privateKey, digest);
    return signSm2(privateKey, digest, fill);
  }
}

function encryptChain(running: Running, iv: Uint8Array, data: Uint8Array, block: number) {
  const { chain } = running;
  const input = data.slice();
  for (let i = 0; i < block; i++) input[i]! ^= iv[i]! ^ chain[i]!;
  const output = plain(running.update(input));
  for (let i = 0, last = output.length - block; i < block; i++) chain[i] = output[last + i]!;
  return output;
}

function decryptChain(running: Running, iv: Uint8Array, data: Uint8Array, block: number) {
  const { chain } = running;
  const output = plain(running.update(data));
  for (let i = 0; i < block; i++) output[i]! ^= iv[i]! ^ chain[i]!;
  for (let i = 0, last = data.length - block; i < block; i++) chain[i] = data[last + i]!;
  return output;
}

/** The same bytes without the habits of a Buffer, whose `slice` is a view. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function start(
  algorithm: number,
  chained: boolean,
  direction: number,
  key: Uint8Array,
  block: number,
): Running {
  const chain = new Uint8Array(chained ? block : 0);
  const name = opensslName(algorithm, chained, key.length);
  const make = direction === DIRECTION_DECRYPT ? createDecipheriv : createCipheriv;
  const cipher = make(name, key, chained ? chain : NO_IV);
  cipher.setAutoPadding(false);
  return { update: (data) => cipher.update(data), chain };
}

function opensslName(algorithm: number, chained: boolean, keyBytes: number): string {
  if (algorithm === CIPHER_AES) return `aes-${keyBytes * 8}-${chained ? "cbc" : "ecb"}`;
  if (algorithm === CIPHER_TDES)
    return `des-ede${keyBytes === 24 ? "3" : ""}${chained ? "-cbc" : ""}`;
  return chained ? "sm4-cbc" : "sm4-ecb";
}
