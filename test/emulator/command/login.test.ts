// wafer ca, enrol, login and report-lost, as a person runs them.

import { rmSync, statSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Issuer } from "../../../personalization/certificates/issuer.ts";
import { done, PASSPHRASE, type Ran, refused, Workshop } from "./workshop.ts";

const PIN = "271828";
const tests = suite("wafer ca, enrol, login, report-lost");
let shop: Workshop;
let cards: string[];

tests.before(async () => {
  shop = await Workshop.open(2);
  cards = await shop.issue();
  shop.write("pin", `${PIN}\n`);
});
tests.after(() => shop.close());

const env = { WAFER_PIN: PIN };
const enrol = (card: string, ...more: string[]) =>
  shop.wafer(["enrol", card, "--keystore", "keystore.json", ...more], { env });
const login = (card: string, ...more: string[]) => shop.wafer(["login", card, ...more], { env });
const json = (ran: Ran) => JSON.parse(done(ran));
const numberOf = (card: string) => card.match(/\/([^/]+)\.card$/)![1]!;

tests("an issuer is made once, its key for its owner alone", async () => {
  const text = done(await shop.wafer(["ca", "new", "authority", "--organization", "试验签发机构"]));
  assert.match(text, /^issuer {3}Trial issuer root, 试验签发机构, until \d{4}-/m);
  const made = ["certificates.json", "issuer-key.json", "issuer.crt", "status.crl"];
  assert.equal(shop.files("authority"), made);
  assert.is(statSync(shop.path("authority/issuer-key.json")).mode & 0o777, 0o600);
  refused(await shop.wafer(["ca", "new", "authority"]), 1, /is there already/);
  assert.match(done(await shop.wafer(["ca", "list", "authority"])), /no certificates yet/);
  // The others seal their keys at the least cost: a test opens them many times.
  rmSync(shop.path("authority"), { recursive: true });
  for (const folder of ["authority", "stranger"]) {
    const names = { organization: "试验签发机构", commonName: "Trial issuer root" };
    const options = { names, passphrase: PASSPHRASE, now: new Date(), log2Cost: 10 };
    await Issuer.create(shop.path(folder), options);
  }
});

tests("a card that is not enrolled is told how it is", async () => {
  refused(await login(cards[0]!), 1, /no certificate; wafer enrol/);
});

tests("a card is enrolled, and its holder logs in, again and again", async () => {
  const enrolled = json(await enrol(cards[0]!, "--json"));
  assert.is(enrolled.card, numberOf(cards[0]!));
  const text = done(await login(cards[0]!));
  assert.is(text, `${numberOf(cards[0]!)} is logged in to trial service (试验签发机构)\n`);
  const file = ["--pin-file", "pin", "--service", "政务服务", "--json"];
  const entered = json(await shop.wafer(["login", cards[0]!, ...file]));
  assert.is(entered.serial, enrolled.serial);
  assert.is(entered.service, "政务服务");
  const listed = json(await shop.wafer(["ca", "list", "authority", "--json"]));
  assert.equal(
    listed.certificates.map(({ serial }: { serial: string }) => serial),
    [enrolled.serial],
  );
  refused(await enrol(cards[0]!), 1, /enrolled already/);
});

tests("no PIN, passphrase or key is printed or kept in the clear", async () => {
  const ran = await enrol(cards[1]!);
  const said = `${done(ran)}${ran.err}${done(await login(cards[1]!))}`;
  const kept = shop.files("authority").map((file) => shop.text(`authority/${file}`));
  for (const text of [said, ...kept]) {
    assert.not.ok(text.includes(PIN) || text.includes(PASSPHRASE));
  }
});

