// Signatures over what comes to the card: DAP of a load file, tokens of delegated management.
// GPC 2.3.1, C.1 to C.4: the key's form says the scheme.

import { HASH_SHA256, SIGNATURE_ECDSA_P256 } from "../../spec/chip.ts";
import { hash, verifySignature } from "../chip.ts";
import { equal } from "../equal.ts";
import * as keySets from "./key-sets.ts";

const POINT_BYTES: i32 = 65;
const POINT: usize = memory.data(POINT_BYTES + 3, 4);
/** A digest or a MAC. */
const DIGEST: usize = memory.data(32, 4);

/**
 * Whether a signature over `length` bytes at `message` holds with key 1 of a domain's key version:
 * ECDSA over SHA-256 with a public key, a MAC with a secret one. Up to 15 bytes behind the message are
 * used and set back.
 */
export function signatureHolds(
  domain: i32,
  version: i32,
  message: usize,
  length: i32,
  signature: usize,
  signatureLength: i32,
): bool {
  if (keySets.publicKey(domain, version, POINT) == POINT_BYTES) {
    hash(HASH_SHA256, message, length, DIGEST);
    const scheme = SIGNATURE_ECDSA_P256;
    const bytes = signatureLength;
    return verifySignature(scheme, POINT, POINT_BYTES, DIGEST, 32, signature, bytes) == 1;
  }
  const mac = keySets.macWithKey(domain, version, 1, message, length, DIGEST);
  return mac > 0 && signatureLength == mac && equal(DIGEST, signature, mac);
}
