// SM2 with SM3 off the card: digests, signatures in both forms, key pairs. GB/T 32918.2-2016;
// GM/T 0009-2012, the signature as a SEQUENCE of two INTEGERs.

import { sm2, sm3 } from "sm-crypto-v2";
import { bytes, concat, hex } from "../bytes.ts";

/** The identifier of every signer where nobody chose another. GM/T 0009-2012, 10. */
export const SIGNER_IDENTIFIER = "1234567812345678";
/** x ‖ y, and r ‖ s. */
export const POINT_BYTES = 64;
export const SIGNATURE_BYTES = 64;
const UNCOMPRESSED = 0x04;

/** 04 ‖ x ‖ y. */
export function uncompressed(publicKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(UNCOMPRESSED), publicKey);
}

/** x ‖ y of a point 04 ‖ x ‖ y on the curve; undefined for anything else. */
export function pointOf(encoded: Uint8Array): Uint8Array | undefined {
  if (encoded.length !== 1 + POINT_BYTES || encoded[0] !== UNCOMPRESSED) return undefined;
  return isPoint(encoded.subarray(1)) ? encoded.slice(1) : undefined;
}

function isPoint(publicKey: Uint8Array): boolean {
  try {
    return sm2.verifyPublicKey(hex(uncompressed(publicKey)));
  } catch {
    return false;
  }
}

/** What is signed: e = SM3(ZA ‖ message), 32 bytes. */
export function digestToSign(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const za = sm2.getZ(hex(uncompressed(publicKey)), SIGNER_IDENTIFIER);
  return bytes(sm3(concat(new Uint8Array(za), message)));
}

/** Whether `signature` (r ‖ s) is over `message` by the owner of x ‖ y. */
export function isSigned(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== POINT_BYTES) return false;
  try {
    const digest = digestToSign(publicKey, message);
    return sm2.doVerifySignature(digest, hex(signature), hex(uncompressed(publicKey)));
  } catch {
    return false;
  }
}

/** SEQUENCE { INTEGER r, INTEGER s } in DER. */
export function toDer(signature: Uint8Array): Uint8Array {
  const numbers = [signature.subarray(0, 32), signature.subarray(32)].map(derInteger);
  const body = concat(...numbers);
  return concat(Uint8Array.of(0x30, body.length), body);
}

function derInteger(number: Uint8Array): Uint8Array {
  let first = 0;
  while (first < number.length - 1 && number[first] === 0) first += 1;
  const digits = number.subarray(first);
  const lead = digits[0]! & 0x80 ? [0] : [];
  return Uint8Array.of(0x02, lead.length + digits.length, ...lead, ...digits);
}

/** r ‖ s of a signature in DER, and of nothing that only looks like one; else undefined. */
export function fromDer(der: Uint8Array): Uint8Array | undefined {
  if (der.length < 8 || der[0] !== 0x30 || der[1] !== der.length - 2) return undefined;
  const signature = new Uint8Array(SIGNATURE_BYTES);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1]!;
    if (der[at] !== 0x02 || length > 33 || at + 2 + length > der.length) return undefined;
    const digits = der.subarray(at + 2, at + 2 + length);
    const value = digits[0] === 0 ? digits.subarray(1) : digits;
    if (value.length > 32) return undefined;
    signature.set(value, end - value.length);
    at += 2 + length;
  }
  const same = at === der.length && hex(toDer(signature)) === hex(der);
  return same ? signature : undefined;
}