tests("bad input is one line each", async () => {
  const [card] = cards as [string];
  const wrong = { env: { WAFER_PIN: "000000" } };
  refused(await shop.wafer(["login", card], wrong), 1, /wrong PIN; 2 tries are left$/);
  refused(await shop.wafer(["login", card], wrong), 1, /wrong PIN; 1 try is left$/);
  assert.match(done(await login(card)), /logged in/, "the right PIN gives the tries back");
  const short = { env: { WAFER_PIN: "1234" } };
  refused(await shop.wafer(["login", card], short), 1, /6 to 8 digits; no try was spent/);
  refused(await shop.wafer(["enrol", card], short), 1, /6 to 8 digits/);
  refused(await shop.wafer(["login", card]), 2, /no PIN: give --pin-file, set WAFER_PIN/);
  refused(await login(card, "--pin-file", "none"), 1, /none: /);
  refused(await login(card, "--ca", "nowhere"), 1, /nowhere\/issuer.crt/);
  refused(await login(card, "--ca", "stranger"), 1, /of another issuer/);
  refused(await login(card, "--url", "http://127.0.0.1:1"), 1, /no service answers there/);
  for (const url of ["no url", "127.0.0.1:1", "http://127.0.0.1:1/path"]) {
    refused(await login(card, "--url", url), 1, /is no address of a service; give one like http:/);
  }
  refused(await login(card, "--service", "\u001b[2J"), 1, /a service's name has 1 to 200/);
  refused(await login("card.wafer"), 1, /no certificate; wafer enrol/);
  refused(await enrol("card.wafer"), 1, /is an image/);
  refused(await enrol(card, "--ca", "nowhere"), 1, /nowhere\/issuer.crt/);
  refused(await enrol(card, "--pin-tries", "2"), 2, /from 3 to 6/);
  const other = { env: { ...env, WAFER_PASSPHRASE: "another" } };
  refused(await shop.wafer(["enrol", card], other), 1, /issuer-key.json: wrong passphrase/);
  refused(await shop.wafer(["report-lost", "nobody"]), 1, /knows no card "nobody"/);
  refused(await shop.wafer(["ca", "burn", "authority"]), 2, /burn/);
});

tests("a lost card is refused, the other one is not", async () => {
  const [lost, found] = cards as [string, string];
  const number = numberOf(lost);
  assert.match(done(await shop.wafer(["report-lost", number])), /: lost; written .*status.crl/);
  refused(await login(lost), 1, /reported lost or ended on \d{4}-/);
  assert.match(done(await login(found)), /logged in/);
  assert.match(done(await shop.wafer(["report-lost", number])), /no certificate held any more/);
  done(await shop.wafer(["ca", "publish", "authority"]));
  refused(await login(lost), 1, /reported lost/);
});

tests("a batch is enrolled while it is issued, its cards' PIN is the product's", async () => {
  const args = ["issue", "social-security", "sample/batch.csv", "--image", "card.wafer"];
  args.push("--keystore", "keystore.json", "--ca", "stranger", "-o", "enrolled", "--json");
  refused(await shop.wafer(args), 1, /no key "identity-admin"/);
  done(await shop.wafer(["sample-keystore", "-o", "full.json"]));
  const second = args.map((arg) => (arg === "social-security" ? "social-security-2" : arg));
  refused(await shop.wafer(second), 1, /has no "identity", so its cards get no certificates/);
  const full = args.map((arg) => (arg === "keystore.json" ? "full.json" : arg));
  assert.is(json(await shop.wafer(full)).issued, 2);
  const card = `enrolled/cards/${numberOf(cards[0]!)}.card`;
  const login = ["login", card, "--ca", "stranger", "--json"];
  const entered = json(await shop.wafer(login, { env: { WAFER_PIN: "123456" } }));
  const [first] = shop.lines("enrolled/report.jsonl");
  assert.is(entered.serial, first!.certificate);
  assert.not.ok(shop.has("stranger/certificates.json.lock"));
});

tests("a blocked PIN stays blocked until the issuer gives a new one", async () => {
  const fresh = (card: string, pin: string, ...more: string[]) =>
    shop.wafer(["new-pin", card, "--keystore", "full.json", ...more], { env: { WAFER_PIN: pin } });
  const card = `enrolled/cards/${numberOf(cards[1]!)}.card`;
  const at = ["login", card, "--ca", "stranger"];
  const wrong = { env: { WAFER_PIN: "000000" } };
  for (let tries = 0; tries < 3; tries++) await shop.wafer(at, wrong);
  const right = { env: { WAFER_PIN: "123456" } };
  refused(await shop.wafer(at, right), 1, /the PIN is blocked; the issuer gives a new one/);
  refused(await fresh(card, "12"), 1, /6 to 8 digits/);
  const other = ["--administration-key", "ssc-irk"];
  refused(await fresh(card, "87654321", ...other), 1, /another administration key .* 14 tries/);
  refused(await fresh(cards[1]!, "87654321"), 1, /no administration key/);
  assert.match(done(await fresh(card, "87654321")), /: new PIN$/m);
  refused(await shop.wafer(at, right), 1, /wrong PIN; 2 tries/);
  assert.match(done(await shop.wafer(at, { env: { WAFER_PIN: "87654321" } })), /logged in/);
});

tests.run();
