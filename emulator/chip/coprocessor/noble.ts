// The coprocessor in plain JavaScript: runs anywhere, also in a browser.
import { unsafe } from "@noble/ciphers/aes.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { hexToBytes } from "@noble/hashes/utils.js";
import des from "des.js";
import { sm3, sm4 } from "sm-crypto-v2";
import {
  CIPHER_AES,
  CIPHER_SM4,
  DIRECTION_DECRYPT,
  DIRECTION_ENCRYPT,
  HASH_SHA1,
  HASH_SHA256,
  HASH_SHA384,
  HASH_SHA512,
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

/** Runs the block cipher on one block, in place. */
type BlockFunction = (block: Uint8Array) => void;

const KEPT = 16;

/**
 * AES of @noble/ciphers and TDES of des.js, of which the modes are chained here, and SM4 of
 * sm-crypto-v2, which chains by itself. The expanded AES and TDES keys of the last 16 keys are kept.
 */
export class NobleCoprocessor implements Coprocessor {
  readonly name = "noble";
  readonly #kept = new RecentKeys<BlockFunction>(KEPT);

  cipher(
    algorithm: number,
    mode: number,
    direction: number,
    key: Uint8Array,
    iv: Uint8Array,
    data: Uint8Array,
  ): Uint8Array {
    const block = checkRequest(algorithm, mode, direction, key, iv, data);
    const output =
      algorithm === CIPHER_SM4
        ? runSm4(mode, direction, key, iv, data)
        : run(
            this.#kept.get((algorithm << 1) | direction, key, (copy) =>
              algorithm === CIPHER_AES ? aesBlock(copy, direction) : tdesBlock(copy, direction),
            ),
            mode,
            direction,
            iv,
            data.slice(),
            block,
          );
    return mode === MODE_CBC_MAC ? output.slice(output.length - block) : output;
  }

  hash(algorithm: number, data: Uint8Array): Uint8Array {
    checkHash(algorithm);
    switch (algorithm) {
      case HASH_SHA1:
        return sha1(data);
      case HASH_SHA256:
        return sha256(data);
      case HASH_SHA384:
        return sha384(data);
      case HASH_SHA512:
        return sha512(data);
      default:
        return hexToBytes(sm3(data));
    }
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

/** Runs a mode over `bytes` in place. SP 800-38A, 6.1 and 6.2. */
function run(
  blockFunction: BlockFunction,
  mode: number,
  direction: number,
  iv: Uint8Array,
  bytes: Uint8Array,
  size: number,
): Uint8Array {
  let chain = iv;
  for (let at = 0; at < bytes.length; at += size) {
    const block = bytes.subarray(at, at + size);
    if (mode === MODE_ECB) {
      blockFunction(block);
    } else if (direction === DIRECTION_ENCRYPT) {
      for (let i = 0; i < size; i++) block[i]! ^= chain[i]!;
      blockFunction(block);
      chain = block;
    } else {
      const ciphertext = block.slice();
      blockFunction(block);
      for (let i = 0; i < size; i++) block[i]! ^= chain[i]!;
      chain = ciphertext;
    }
  }
  return bytes;
}

/** The functions are called unsafe because they are the bare block cipher, which is what we want. */
function aesBlock(key: Uint8Array, direction: number): BlockFunction {
  if (direction === DIRECTION_DECRYPT) {
    const schedule = unsafe.expandKeyDecLE(key);
    return (block) => unsafe.decryptBlock(schedule, block);
  }
  const schedule = unsafe.expandKeyLE(key);
  return (block) => unsafe.encryptBlock(schedule, block);
}

/** Two-key TDES is three-key TDES with K3 = K1. SP 800-67 rev. 1, 3.2. */
function tdesBlock(key: Uint8Array, direction: number): BlockFunction {
  const threeKeys = new Uint8Array(24);
  threeKeys.set(key);
  if (key.length === 16) threeKeys.set(key.subarray(0, 8), 16);
  const decrypt = direction === DIRECTION_DECRYPT;
  const cipher = des.EDE.create({
    type: decrypt ? "decrypt" : "encrypt",
    key: threeKeys,
    padding: false,
  });
  threeKeys.fill(0);
  // A des.js decryption keeps its last block back until the end; a second `final` is in order.
  return (block) => {
    const first = cipher.update(block);
    block.set(decrypt ? cipher.final() : first);
  };
}

function runSm4(
  mode: number,
  direction: number,
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  const chaining = mode === MODE_ECB ? ({ mode: "ecb" } as const) : ({ mode: "cbc", iv } as const);
  const options = { ...chaining, padding: "none", output: "array" } as const;
  return direction === DIRECTION_DECRYPT
    ? sm4.decrypt(data, key, options)
    : sm4.encrypt(data, key, options);
}
