// From a secret key to the public half, and to the identifier of a public key.

import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import type { SignatureAlgorithm, Signer, TrustedKey } from "./types.ts";

/** SubjectPublicKeyInfo before the uncompressed point. RFC 5480, 2. */
const SPKI_P256 = hexToBytes("3059301306072a8648ce3d020106082a8648ce3d030107034200");
/** SubjectPublicKeyInfo before the key. RFC 8410, 4. */
const SPKI_ED25519 = hexToBytes("302a300506032b6570032100");

/** Names a public key: `publicKey` as `TrustedKey` has it. */
export function trustedKey(
  name: string,
  algorithm: SignatureAlgorithm,
  publicKey: Uint8Array,
): TrustedKey {
  return { name, algorithm, publicKey, keyId: sha256(publicKeyInfo(algorithm, publicKey)) };
}

/** The key pair of a secret scalar or seed of 32 bytes. */
export function signer(name: string, algorithm: SignatureAlgorithm, secretKey: Uint8Array): Signer {
  const curve = algorithm === "ES256" ? p256 : ed25519;
  return { ...trustedKey(name, algorithm, curve.getPublicKey(secretKey)), secretKey };
}

/** The public half, which may be shown and stored. */
export function publicHalf({ name, algorithm, publicKey, keyId }: Signer): TrustedKey {
  return { name, algorithm, publicKey, keyId };
}

/** A P-256 key as the point 04 ‖ x ‖ y, 65 bytes. SEC 1, 2.3.3. */
export function publicPoint({ publicKey }: TrustedKey): Uint8Array {
  return pointOf(publicKey);
}

function pointOf(compressed: Uint8Array): Uint8Array {
  return p256.Point.fromBytes(compressed).toBytes(false);
}

/** The key as SubjectPublicKeyInfo in DER. RFC 5280, 4.1; RFC 5480, 2; RFC 8410, 4. */
export function publicKeyInfo(algorithm: SignatureAlgorithm, publicKey: Uint8Array): Uint8Array {
  if (algorithm === "EdDSA") return concatBytes(SPKI_ED25519, publicKey);
  return concatBytes(SPKI_P256, pointOf(publicKey));
}
