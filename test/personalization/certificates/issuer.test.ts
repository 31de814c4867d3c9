import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hex } from "../../../personalization/bytes.ts";
import {
  CERTIFICATE_FILE,
  Issuer,
  KEY_FILE,
  openRegister,
  REGISTER_FILE,
  STATUS_FILE,
} from "../../../personalization/certificates/issuer.ts";
import { IssuerKey } from "../../../personalization/certificates/issuer-key.ts";
import { fromPem, LABEL_STATUS_LIST } from "../../../personalization/certificates/pem.ts";
import { readStatusList } from "../../../personalization/certificates/status-list.ts";
import { unseal } from "../../../personalization/keys/sealed-file.ts";
import { CARD_NUMBER, days, makeIssuer, NOW, PASSPHRASE, temporaryFolder } from "./issuers.ts";

const folder = temporaryFolder();
const path = join(folder.path, "ca");
const issuer = await makeIssuer(path);
const { publicKey } = IssuerKey.generate();

function published(): ReadonlyMap<string, Date> {
  const file = join(path, STATUS_FILE);
  const list = readStatusList(fromPem(LABEL_STATUS_LIST, readFileSync(file), file), file);
  assert.ok(list.isSignedBy(issuer.certificate.publicKey));
  return list.revoked;
}

async function rejects(promise: Promise<unknown>, reason: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (caught: Error) => caught,
  );
  assert.match(error?.message ?? "nothing was refused", reason);
}

const tests = suite("an issuer");
tests.after(folder.remove);

tests(
  "keeps its key to itself: sealed, for the owner alone, in nothing that is printed",
  async () => {
    assert.is(statSync(join(path, KEY_FILE)).mode & 0o077, 0);
    const text = readFileSync(join(path, KEY_FILE), "utf8");
    const value = hex(await unseal(text, PASSPHRASE, KEY_FILE));
    assert.is(value.length, 64);
    const shown = `${text}${inspect(issuer, { depth: 9, showHidden: true })}${JSON.stringify(issuer)}`;
    assert.not.ok(shown.toUpperCase().includes(value));
    for (const file of [CERTIFICATE_FILE, REGISTER_FILE, STATUS_FILE]) {
      assert.not.ok(hex(readFileSync(join(path, file))).includes(value));
    }
  },
);

tests(
  "gives certificates with numbers of their own, and knows them after it was closed",
  async () => {
    const first = await issuer.certify(CARD_NUMBER, publicKey, NOW);
    const second = await issuer.certify("W00000011", publicKey, NOW);
    assert.is.not(first.serial, second.serial);
    assert.ok(first.isSignedBy(issuer.certificate.publicKey));
    const opened = await Issuer.open(path, PASSPHRASE);
    assert.equal(
      opened.register.certificates.map(({ card }) => card),
      [CARD_NUMBER, "W00000011"],
    );
    assert.is((await openRegister(path)).holding(CARD_NUMBER)[0]!.serial, first.serial);
  },
);

tests("no certificate outlives its issuer's", async () => {
  const late = await issuer.certify("late", publicKey, NOW, 20_000);
  assert.is(late.notAfter.getTime(), issuer.certificate.notAfter.getTime());
});

tests("ends certificates of one card, once, and publishes it", async () => {
  assert.is(published().size, 0);
  const { serial } = issuer.register.holding(CARD_NUMBER)[0]!;
  assert.is(await issuer.revoke(CARD_NUMBER, "lost", days(1)), 1);
  assert.is(await issuer.revoke(CARD_NUMBER, "lost", days(2)), 0);
  assert.equal([...published().keys()], [serial]);
  assert.is(published().get(serial)!.toISOString(), days(1).toISOString());
  await issuer.publish(days(3));
  assert.equal([...published().keys()], [serial]);
});

tests("refuses what cannot be an issuer's folder", async () => {
  await rejects(makeIssuer(path), /is there already/);
  await rejects(makeIssuer(join(folder.path, "x"), ""), /1 to 64 characters/);
  for (const wrong of ["\u001b[2J", "a\nb", "\u202e", "x".repeat(65)]) {
    await rejects(makeIssuer(join(folder.path, "x"), wrong), /1 to 64 characters/);
    await rejects(issuer.certify(wrong, publicKey, NOW), /named by 1 to 64 characters/);
  }
  await rejects(Issuer.open(path, "another"), /wrong passphrase/);
  await rejects(Issuer.open(join(folder.path, "none"), PASSPHRASE), /wafer ca/);
  const other = await makeIssuer(join(folder.path, "other"));
  const mixed = readFileSync(join(other.folder, CERTIFICATE_FILE));
  const own = readFileSync(join(path, CERTIFICATE_FILE));
  writeFileSync(join(path, CERTIFICATE_FILE), mixed);
  await rejects(Issuer.open(path, PASSPHRASE), /is not the certificate of/);
  writeFileSync(join(path, CERTIFICATE_FILE), own);
  writeFileSync(join(path, REGISTER_FILE), "{}");
  await rejects(Issuer.open(path, PASSPHRASE), /not a book of certificates/);
  chmodSync(join(path, KEY_FILE), 0o640);
  await rejects(Issuer.open(path, PASSPHRASE), /chmod 600/);
});

tests.run();
