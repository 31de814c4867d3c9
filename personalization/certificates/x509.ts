// What certificates and status lists have in common: algorithms, keys, signatures. RFC 5280, 4.1;
// GM/T 0015-2012, 5.2.

import { createHash } from "node:crypto";
import { AsnConvert, AsnObjectIdentifierConverter, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AuthorityKeyIdentifier,
  Extension,
  id_ce_authorityKeyIdentifier,
  KeyIdentifier,
  SubjectPublicKeyInfo,
  Time,
} from "@peculiar/asn1-x509";
import { CertificateError } from "./errors.ts";
import { uncompressed } from "./sm2.ts";

/** SM2 with SM3. GM/T 0006-2012. */
export const OID_SM2_WITH_SM3 = "1.2.156.10197.1.501";
export const OID_EC_PUBLIC_KEY = "1.2.840.10045.2.1";
export const OID_SM2_CURVE = "1.2.156.10197.1.301";

export const SM2_WITH_SM3: AlgorithmIdentifier = new AlgorithmIdentifier({
  algorithm: OID_SM2_WITH_SM3,
});

/** An ArrayBuffer of its own, which is what the ASN.1 classes hold. */
export function buffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}

/** DER of an object of the ASN.1 classes. */
export function der(object: unknown): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(object));
}

export function publicKeyInfo(publicKey: Uint8Array): SubjectPublicKeyInfo {
  const curve = AsnObjectIdentifierConverter.toASN(OID_SM2_CURVE).toBER();
  return new SubjectPublicKeyInfo({
    algorithm: new AlgorithmIdentifier({ algorithm: OID_EC_PUBLIC_KEY, parameters: curve }),
    subjectPublicKey: buffer(uncompressed(publicKey)),
  });
}

/** SHA-1 of the point. RFC 5280, 4.2.1.2, method 1: a name, no protection. */
export function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha1").update(uncompressed(publicKey)).digest());
}

export function extension(extnID: string, value: unknown, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(buffer(der(value))) });
}

/** Which key of the issuer signed. */
export function authorityKey(publicKey: Uint8Array): Extension {
  const identifier = new KeyIdentifier(buffer(keyIdentifier(publicKey)));
  const value = new AuthorityKeyIdentifier({ keyIdentifier: identifier });
  return extension(id_ce_authorityKeyIdentifier, value);
}

/** The content of an extension in DER; undefined without it. */
export function extensionOf(
  extensions: readonly Extension[] | undefined,
  identifier: string,
): Uint8Array | undefined {
  const found = extensions?.find(({ extnID }) => extnID === identifier);
  return found && new Uint8Array(found.extnValue.buffer);
}

/**
 * Throws `CertificateError` for an extension that stands there twice, and for a critical one that is
 * not among those the reader heeds: it may say that the rest means something else. RFC 5280, 4.2.
 */
export function checkExtensions(
  extensions: readonly Extension[],
  heeded: readonly string[],
  what: string,
): void {
  const seen = new Set<string>();
  for (const { extnID, critical } of extensions) {
    if (seen.has(extnID)) throw new CertificateError(`${what} has extension ${extnID} twice`);
    if (critical && !heeded.includes(extnID)) {
      throw new CertificateError(`${what} has the critical extension ${extnID}, unknown here`);
    }
    seen.add(extnID);
  }
}

/** Throws `CertificateError` unless `bytes` are one SEQUENCE of definite length and nothing behind it. */
export function checkWhole(bytes: Uint8Array, what: string): void {
  const [tag, first = 0] = bytes;
  const digits = first < 0x80 ? 0 : first & 0x7f;
  const length = bytes.subarray(2, 2 + digits).reduce((sum, digit) => sum * 256 + digit, 0);
  const end = 2 + digits + (digits === 0 ? first : length);
  if (tag !== 0x30 || first === 0x80) throw new CertificateError(`${what} is not in DER`);
  if (end !== bytes.length) throw new CertificateError(`${what} has bytes behind its end`);
}

/** A time in whole seconds: UTCTime to 2049, then GeneralizedTime. RFC 5280, 4.1.2.5. */
export function time(date: Date): Time {
  const whole = new Date(Math.floor(date.getTime() / 1000) * 1000);
  return whole.getUTCFullYear() < 2050
    ? new Time({ utcTime: whole })
    : new Time({ generalTime: whole });
}
