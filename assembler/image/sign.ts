// COSE_Sign1 with one signer and nothing unprotected. RFC 9052, 4.2 to 4.4; RFC 9053, 2.

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import type { SignatureAlgorithm, Signer, TrustedKey } from "../keys/types.ts";
import { type Cbor, encodeCbor, Tagged } from "./cbor.ts";

/** Tag of COSE_Sign1. RFC 9052, 4.2. */
export const TAG_18_COSE_SIGN1 = 18;
/** Header parameters. RFC 9052, 3.1. */
export const HEADER_1_ALGORITHM = 1;
export const HEADER_4_KEY_ID = 4;
/** Algorithm numbers. RFC 9053, 2.1 and 2.2. */
export const ALGORITHM_NUMBERS: Readonly<Record<SignatureAlgorithm, number>> = {
  ES256: -7,
  EdDSA: -8,
};
/** Both algorithms give r ‖ s or R ‖ S, 32 bytes each. RFC 9053, 2.1; RFC 8032, 5.1.6. */
export const SIGNATURE_BYTES = 64;

/** Signs `payload`. The same key and payload give the same bytes: RFC 6979, RFC 8032. */
export function signOne(payload: Uint8Array, signer: Signer): Tagged {
  const header = encodeCbor(
    new Map<number, Cbor>([
      [HEADER_1_ALGORITHM, ALGORITHM_NUMBERS[signer.algorithm]],
      [HEADER_4_KEY_ID, signer.keyId],
    ]),
  );
  const message = toBeSigned(header, payload);
  const signature =
    signer.algorithm === "ES256"
      ? p256.sign(message, signer.secretKey)
      : ed25519.sign(message, signer.secretKey);
  return new Tagged(TAG_18_COSE_SIGN1, [header, new Map(), payload, signature]);
}

/** Whether `key` signed this header and payload. */
export function verifyOne(
  header: Uint8Array,
  payload: Uint8Array,
  signature: Uint8Array,
  key: TrustedKey,
): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  const message = toBeSigned(header, payload);
  try {
    return key.algorithm === "ES256"
      ? p256.verify(signature, message, key.publicKey, { lowS: false })
      : ed25519.verify(signature, message, key.publicKey, { zip215: false });
  } catch {
    // Noble throws where r, s or R cannot be parsed: to the caller, one more wrong signature.
    return false;
  }
}

/** Sig_structure, no external data. RFC 9052, 4.4. */
export function toBeSigned(header: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(["Signature1", header, new Uint8Array(0), payload]);
}
