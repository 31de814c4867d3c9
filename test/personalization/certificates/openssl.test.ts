// What OpenSSL says of our certificates, status lists and signatures.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hex } from "../../../personalization/bytes.ts";
import { readCertificate } from "../../../personalization/certificates/certificate.ts";
import { CERTIFICATE_FILE, STATUS_FILE } from "../../../personalization/certificates/issuer.ts";
import { IssuerKey } from "../../../personalization/certificates/issuer-key.ts";
import {
  fromPem,
  LABEL_CERTIFICATE,
  LABEL_STATUS_LIST,
  toPem,
} from "../../../personalization/certificates/pem.ts";
import { isSigned, SIGNER_IDENTIFIER, toDer } from "../../../personalization/certificates/sm2.ts";
import { readStatusList } from "../../../personalization/certificates/status-list.ts";
import { needing } from "../../helpers/skip.ts";
import { CARD_NUMBER, makeIssuer, NOW, temporaryFolder } from "./issuers.ts";

const IDENTIFIER = `distid:${SIGNER_IDENTIFIER}`;
const folder = temporaryFolder();
const tests = suite("OpenSSL");
tests.after(folder.remove);
const test = needing(tests, { openssl: ["openssl"] });

const issuer = await makeIssuer(join(folder.path, "ca"));
const other = await makeIssuer(join(folder.path, "other"));
const holder = IssuerKey.generate();
const certificate = await issuer.certify(CARD_NUMBER, holder.publicKey, NOW);
const card = join(folder.path, "card.crt");
writeFileSync(card, toPem(LABEL_CERTIFICATE, certificate.der));
const at = String(NOW.getTime() / 1000 + 60);

function openssl(...args: string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function refuses(...args: string[]): void {
  assert.throws(() => openssl(...args));
}

/** Whether a signature in DER is over a message by the key of a certificate. */
function verify(certificateFile: string, message: Uint8Array, signature: Uint8Array): string {
  const [key, text, proof] = ["key.pem", "text", "proof"].map((name) => join(folder.path, name));
  writeFileSync(key!, openssl("x509", "-in", certificateFile, "-pubkey", "-noout"));
  writeFileSync(text!, message);
  writeFileSync(proof!, signature);
  const how = ["-sm3", "-verify", key!, "-sigopt", IDENTIFIER, "-signature", proof!];
  return openssl("dgst", ...how, text!).trim();
}

test("verifies a card's certificate against its issuer's, and against no other", () => {
  const file = join(issuer.folder, CERTIFICATE_FILE);
  const options = ["-attime", at, "-x509_strict", "-vfyopt", IDENTIFIER];
  assert.is(openssl("verify", ...options, "-CAfile", file, card), `${card}: OK\n`);
  refuses("verify", ...options, "-CAfile", join(other.folder, CERTIFICATE_FILE), card);
  const expired = ["-attime", String(Number(at) + 6 * 365 * 86400), "-vfyopt", IDENTIFIER];
  refuses("verify", ...expired, "-CAfile", file, card);
});

test("reads the fields as they were meant", () => {
  const text = openssl("x509", "-in", card, "-noout", "-text", "-nameopt", "utf8,sep_comma_plus");
  for (const expected of [
    /Version: 3 /,
    /Signature Algorithm: SM2-with-SM3/,
    /Issuer: C=CN,O=试验签发机构,CN=试验签发根/,
    new RegExp(`Subject: C=CN,O=试验签发机构,CN=${CARD_NUMBER}`),
    /Not Before: Mar {2}1 08:00:00 2026 GMT/,
    /Public Key Algorithm: id-ecPublicKey/,
    /ASN1 OID: SM2/,
    /Basic Constraints: critical\s+CA:FALSE/,
    /Key Usage: critical\s+Digital Signature$/m,
  ]) {
    assert.match(text, expected);
  }
  const serial = openssl("x509", "-in", card, "-noout", "-serial").trim();
  assert.is(serial, `serial=${certificate.serial}`);
});

test("reads the status list, and finds its signature the issuer's", async () => {
  await issuer.revoke(CARD_NUMBER, "lost", NOW);
  const file = join(issuer.folder, STATUS_FILE);
  const text = openssl("crl", "-in", file, "-noout", "-text");
  assert.match(text, /Version 2 /);
  assert.match(text, new RegExp(`Serial Number: ${certificate.serial}`));
  assert.match(text, /Reason Code: \s+Certificate Hold/);
  assert.match(text, /CRL Number: \s+2\n/);
  // Neither `crl` nor `verify` takes an identifier for a list: its parts are verified as they are.
  const der = fromPem(LABEL_STATUS_LIST, readFileSync(file), file);
  const places = openssl("asn1parse", "-inform", "PEM", "-in", file).split("\n");
  const [, content, , bits] = places.filter((line) => /d=[01] /.test(line));
  const part = (line: string): Uint8Array => {
    const [offset, , header, length] = line.match(/\d+/g)!.map(Number) as number[];
    return der.subarray(offset!, offset! + header! + length!);
  };
  // A bit string begins with the number of its unused bits.
  const [signed, signature] = [part(content!), part(bits!).subarray(3)];
  const authority = join(issuer.folder, CERTIFICATE_FILE);
  assert.is(verify(authority, signed, signature), "Verified OK");
  assert.ok(readStatusList(der, file).isSignedBy(issuer.certificate.publicKey));
});

test("verifies what our key signs", () => {
  const message = Buffer.from("一个要签名的文本");
  assert.is(verify(card, message, toDer(holder.sign(message))), "Verified OK");
  assert.throws(() => verify(card, message.subarray(1), toDer(holder.sign(message))));
});

test("signs what we verify, and its certificate is read", () => {
  const key = join(folder.path, "openssl.pem");
  const own = join(folder.path, "openssl.crt");
  openssl("genpkey", "-algorithm", "SM2", "-out", key);
  const request = ["req", "-x509", "-new", "-key", key, "-sm3", "-sigopt", IDENTIFIER];
  openssl(...request, "-subj", "/CN=theirs", "-addext", "keyUsage=keyCertSign", "-out", own);
  const theirs = readCertificate(fromPem(LABEL_CERTIFICATE, readFileSync(own), own), own);
  assert.is(theirs.commonName, "theirs");
  assert.ok(theirs.isIssuer);
  assert.ok(theirs.isSignedBy(theirs.publicKey));
  const text = join(folder.path, "theirs.txt");
  const proof = join(folder.path, "theirs.sig");
  writeFileSync(text, "signed by OpenSSL");
  openssl("dgst", "-sm3", "-sign", key, "-sigopt", IDENTIFIER, "-out", proof, text);
  const der = new Uint8Array(readFileSync(proof));
  assert.is(hex(der.subarray(0, 1)), "30");
  assert.ok(isSigned(theirs.publicKey, readFileSync(text), rs(der)));
});

/** r ‖ s, taken out of DER by hand. */
function rs(der: Uint8Array): Uint8Array {
  const whole = new Uint8Array(64);
  let from = 2;
  for (const end of [32, 64]) {
    const number = der.subarray(from + 2, from + 2 + der[from + 1]!);
    whole.set(number.subarray(Math.max(0, number.length - 32)), end - Math.min(32, number.length));
    from += 2 + der[from + 1]!;
  }
  return whole;
}

tests.run();
