// A holder logs in with a card; and everyone who must not.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { poweredCard } from "../../../../emulator/command/emulated-blanks.ts";
import { askForChallenge, handIn, serve } from "../../../../emulator/terminal/login/loopback.ts";
import type { Answer, Challenge, Login } from "../../../../emulator/terminal/login/protocol.ts";
import { CHALLENGE_MS, LoginService } from "../../../../emulator/terminal/login/service.ts";
import { signIn } from "../../../../emulator/terminal/login/sign-in.ts";
import {
  type Issuer,
  STATUS_DAYS,
  STATUS_FILE,
} from "../../../../personalization/certificates/issuer.ts";
import { fromPem, LABEL_STATUS_LIST } from "../../../../personalization/certificates/pem.ts";
import { readStatusList } from "../../../../personalization/certificates/status-list.ts";
import { enrolledCard, PIN } from "../../../personalization/certificates/enrolled-card.ts";
import {
  CARD_NUMBER,
  days,
  makeIssuer,
  NOW,
  temporaryFolder,
} from "../../../personalization/certificates/issuers.ts";

const SERVICE = "政务服务 example.invalid";
const ORIGIN = "http://127.0.0.1:8080";
const MEANT = { service: SERVICE, origin: ORIGIN };
const folder = temporaryFolder();
const issuer = await makeIssuer(join(folder.path, "ca"));
const stranger = await makeIssuer(join(folder.path, "stranger"));
const { card, certificate } = await enrolledCard(issuer);
const line = poweredCard(card);
const start = card.snapshot();
const clock = { now: NOW };

function trustIn(one: Issuer) {
  return async () => {
    const file = join(one.folder, STATUS_FILE);
    const list = fromPem(LABEL_STATUS_LIST, readFileSync(file), file);
    return { issuer: one.certificate, statusList: readStatusList(list, file) };
  };
}

function service(one: Issuer = issuer, name = SERVICE): LoginService {
  return new LoginService(name, trustIn(one), () => clock.now);
}

function enter(at: LoginService, given: unknown): Promise<Login> {
  return at.login(given, ORIGIN);
}

async function answer(to: Challenge, pin = PIN): Promise<Answer> {
  return signIn(line, to, MEANT, pin);
}

async function rejects(promise: Promise<unknown>, reason: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (caught: Error) => caught,
  );
  assert.match(error?.message ?? "nothing was refused", reason);
}

const tests = suite("login");
tests.before.each(() => {
  card.restore(start);
  clock.now = NOW;
});
tests.after(folder.remove);

tests("a holder with card and PIN is let in", async () => {
  const at = service();
  const login = await enter(at, await answer(at.challenge()));
  assert.equal(login, {
    service: SERVICE,
    card: CARD_NUMBER,
    organization: "试验签发机构",
    serial: certificate.serial,
    time: NOW.toISOString(),
  });
});

tests("an answer is good once, for one service, and not for long", async () => {
  const [at, other] = [service(), service()];
  const first = await answer(at.challenge());
  await rejects(enter(other, first), /never given/);
  await enter(at, first);
  await rejects(enter(at, first), /answered already/);
  const late = await answer(at.challenge());
  clock.now = new Date(NOW.getTime() + CHALLENGE_MS + 1);
  await rejects(enter(at, late), /older than 120 s/);
  clock.now = NOW;
  await rejects(enter(at, late), /older than 120 s/);
});

