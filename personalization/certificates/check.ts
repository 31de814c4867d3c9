// Whether a certificate is to be trusted: its issuer, its time, its status. RFC 5280, 6.1 and 6.3, for a
// chain of one.

import { hex } from "../bytes.ts";
import type { Certificate } from "./certificate.ts";
import { CertificateError } from "./errors.ts";
import { sameName } from "./names.ts";
import type { StatusList } from "./status-list.ts";

/**
 * The numbers of the lists that were taken, so that no older one is: kept by whoever checks more than
 * once, in memory. A list of a process of its own, as of each `wafer login`, has none before it.
 */
export class SeenLists {
  readonly #numbers = new Map<string, bigint>();

  /** Throws `CertificateError` for a number below one that was seen of this issuer. */
  take(issuer: Certificate, number: bigint): void {
    const key = hex(issuer.publicKey);
    const last = this.#numbers.get(key) ?? number;
    if (number < last) {
      throw new CertificateError(`the status list is number ${number}, and ${last} was seen`);
    }
    this.#numbers.set(key, number);
  }
}

export interface Trust {
  readonly issuer: Certificate;
  readonly statusList: StatusList;
  readonly now: Date;
  /** Without it an older list is taken until it is out of date. */
  readonly seen?: SeenLists;
}

/** Throws `CertificateError` with the first reason not to trust a holder's certificate. */
export function checkCertificate(certificate: Certificate, trust: Trust): void {
  const { issuer, now } = trust;
  if (!issuer.isIssuer) throw new CertificateError("the issuer's certificate is not an issuer's");
  checkTime("the issuer's certificate", issuer, now);
  if (!sameName(certificate.issuer, issuer.subject) || !certificate.isSignedBy(issuer.publicKey)) {
    throw new CertificateError("the card's certificate is of another issuer");
  }
  checkTime("the card's certificate", certificate, now);
  if (!certificate.maySign || certificate.isIssuer) {
    throw new CertificateError("the card's certificate is not for signing in");
  }
  checkStatusList(trust);
  const since = trust.statusList.revoked.get(certificate.serial);
  if (since !== undefined) {
    throw new CertificateError(`the card was reported lost or ended on ${day(since)}`);
  }
}

function checkTime(what: string, { notBefore, notAfter }: Certificate, now: Date): void {
  if (now < notBefore) throw new CertificateError(`${what} is not valid before ${day(notBefore)}`);
  if (now > notAfter) throw new CertificateError(`${what} expired on ${day(notAfter)}`);
}

function checkStatusList({ statusList: list, issuer, now, seen }: Trust): void {
  if (!issuer.signsLists) throw new CertificateError("the issuer may not sign status lists");
  if (!sameName(list.issuer, issuer.subject) || !list.isSignedBy(issuer.publicKey)) {
    throw new CertificateError("the status list is not of this issuer");
  }
  if (now < list.thisUpdate) throw new CertificateError("the status list is of a day to come");
  if (now > list.nextUpdate) {
    throw new CertificateError(
      `the status list is out of date since ${day(list.nextUpdate)}; fetch the issuer's new one`,
    );
  }
  seen?.take(issuer, list.number);
}

/** The day in Greenwich, as certificates count. */
function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
