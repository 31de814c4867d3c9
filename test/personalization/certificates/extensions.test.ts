// What a certificate or a list says beside its fields, and whether anyone may be let in on it.

import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  Certificate as Asn1Certificate,
  CertificateList,
  Extension,
  id_ce_basicConstraints,
  id_ce_cRLNumber,
  id_ce_deltaCRLIndicator,
  id_ce_issuingDistributionPoint,
  id_ce_keyUsage,
  KeyUsage,
  KeyUsageFlags,
  type TBSCertificate,
  type TBSCertList,
} from "@peculiar/asn1-x509";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytes, concat } from "../../../personalization/bytes.ts";
import {
  type Certificate,
  makeCertificate,
  readCertificate,
} from "../../../personalization/certificates/certificate.ts";
import { checkCertificate, SeenLists } from "../../../personalization/certificates/check.ts";
import { CertificateError } from "../../../personalization/certificates/errors.ts";
import { IssuerKey } from "../../../personalization/certificates/issuer-key.ts";
import { nameOf } from "../../../personalization/certificates/names.ts";
import { toDer } from "../../../personalization/certificates/sm2.ts";
import {
  makeStatusList,
  readStatusList,
  type StatusList,
} from "../../../personalization/certificates/status-list.ts";
import { buffer, der, SM2_WITH_SM3 } from "../../../personalization/certificates/x509.ts";
import { days, NOW } from "./issuers.ts";

const root = IssuerKey.generate();
const [rootName, cardName] = ["root", "card"].map((commonName) =>
  nameOf({ organization: "o", commonName }),
) as [ReturnType<typeof nameOf>, ReturnType<typeof nameOf>];
const period = { issuer: rootName, notBefore: NOW, notAfter: days(100) };
const rootDer = makeCertificate(root, {
  ...period,
  subject: rootName,
  publicKey: root.publicKey,
  isIssuer: true,
});
const { publicKey } = IssuerKey.generate();
const cardDer = makeCertificate(root, { ...period, subject: cardName, publicKey });
const issuer = readCertificate(rootDer, "root");
const card = readCertificate(cardDer, "card");

/** A list that says nothing against the card. */
function listDer(number = 7): Uint8Array {
  const content = { issuer: rootName, number, thisUpdate: NOW, nextUpdate: days(30) };
  const revocations = [{ serial: "0A", at: NOW, reason: "lost" as const }];
  return makeStatusList(root, { ...content, revocations });
}

/** The same certificate or list with other content, signed by the issuer all the same. */
function certificateWith(of: Uint8Array, change: (content: TBSCertificate) => void): Uint8Array {
  const { tbsCertificate } = AsnConvert.parse(buffer(of), Asn1Certificate);
  change(tbsCertificate);
  const signatureValue = buffer(toDer(root.sign(der(tbsCertificate))));
  const signatureAlgorithm = SM2_WITH_SM3;
  return der(new Asn1Certificate({ tbsCertificate, signatureAlgorithm, signatureValue }));
}

function listWith(change: (content: TBSCertList) => void): Uint8Array {
  const { tbsCertList } = AsnConvert.parse(buffer(listDer()), CertificateList);
  change(tbsCertList);
  const signature = buffer(toDer(root.sign(der(tbsCertList))));
  return der(new CertificateList({ tbsCertList, signatureAlgorithm: SM2_WITH_SM3, signature }));
}

function extension(extnID: string, value: string, critical = true): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(buffer(bytes(value))) });
}

const taken = (statusList: StatusList, one: Certificate = card, by = issuer) =>
  checkCertificate(one, { issuer: by, statusList, now: days(1) });

function refuses(work: () => unknown, reason: RegExp): void {
  assert.throws(
    work,
    (error: unknown) => error instanceof CertificateError && reason.test(error.message),
  );
}

const UNKNOWN = "1.2.3.4.5";
const NULL = "0500";
const list = readStatusList(listDer(), "list");
const tests = suite("extensions");

tests("what is signed anew and changed in nothing is taken", () => {
  taken(
    readStatusList(
      listWith(() => {}),
      "list",
    ),
  );
  const same = certificateWith(cardDer, () => {});
  taken(list, readCertificate(same, "card"));
});

