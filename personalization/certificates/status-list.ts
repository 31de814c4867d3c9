// The status list: which certificates hold no more, as an X.509 CRL with SM2. RFC 5280, 5.

import { AsnConvert } from "@peculiar/asn1-schema";
import {
  CertificateList,
  CRLNumber,
  CRLReason,
  CRLReasons,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  id_ce_cRLReasons,
  id_ce_deltaCRLIndicator,
  id_ce_issuingDistributionPoint,
  type Name,
  RevokedCertificate,
  TBSCertList,
  Version,
} from "@peculiar/asn1-x509";
import { bytes, hex } from "../bytes.ts";
import { CertificateError } from "./errors.ts";
import type { IssuerKey } from "./issuer-key.ts";
import { fromDer, isSigned, toDer } from "./sm2.ts";
import {
  authorityKey,
  buffer,
  checkExtensions,
  checkWhole,
  der,
  extension,
  extensionOf,
  OID_SM2_WITH_SM3,
  SM2_WITH_SM3,
  time,
} from "./x509.ts";

/** What a list, and an entry of it, may call critical. */
const HEEDED = [id_ce_authorityKeyIdentifier, id_ce_cRLNumber];
const HEEDED_OF_ENTRY = [id_ce_cRLReasons];
/** Their lists tell of some certificates only, whether they call that critical or not. */
const PARTIAL = [id_ce_deltaCRLIndicator, id_ce_issuingDistributionPoint];
/** Longest number of a list, bytes, with its sign. RFC 5280, 5.2.3. */
const MAX_NUMBER_BYTES = 21;

/** Why a certificate holds no more, in the list's own words. RFC 5280, 5.3.1. */
export const REASONS = {
  lost: CRLReasons.certificateHold,
  compromised: CRLReasons.keyCompromise,
  replaced: CRLReasons.superseded,
  ended: CRLReasons.cessationOfOperation,
} as const;
export type Reason = keyof typeof REASONS;

export interface Revocation {
  /** Hex. */
  readonly serial: string;
  readonly at: Date;
  readonly reason: Reason;
}

export interface StatusList {
  readonly issuer: Name;
  /** Grows with each list of the issuer. */
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** By serial number, hex. */
  readonly revoked: ReadonlyMap<string, Date>;
  isSignedBy(publicKey: Uint8Array): boolean;
}

export interface StatusListContent {
  readonly issuer: Name;
  /** Grows with each list of the issuer. */
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revocations: readonly Revocation[];
}

/** The list in DER. */
export function makeStatusList(key: IssuerKey, list: StatusListContent): Uint8Array {
  const content = new TBSCertList({
    version: Version.v2,
    signature: SM2_WITH_SM3,
    issuer: list.issuer,
    thisUpdate: time(list.thisUpdate),
    nextUpdate: time(list.nextUpdate),
    crlExtensions: [
      authorityKey(key.publicKey),
      extension(id_ce_cRLNumber, new CRLNumber(list.number)),
    ],
  });
  // An empty list of entries is left out. RFC 5280, 5.1.2.6.
  if (list.revocations.length > 0) content.revokedCertificates = list.revocations.map(entry);
  return der(
    new CertificateList({
      tbsCertList: content,
      signatureAlgorithm: SM2_WITH_SM3,
      signature: buffer(toDer(key.sign(der(content)))),
    }),
  );
}

function entry({ serial, at, reason }: Revocation): RevokedCertificate {
  return new RevokedCertificate({
    userCertificate: buffer(bytes(serial)),
    revocationDate: time(at),
    crlEntryExtensions: [extension(id_ce_cRLReasons, new CRLReason(REASONS[reason]))],
  });
}

/** Reads a list. Throws `CertificateError` naming `what` for anything else. */
export function readStatusList(list: Uint8Array, what: string): StatusList {
  try {
    return read(list, what);
  } catch (error) {
    // The ASN.1 classes throw errors of many kinds.
    if (error instanceof CertificateError) throw error;
    throw new CertificateError(`${what} is no X.509 certificate revocation list`);
  }
}

function read(list: Uint8Array, what: string): StatusList {
  const parsed = AsnConvert.parse(buffer(list), CertificateList);
  const content = parsed.tbsCertList;
  checkWhole(list, what);
  checkScope(content, what);
  const algorithms = [parsed.signatureAlgorithm.algorithm, content.signature.algorithm];
  if (algorithms.some((one) => one !== OID_SM2_WITH_SM3)) {
    throw new CertificateError(`${what} is not of SM2 with SM3`);
  }
  if (content.nextUpdate === undefined) {
    throw new CertificateError(`${what} does not say when the next one comes`);
  }
  const signed = new Uint8Array(parsed.tbsCertListRaw ?? AsnConvert.serialize(content));
  const signature = fromDer(new Uint8Array(parsed.signature));
  return {
    issuer: content.issuer,
    number: numberOf(content, what),
    thisUpdate: content.thisUpdate.getTime(),
    nextUpdate: content.nextUpdate.getTime(),
    revoked: new Map(
      (content.revokedCertificates ?? []).map(({ userCertificate, revocationDate }) => [
        hex(new Uint8Array(userCertificate)),
        revocationDate.getTime(),
      ]),
    ),
    isSignedBy: (key) => signature !== undefined && isSigned(key, signed, signature),
  };
}

/** A list is taken when it tells of all certificates of its issuer, and in words known here. */
function checkScope({ crlExtensions = [], revokedCertificates }: TBSCertList, what: string): void {
  if (crlExtensions.some(({ extnID }) => PARTIAL.includes(extnID))) {
    throw new CertificateError(`${what} tells of some certificates only; fetch the full list`);
  }
  checkExtensions(crlExtensions, HEEDED, what);
  for (const { crlEntryExtensions } of revokedCertificates ?? []) {
    checkExtensions(crlEntryExtensions ?? [], HEEDED_OF_ENTRY, what);
  }
}

function numberOf({ crlExtensions }: TBSCertList, what: string): bigint {
  const value = extensionOf(crlExtensions, id_ce_cRLNumber) ?? new Uint8Array();
  const [tag, length = 0, first = 0x80] = value;
  const fits = length === value.length - 2 && length <= MAX_NUMBER_BYTES;
  if (tag !== 0x02 || !fits || (first & 0x80) !== 0) {
    throw new CertificateError(`${what} has no number, so it cannot be told from an older one`);
  }
  return BigInt(`0x${hex(value.subarray(2))}`);
}
