// Signatures of security domains over a load file data block hash. GPC 2.3.1, C.3 and B.3, B.4.

import { cmac } from "@noble/ciphers/aes.js";
import { p256 } from "@noble/curves/nist.js";
import { KeyFileError } from "../errors.ts";
import { MAKING } from "../keys/pem.ts";
import { publicHalf, publicPoint } from "../keys/public-key.ts";
import type { Signer, TrustedKey } from "../keys/types.ts";
import type { DapBlock, SignHash } from "./load-file.ts";

/** Who vouches for a package: a domain, and its key. */
export interface Dap {
  /** AID of the security domain that will check the signature. */
  readonly domain: Uint8Array;
  /** P-256, or AES of 16 bytes: a hash of SHA-256 is not enough for longer ones. C.3. */
  readonly key: Signer | Uint8Array;
}

/** Signs for each domain in turn. `KeyFileError` for a key that cannot sign a load file. */
export function signDaps(daps: readonly Dap[]): SignHash {
  return (hash) =>
    daps.map(({ domain, key }): DapBlock => ({ domain, signature: signHash(hash, key) }));
}

/** ECDSA hashes the hash again, with SHA-256; r ‖ s. CMAC: 16 bytes. */
function signHash(hash: Uint8Array, key: Signer | Uint8Array): Uint8Array {
  if (key instanceof Uint8Array) {
    if (key.length === 16) return cmac(hash, key);
    throw new KeyFileError("DAP key", `has ${key.length} bytes; an AES key here has 16`);
  }
  checkCurve(key);
  return p256.sign(hash, key.secretKey);
}

/** Whether `key` made the signature of a DAP block. */
export function verifyDap(hash: Uint8Array, signature: Uint8Array, key: TrustedKey): boolean {
  checkCurve(key);
  try {
    return p256.verify(signature, hash, key.publicKey, { lowS: false });
  } catch {
    return false;
  }
}

/** The point 04 ‖ x ‖ y that PUT KEY gives a domain, to check what `signer` signs. */
export function dapPublicKey(signer: Signer): Uint8Array {
  checkCurve(signer);
  return publicPoint(publicHalf(signer));
}

function checkCurve({ algorithm, name }: TrustedKey): void {
  if (algorithm === "ES256") return;
  const advice = `make one with ${MAKING.ES256}`;
  throw new KeyFileError(name, `is no P-256 key, which load files are signed with; ${advice}`);
}
