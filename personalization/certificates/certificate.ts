// X.509 version 3 certificates with SM2: making them, reading them. RFC 5280, 4.

import { randomBytes } from "node:crypto";
import { AsnConvert, AsnObjectIdentifierConverter } from "@peculiar/asn1-schema";
import {
  Certificate as Asn1Certificate,
  BasicConstraints,
  Extensions,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  type Name,
  SubjectKeyIdentifier,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { hex } from "../bytes.ts";
import { CertificateError } from "./errors.ts";
import type { IssuerKey } from "./issuer-key.ts";
import { commonNameOf, organizationOf } from "./names.ts";
import { fromDer, isSigned, pointOf, toDer } from "./sm2.ts";
import {
  authorityKey,
  buffer,
  checkExtensions,
  checkWhole,
  der,
  extension,
  extensionOf,
  keyIdentifier,
  OID_EC_PUBLIC_KEY,
  OID_SM2_CURVE,
  OID_SM2_WITH_SM3,
  publicKeyInfo,
  SM2_WITH_SM3,
  time,
} from "./x509.ts";

const SERIAL_BYTES = 16;
/** What a certificate may call critical: the reader heeds it, or it takes nothing from anyone. */
const HEEDED = [
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  id_ce_authorityKeyIdentifier,
];

/** A certificate as a program asks of it. */
export interface Certificate {
  readonly der: Uint8Array;
  /** Hex, upper case. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  /** Common name of the subject: the card number, or the issuer's name. */
  readonly commonName: string;
  readonly organization: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** x ‖ y. */
  readonly publicKey: Uint8Array;
  /** Whether it may sign certificates. */
  readonly isIssuer: boolean;
  /** Whether it is an issuer's and may sign status lists. */
  readonly signsLists: boolean;
  readonly maySign: boolean;
  /** Whether the owner of x ‖ y signed it. */
  isSignedBy(publicKey: Uint8Array): boolean;
}

export interface CertificateRequest {
  readonly subject: Name;
  /** x ‖ y. */
  readonly publicKey: Uint8Array;
  readonly issuer: Name;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Whether it is the certificate of an issuer, which may sign certificates and status lists. */
  readonly isIssuer?: boolean;
}

/** A number that no other certificate has: positive, 127 random bits. RFC 5280, 4.1.2.2. */
function freshSerial(): Uint8Array {
  const serial = new Uint8Array(randomBytes(SERIAL_BYTES));
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

/** The certificate in DER. */
export function makeCertificate(key: IssuerKey, request: CertificateRequest): Uint8Array {
  const { isIssuer = false, publicKey } = request;
  const usage = isIssuer
    ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
    : KeyUsageFlags.digitalSignature;
  const subjectKey = new SubjectKeyIdentifier(buffer(keyIdentifier(publicKey)));
  const content = new TBSCertificate({
    version: Version.v3,
    serialNumber: buffer(freshSerial()),
    signature: SM2_WITH_SM3,
    issuer: request.issuer,
    validity: new Validity(),
    subject: request.subject,
    subjectPublicKeyInfo: publicKeyInfo(publicKey),
    extensions: new Extensions([
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: isIssuer }), true),
      extension(id_ce_keyUsage, new KeyUsage(usage), true),
      extension(id_ce_subjectKeyIdentifier, subjectKey),
      authorityKey(key.publicKey),
    ]),
  });
  content.validity.notBefore = time(request.notBefore);
  content.validity.notAfter = time(request.notAfter);
  return der(
    new Asn1Certificate({
      tbsCertificate: content,
      signatureAlgorithm: SM2_WITH_SM3,
      signatureValue: buffer(toDer(key.sign(der(content)))),
    }),
  );
}

/** Reads a certificate with an SM2 key. Throws `CertificateError` naming `what` for anything else. */
export function readCertificate(bytes: Uint8Array, what: string): Certificate {
  try {
    return read(bytes, what);
  } catch (error) {
    // The ASN.1 classes throw errors of many kinds.
    if (error instanceof CertificateError) throw error;
    throw new CertificateError(`${what} is no X.509 certificate`);
  }
}

function read(bytes: Uint8Array, what: string): Certificate {
  const parsed = AsnConvert.parse(buffer(bytes), Asn1Certificate);
  const content = parsed.tbsCertificate;
  checkWhole(bytes, what);
  checkExtensions(content.extensions ?? [], HEEDED, what);
  const publicKey = keyOf(content);
  const algorithms = [parsed.signatureAlgorithm.algorithm, content.signature.algorithm];
  if (publicKey === undefined || algorithms.some((one) => one !== OID_SM2_WITH_SM3)) {
    throw new CertificateError(`${what} is not of SM2 with SM3`);
  }
  const signed = new Uint8Array(parsed.tbsCertificateRaw ?? AsnConvert.serialize(content));
  const signature = fromDer(new Uint8Array(parsed.signatureValue));
  const usage = usageOf(content);
  return {
    der: bytes,
    serial: hex(new Uint8Array(content.serialNumber)),
    issuer: content.issuer,
    subject: content.subject,
    commonName: commonNameOf(content.subject),
    organization: organizationOf(content.subject),
    notBefore: content.validity.notBefore.getTime(),
    notAfter: content.validity.notAfter.getTime(),
    publicKey,
    isIssuer: isIssuer(content) && (usage & KeyUsageFlags.keyCertSign) !== 0,
    signsLists: isIssuer(content) && (usage & KeyUsageFlags.cRLSign) !== 0,
    maySign: (usage & KeyUsageFlags.digitalSignature) !== 0,
    isSignedBy: (key) => signature !== undefined && isSigned(key, signed, signature),
  };
}

function keyOf({ subjectPublicKeyInfo }: TBSCertificate): Uint8Array | undefined {
  const { algorithm, parameters } = subjectPublicKeyInfo.algorithm;
  const curve = new Uint8Array(AsnObjectIdentifierConverter.toASN(OID_SM2_CURVE).toBER());
  if (algorithm !== OID_EC_PUBLIC_KEY || !parameters) return undefined;
  if (hex(new Uint8Array(parameters)) !== hex(curve)) return undefined;
  return pointOf(new Uint8Array(subjectPublicKeyInfo.subjectPublicKey));
}

function usageOf({ extensions }: TBSCertificate): number {
  const value = extensionOf(extensions, id_ce_keyUsage);
  return value === undefined ? 0 : AsnConvert.parse(value, KeyUsage).toNumber();
}

function isIssuer({ extensions }: TBSCertificate): boolean {
  const value = extensionOf(extensions, id_ce_basicConstraints);
  return value !== undefined && AsnConvert.parse(value, BasicConstraints).cA;
}
