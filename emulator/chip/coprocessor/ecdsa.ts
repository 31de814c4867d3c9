// ECDSA on P-256 over a digest. Both coprocessors use this one: Node's crypto hashes whatever it is
// given, so it cannot verify over a digest. Its signatures are what the tests compare with.

import { p256 } from "@noble/curves/nist.js";

/** 04 ‖ x ‖ y. SEC 1, 2.3.3. */
const POINT_BYTES = 65;
const UNCOMPRESSED = 0x04;
/** r ‖ s. */
const SIGNATURE_BYTES = 64;

/** Whether `signature` (r ‖ s, either s) is over `digest` by the owner of the point `key`. */
export function verifyP256(key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== POINT_BYTES || key[0] !== UNCOMPRESSED) return false;
  if (signature.length !== SIGNATURE_BYTES || digest.length === 0) return false;
  try {
    return p256.verify(signature, digest, key, { prehash: false, lowS: false });
  } catch {
    // Noble throws for a point off the curve and for r or s out of range: wrong like any other.
    return false;
  }
}