tests("an old signature under a new nonce is none", async () => {
  const at = service();
  const old = await answer(at.challenge());
  const fresh = at.challenge();
  await rejects(enter(at, { ...old, nonce: fresh.nonce }), /not the card's over this challenge/);
  await enter(at, await answer(fresh));
});

tests("service and time are signed, too", async () => {
  for (const change of [{ service: "another" }, { time: days(1).toISOString() }]) {
    const at = service();
    const challenge = at.challenge();
    const altered = { ...challenge, ...change };
    const forged = await signIn(line, altered, { ...MEANT, service: altered.service }, PIN);
    await rejects(enter(at, forged), /not the card's over this challenge/);
  }
});

tests("an answer that was signed for another address is refused, whoever hands it on", async () => {
  const at = service();
  const challenge = at.challenge();
  const elsewhere = { ...MEANT, origin: "http://127.0.0.1:8081" };
  const relayed = await signIn(line, challenge, elsewhere, PIN);
  await rejects(enter(at, relayed), /for another address; this service is http:.*:8080$/);
  const forged = { ...relayed, origin: ORIGIN };
  await rejects(enter(at, forged), /not the card's over this challenge/);
  await enter(at, await answer(challenge));
});

tests("the terminal signs for the service that is meant, and for no other", async () => {
  const challenge = service(issuer, "another").challenge();
  await rejects(answer(challenge), /the challenge is of "another", not of/);
  await rejects(signIn(line, { ...challenge, nonce: "\n" }, MEANT, PIN), /control character/);
});

tests("a wrong PIN is told with the tries that are left, a blocked one as such", async () => {
  const at = service();
  const challenge = at.challenge();
  for (const short of ["", "12345", "12345x"]) await rejects(answer(challenge, short), /no try/);
  await rejects(answer(challenge, "000000"), /wrong PIN; 2 tries are left/);
  await rejects(answer(challenge, "000000"), /wrong PIN; 1 try is left/);
  await rejects(answer(challenge, "000000"), /wrong PIN; the PIN is blocked/);
  await rejects(answer(challenge), /^the PIN is blocked; the issuer gives a new one/);
});

tests("a card of another issuer is refused, though it has the same name", async () => {
  const at = service(stranger);
  await rejects(enter(at, await answer(at.challenge())), /of another issuer/);
});

tests("a certificate of one card does not go with the signature of another", async () => {
  const other = await enrolledCard(issuer, { card: "W00000011" }, 2);
  const at = service();
  const mine = await answer(at.challenge());
  const theirs = Buffer.from(other.certificate.der).toString("base64");
  await rejects(enter(at, { ...mine, certificate: theirs }), /not the card's over this challenge/);
});

tests("an expired certificate and an old status list are refused", async () => {
  const at = service();
  clock.now = days(STATUS_DAYS + 1);
  await rejects(enter(at, await answer(at.challenge())), /status list is out of date/);
  clock.now = days(5 * 366);
  await rejects(enter(at, await answer(at.challenge())), /the card's certificate expired on/);
});

tests("however many ask for a challenge, each is good until it is used", async () => {
  const at = service();
  const mine = await answer(at.challenge());
  for (let one = 0; one < 10_001; one++) at.challenge();
  await enter(at, mine);
});

tests("of one answer that comes twice at once, one is let in", async () => {
  const at = service();
  const mine = await answer(at.challenge());
  const both = await Promise.allSettled([enter(at, mine), enter(at, mine)]);
  assert.equal(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

tests("a running service takes no list older than the last one", async () => {
  const trust = trustIn(issuer);
  const lists = [await trust()];
  await issuer.publish(NOW);
  lists.unshift(await trust());
  const at = new LoginService(
    SERVICE,
    async () => lists.shift() ?? trust(),
    () => clock.now,
  );
  await enter(at, await answer(at.challenge()));
  await rejects(enter(at, await answer(at.challenge())), /list is number 1, and 2 was seen/);
  await enter(at, await answer(at.challenge()));
});

tests("what is no answer at all is told", async () => {
  const at = service();
  const good = await answer(at.challenge());
  for (const wrong of [
    undefined,
    null,
    {},
    [],
    { ...good, more: 1 },
    { ...good, nonce: "00" },
    { ...good, signature: good.signature.toLowerCase().slice(2) },
    { ...good, certificate: "?" },
    { ...good, certificate: "A".repeat(9999) },
  ]) {
    await rejects(enter(at, wrong), /not in the form of one/);
  }
  await rejects(enter(at, { ...good, certificate: "AAAA" }), /no X.509 certificate/);
});

tests("over the loopback interface it is the same, with the reason told", async () => {
  const served = await serve(service());
  try {
    const challenge = await askForChallenge(served.url);
    const signed = await signIn(line, challenge, { ...MEANT, origin: served.url }, PIN);
    await rejects(handIn(served.url, await answer(challenge)), /for another address/);
    assert.is((await handIn(served.url, signed)).card, CARD_NUMBER);
    await rejects(handIn(served.url, signed), /answered already/);
    const post = async (path: string, body?: string) =>
      fetch(`${served.url}${path}`, { method: "POST", ...(body === undefined ? {} : { body }) });
    assert.is((await post("/login", "{")).status, 400);
    assert.is((await post("/login")).status, 403);
    assert.is((await post("/other")).status, 404);
    assert.is((await fetch(`${served.url}/challenge`)).status, 404);
    const long = await post("/login", `"${"x".repeat(20_000)}"`).catch(() => undefined);
    assert.is.not(long?.status, 200);
  } finally {
    await served.close();
  }
  await rejects(askForChallenge(served.url), /no service answers there/);
});

tests("a lost card is refused from the next list on", async () => {
  const at = service();
  await enter(at, await answer(at.challenge()));
  await issuer.revoke(CARD_NUMBER, "lost", NOW);
  await rejects(enter(at, await answer(at.challenge())), /reported lost or ended on 2026-03-01/);
});

tests.run();