tests("a list of some certificates only is none, called critical or not", () => {
  const partial = [
    [id_ce_deltaCRLIndicator, "020105"],
    [id_ce_issuingDistributionPoint, "30038201FF"],
  ] as const;
  for (const [identifier, value] of partial) {
    for (const critical of [true, false]) {
      const other = listWith(({ crlExtensions }) => {
        crlExtensions?.push(extension(identifier, value, critical));
      });
      refuses(() => readStatusList(other, "list"), /list tells of some certificates only/);
    }
  }
});

tests("a critical extension that is unknown is refused, others are passed over", () => {
  const read = [
    (more: Extension) =>
      readCertificate(
        certificateWith(cardDer, ({ extensions }) => void extensions?.push(more)),
        "it",
      ),
    (more: Extension) =>
      readStatusList(
        listWith(({ crlExtensions }) => void crlExtensions?.push(more)),
        "it",
      ),
    (more: Extension) =>
      readStatusList(
        listWith(({ revokedCertificates }) => {
          revokedCertificates?.[0]?.crlEntryExtensions?.push(more);
        }),
        "it",
      ),
  ];
  for (const one of read) {
    one(extension(UNKNOWN, NULL, false));
    refuses(() => one(extension(UNKNOWN, NULL)), /it has the critical extension 1\.2\.3\.4\.5/);
  }
});

tests("an extension that stands there twice is refused", () => {
  const twice = certificateWith(cardDer, ({ extensions }) => {
    extensions?.push(extension(id_ce_basicConstraints, "30030101FF"));
  });
  refuses(() => readCertificate(twice, "it"), /has extension 2\.5\.29\.19 twice/);
});

tests("bytes behind a certificate or a list are refused", () => {
  for (const more of [[0], [1, 2, 3], [0x30, 0]]) {
    const behind = Uint8Array.from(more);
    refuses(() => readCertificate(concat(cardDer, behind), "it"), /it has bytes behind its end/);
    refuses(() => readStatusList(concat(listDer(), behind), "it"), /it has bytes behind its end/);
  }
});

tests("an issuer signs certificates and lists only with the bit for each, and as an issuer", () => {
  const { keyCertSign, cRLSign } = KeyUsageFlags;
  const issuerWith = (identifier: string, value: Uint8Array) =>
    readCertificate(
      certificateWith(rootDer, ({ extensions }) => {
        const found = extensions?.find(({ extnID }) => extnID === identifier);
        if (found !== undefined) found.extnValue = new OctetString(buffer(value));
      }),
      "issuer",
    );
  const withUsage = (flags: number) => issuerWith(id_ce_keyUsage, der(new KeyUsage(flags)));
  taken(list, card, withUsage(keyCertSign | cRLSign));
  refuses(() => taken(list, card, withUsage(keyCertSign)), /may not sign status lists/);
  refuses(() => taken(list, card, withUsage(cRLSign)), /not an issuer's/);
  const noIssuer = issuerWith(id_ce_basicConstraints, bytes("3000"));
  refuses(() => taken(list, card, noIssuer), /not an issuer's/);
});

tests("a list says its number, and no older one is taken after it", () => {
  const seen = new SeenLists();
  const take = (number: number) => {
    const statusList = readStatusList(listDer(number), "list");
    checkCertificate(card, { issuer, statusList, now: days(1), seen });
  };
  for (const number of [128, 128, 300]) take(number);
  refuses(() => take(299), /the status list is number 299, and 300 was seen/);
  take(300);
  for (const change of [undefined, "0500", "020180", "0200", "0202007F00"]) {
    const other = listWith((content) => {
      content.crlExtensions = content.crlExtensions?.filter(
        ({ extnID }) => extnID !== id_ce_cRLNumber,
      ) as Extension[];
      if (change !== undefined) {
        content.crlExtensions.push(extension(id_ce_cRLNumber, change, false));
      }
    });
    refuses(() => readStatusList(other, "list"), /list has no number/);
  }
});

tests.run();
