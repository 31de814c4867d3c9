import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type Certificate,
  makeCertificate,
  readCertificate,
} from "../../../personalization/certificates/certificate.ts";
import { checkCertificate } from "../../../personalization/certificates/check.ts";
import { CertificateError } from "../../../personalization/certificates/errors.ts";
import { CARD_DAYS, STATUS_DAYS } from "../../../personalization/certificates/issuer.ts";
import { IssuerKey } from "../../../personalization/certificates/issuer-key.ts";
import { nameOf } from "../../../personalization/certificates/names.ts";
import {
  makeStatusList,
  readStatusList,
  type StatusList,
} from "../../../personalization/certificates/status-list.ts";
import { CARD_NUMBER, days, makeIssuer, NOW, temporaryFolder } from "./issuers.ts";

const folder = temporaryFolder();
const issuer = await makeIssuer(join(folder.path, "ca"));
const namesake = await makeIssuer(join(folder.path, "namesake"));
const stranger = await makeIssuer(join(folder.path, "stranger"), "another");
const holder = IssuerKey.generate();
const certificate = await issuer.certify(CARD_NUMBER, holder.publicKey, NOW);

/** A key of the test's own, so that it can sign what an issuer never would. */
const root = IssuerKey.generate();
const rootName = nameOf({ organization: "o", commonName: "root" });
const period = { notBefore: NOW, notAfter: days(100) };
const rootCertificate = made({ subject: rootName, publicKey: root.publicKey, isIssuer: true });

function made(change: {
  subject?: typeof rootName;
  publicKey?: Uint8Array;
  isIssuer?: boolean;
}): Certificate {
  const subject = nameOf({ organization: "o", commonName: "card" });
  const request = { subject, publicKey: holder.publicKey, issuer: rootName, ...period, ...change };
  return readCertificate(makeCertificate(root, request), "made");
}

function list(key: IssuerKey, revoked: readonly string[] = [], from = NOW): StatusList {
  const der = makeStatusList(key, {
    issuer: rootName,
    number: 1,
    thisUpdate: from,
    nextUpdate: days(STATUS_DAYS, from),
    revocations: revoked.map((serial) => ({ serial, at: NOW, reason: "lost" })),
  });
  return readStatusList(der, "list");
}

const card = made({});
const trust = { issuer: rootCertificate, statusList: list(root), now: days(1) };

function refuses(one: Certificate, change: Partial<typeof trust>, reason: RegExp): void {
  assert.throws(
    () => checkCertificate(one, { ...trust, ...change }),
    (error: unknown) => error instanceof CertificateError && reason.test(error.message),
  );
}

const tests = suite("trust in a certificate");
tests.after(folder.remove);

tests("one of this issuer, in its time and not on the list is trusted", () => {
  checkCertificate(card, trust);
  checkCertificate(card, { ...trust, statusList: list(root, ["0A"]) });
});

tests("each reason not to trust is told", () => {
  refuses(card, { issuer: stranger.certificate }, /another issuer/);
  refuses(certificate, { issuer: namesake.certificate }, /another issuer/);
  refuses(certificate, { issuer: stranger.certificate }, /another issuer/);
  refuses(card, { now: days(-1) }, /not valid before 2026-03-01/);
  refuses(card, { now: days(101) }, /the issuer's certificate expired on 2026-06-09/);
  refuses(card, { statusList: list(root, [card.serial]) }, /reported lost .* 2026-03-01/);
  refuses(card, { now: days(31) }, /out of date since 2026-03-31/);
  refuses(card, { statusList: list(root, [], days(2)) }, /of a day to come/);
  refuses(card, { statusList: list(IssuerKey.generate()) }, /not of this issuer/);
  refuses(card, { issuer: card }, /not an issuer's/);
  refuses(rootCertificate, {}, /not for signing in/);
});

tests("a card's certificate expires before its issuer's", () => {
  const soon = days(CARD_DAYS + 1);
  const statusList = readStatusList(
    makeStatusList(root, {
      issuer: rootName,
      number: 2,
      thisUpdate: NOW,
      nextUpdate: days(1, soon),
      revocations: [],
    }),
    "list",
  );
  const old = { ...certificate, issuer: rootName, isSignedBy: () => true };
  const later = { ...rootCertificate, notAfter: days(9999) };
  refuses(old, { issuer: later, statusList, now: soon }, /the card's certificate expired on/);
});

tests("a certificate that was altered anywhere is of another issuer, or none", () => {
  for (let at = 0; at < card.der.length; at += 7) {
    const altered = card.der.slice();
    altered[at]! ^= 0x01;
    let read: Certificate;
    try {
      read = readCertificate(altered, "altered");
    } catch (error) {
      assert.instance(error, CertificateError);
      continue;
    }
    assert.not.ok(read.isSignedBy(root.publicKey), `byte ${at}`);
  }
});

tests("what is no certificate or list is told as such", () => {
  for (const wrong of [new Uint8Array(0), Uint8Array.of(0x30, 0), new Uint8Array(500)]) {
    assert.throws(() => readCertificate(wrong, "it"), /it is no X.509 certificate/);
    assert.throws(() => readStatusList(wrong, "it"), /it is no X.509 certificate revocation list/);
  }
  assert.throws(() => readStatusList(card.der, "it"), /it is no X.509/);
});

tests.run();
