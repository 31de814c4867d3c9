import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { poweredCard } from "../../../emulator/command/emulated-blanks.ts";
import { PowerLoss } from "../../../emulator/errors.ts";
import { hex } from "../../../personalization/bytes.ts";
import {
  readCertificateFile,
  readPublicKey,
  selectIdentity,
  verifyPin,
} from "../../../personalization/certificates/card.ts";
import { SW_SECURITY_NOT_SATISFIED } from "../../../runtime/spec/status-words.ts";
import { authenticate, generate, reselect } from "../../applets/identity/identity-card.ts";
import { accept, freshCard, refuse } from "../../helpers/card.ts";
import { ADMINISTRATION, enrol, enrolledCard, PIN } from "./enrolled-card.ts";
import { CARD_NUMBER, makeIssuer, temporaryFolder } from "./issuers.ts";

const folder = temporaryFolder();
const issuer = await makeIssuer(join(folder.path, "ca"));

async function rejects(promise: Promise<unknown>, reason: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (caught: Error) => caught,
  );
  assert.match(error?.message ?? "nothing was refused", reason);
}

const tests = suite("enrolment");
tests.after(folder.remove);

tests("a card gets a pair of its own, and the issuer's certificate of it", async () => {
  const { card, certificate } = await enrolledCard(issuer);
  assert.is(certificate.commonName, CARD_NUMBER);
  assert.ok(certificate.isSignedBy(issuer.certificate.publicKey));
  const line = poweredCard(card);
  await line.reset();
  await selectIdentity(line);
  assert.is(hex(await readPublicKey(line)), hex(certificate.publicKey));
  assert.is(hex(await readCertificateFile(line)), hex(certificate.der));
  await verifyPin(line, PIN);
  const [entry] = issuer.register.holding(CARD_NUMBER);
  assert.is(entry!.serial, certificate.serial);
});

tests("without an administration key nobody ever makes another pair", async () => {
  const { card } = await enrolledCard(issuer, { card: "none" });
  reselect(card);
  refuse(card, generate(), SW_SECURITY_NOT_SATISFIED);
});

tests("with an administration key its owner does", async () => {
  const { card } = await enrolledCard(issuer, { card: "administrated", administrated: true });
  reselect(card);
  refuse(card, generate(), SW_SECURITY_NOT_SATISFIED);
  accept(card, authenticate(card, ADMINISTRATION));
  accept(card, generate());
});

tests("a card is enrolled once", async () => {
  const { card, certificate } = await enrolledCard(issuer, { card: "once" });
  await rejects(enrol(card, issuer, { card: "once" }), /enrolled already/);
  assert.is(issuer.register.holding("once")[0]!.serial, certificate.serial);
});

tests("a PIN that cannot be one is refused before the card is touched", async () => {
  const card = await freshCard();
  const before = card.memory.operations;
  for (const pin of ["12345", "123456789", "12345a", "", "１２３４５６"]) {
    await rejects(enrol(card, issuer, { card: "pin", pin }), /6 to 8 digits/);
  }
  assert.is(issuer.register.holding("pin").length, 0);
  // Opening a channel steps the counter of the keys, and no more.
  assert.ok(card.memory.operations - before < 5 * 12);
});

tests("after an interruption it is done again, and the first certificate ends", async () => {
  const probe = await freshCard();
  const begin = probe.memory.operations;
  await enrol(probe, issuer, { card: "probe" });
  const all = probe.memory.operations - begin;
  let ended = 0;
  for (let at = 5; at < all; at += Math.floor(all / 9)) {
    const card = await freshCard();
    card.cutPower(at);
    const lost = await enrol(card, issuer, { card: "torn" }).then(
      () => false,
      (error) => error instanceof PowerLoss || /gone|power/i.test(String(error)),
    );
    assert.ok(lost, `no cut at ${at} of ${all}`);
    card.cutPower(undefined);
    card.powerOff();
    card.reset();
    const before = issuer.register.certificates.length;
    const certificate = await enrol(card, issuer, { card: "torn" }).catch((error: Error) => error);
    if (certificate instanceof Error) {
      assert.match(certificate.message, /enrolled already/, `${at}`);
      continue;
    }
    ended += 1;
    assert.is(issuer.register.certificates.length, before + 1);
    assert.equal(
      issuer.register.holding("torn").map(({ serial }) => serial),
      [certificate.serial],
    );
  }
  assert.ok(ended >= 5, `${ended} enrolments were done again`);
});

tests.run();
