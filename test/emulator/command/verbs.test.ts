// What each verb prints for people and for programs, and what it leaves behind.

import { statSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytes, hex } from "../../helpers/bytes.ts";
import { done, noSurprise, type Ran, Workshop } from "./workshop.ts";

const verbs = suite("the verbs");
let shop: Workshop;
let card: string;
let people: Record<string, string>[];

verbs.before(async () => {
  shop = await Workshop.open();
  [card = ""] = await shop.issue();
  const [header = "", ...rows] = shop.text("sample/batch.csv").trim().split("\n");
  people = rows.map((row) => {
    const fields = row.split(",");
    return Object.fromEntries(header.split(",").map((name, at) => [name, fields[at]!]));
  });
});
verbs.after(() => shop.close());

const json = (ran: Ran) => JSON.parse(done(ran));
const SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF00";

verbs("build writes the image, tells its sizes, and says which key signed", async () => {
  const text = await shop.wafer(["build", "-o", "made/twice.wafer"]);
  assert.match(done(text), /^image +\d+ bytes, SHA-256 [0-9a-f]{64}$/m);
  assert.match(text.out, /PUBLIC DEVELOPMENT KEY/);
  assert.match(text.out, /^written {2}made\/twice.wafer$/m);
  assert.is(hex(shop.bytes("made/twice.wafer")), hex(shop.bytes("card.wafer")));
  const args = ["build", "-o", "made/vendor.wafer", "--key", "vendor.pem", "--json"];
  const report = json(await shop.wafer(args));
  assert.is(report.file, "made/vendor.wafer");
  assert.is(report.imageBytes, shop.bytes("made/vendor.wafer").length);
  assert.is(report.signer.algorithm, "EdDSA");
  assert.equal(
    report.modules.map(({ name }: { name: string }) => name),
    ["kernel", "security-domain", "filesystem", "social-security", "identity"],
  );
  assert.equal(shop.files("made"), ["twice.wafer", "vendor.wafer"], "a part file stayed");
  const inspect = ["inspect", "made/vendor.wafer", "--trust", "vendor-public.pem", "--json"];
  const inspected = json(await shop.wafer(inspect));
  assert.is(inspected.signer.keyId, report.signer.keyId);
  assert.equal({ ...inspected, signer: "" }, { ...report, signer: "" });
});

verbs("inspect tells sizes against budgets, digests, instances and the signer", async () => {
  const text = done(await shop.wafer(["inspect", "card.wafer"]));
  for (const word of ["kernel", "filesystem", "social-security", "signer", "SHA-256", "chip"]) {
    assert.match(text, new RegExp(word));
  }
  const found = json(await shop.wafer(["inspect", "card.wafer", "--json"]));
  assert.is(found.chip.pageBytes * found.chip.pageCount, 128 * 1024);
  assert.is(found.code.budget, 512 * 1024);
  assert.is(found.ram.budget, 24 * 1024);
  assert.ok(found.ram.used > 0 && found.ram.used <= found.ram.budget);
  const [, , instance] = found.instances;
  assert.is(instance.aid, "7378312E73682EC9E7BBE1B1A3D5CF");
  assert.is(instance.module, "social-security");
});

verbs("apdu prints each exchange with its meaning", async () => {
  const text = done(await shop.wafer(["apdu", card, SELECT, "00 A4:02 00 02EF06", "00B2080014"]));
  const lines = text.trimEnd().split("\n");
  assert.match(lines[0]!, /^ATR 3B[0-9A-F]+$/);
  assert.is(lines[1], `>> ${SELECT}`);
  assert.match(lines[2]!, /^<< 6F[0-9A-F]+9000 {2}success$/);
  assert.is(lines[3], ">> 00A4020002EF06");
  assert.is(lines[6], "<< 6982  security status not satisfied");
  const found = json(await shop.wafer(["apdu", card, SELECT, "00FF0000", "--json"]));
  assert.is(found.file, card);
  assert.is(found.answerToReset, lines[0]!.slice(4));
  assert.equal(found.exchanges[1], {
    command: "00FF0000",
    response: "6D00",
    meaning: found.exchanges[1].meaning,
  });
});

verbs("--contactless answers with the ATS of the contactless interface", async () => {
  const text = done(await shop.wafer(["apdu", card, "--contactless", SELECT]));
  const [, ats = ""] = /^ATS ([0-9A-F]+)$/m.exec(text) ?? [];
  assert.is(bytes(ats)[0], ats.length / 2, "TL counts the ATS");
});

verbs("a card file is a card: a spent try stays spent, unless --no-keep", async () => {
  const wrongPin = "0020000003999999";
  const tries = async (...options: string[]) =>
    json(await shop.wafer(["apdu", card, SELECT, wrongPin, "--json", ...options])).exchanges[1]
      .response;
  const first = await tries("--no-keep");
  assert.match(first, /^63C[1-9]$/);
  assert.is(await tries(), first);
  assert.is(Number.parseInt(await tries(), 16), Number.parseInt(first, 16) - 1);
  done(await shop.wafer(["run", card], { input: `${SELECT}\n${wrongPin}\n` }));
  assert.is(Number.parseInt(await tries("--no-keep"), 16), Number.parseInt(first, 16) - 3);
  done(await shop.wafer(["apdu", card, SELECT, "0020000003123456"]));
  assert.is(await tries("--no-keep"), first);
});

verbs("the same seed gives the same random numbers", async () => {
  const challenge = async (seed: string) =>
    json(await shop.wafer(["apdu", "card.wafer", SELECT, "0084000008", "--json", "--seed", seed]))
      .exchanges[1].response;
  assert.is(await challenge("7"), await challenge("7"));
  assert.is.not(await challenge("7"), await challenge("8"));
});

verbs("run answers standard input line by line", async () => {
  const input = `# a comment\n\n${SELECT}\nreset\n00FF0000\n`;
  const text = done(await shop.wafer(["run", card], { input }))
    .trimEnd()
    .split("\n");
  assert.is(text.length, 4);
  assert.is(text[2], text[0]);
  assert.is(text[3], "6D00");
  const events = done(await shop.wafer(["run", card, "--json"], { input }))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(
    events.map(({ kind }) => kind),
    ["atr", "response", "atr", "response"],
  );
});

verbs("run --save keeps a card made of an image; Ctrl-C keeps it too", async () => {
  done(await shop.wafer(["run", "card.wafer", "--save", "made/blank.card"], { input: "" }));
  assert.match(done(await shop.wafer(["apdu", "made/blank.card", "00FF0000"])), /6D00/);
  assert.is(statSync(shop.path("made/blank.card")).mode & 0o777, 0o600);
  const ran = await shop.shell(
    "mkfifo pipe; (exec 3<>pipe; wafer run card.wafer --save made/signal.card <&3 >out.txt & " +
      "for i in $(seq 200); do grep -q ATR out.txt && break; sleep 0.05; done; " +
      "kill -INT $!; wait $!; echo exit $?)",
  );
  assert.match(ran.out, /exit 0/, ran.err);
  assert.ok(shop.has("made/signal.card"));
});

verbs("read decodes what the batch holds", async () => {
  const [person] = people;
  const portrait = ["--keystore", "keystore.json", "--portrait", "made/face.jpg"];
  const ran = await shop.wafer(["read", card, ...portrait]);
  const text = done(ran);
  assert.is(ran.err, "");
  for (const name of ["name", "id_number", "card_number", "birth_date", "expiry_date"]) {
    assert.ok(text.includes(person![name]!), `${name} ${person![name]} is missing in\n${text}`);
  }
  // The file of the batch with a comment that brings it to the length of the card's file.
  const [face, given] = [shop.bytes("made/face.jpg"), shop.bytes(`sample/${person!.portrait}`)];
  assert.is(face.length, 4096);
  const behind = face.length - given.length + 20;
  assert.ok(hex(face.subarray(behind)) === hex(given.subarray(20)), "another picture");
  const found = json(await shop.wafer(["read", card, "--keystore", "keystore.json", "--json"]));
  assert.is(found.issuance.cardNumber, person!.card_number);
  assert.is(found.cardholder.name, person!.name);
  assert.is(found.cardholder.socialSecurityNumber, person!.id_number);
  assert.is(found.portraitBytes, shop.bytes("made/face.jpg").length);
});

verbs(
  "read without keys shows what is free, and says what is missing on standard error",
  async () => {
    const ran = await shop.wafer(["read", card]);
    assert.match(done(ran), /card number/);
    assert.not.match(ran.out, new RegExp(people[0]!.name!));
    assert.match(ran.err, /add --keystore/);
    assert.not.ok("cardholder" in json(await shop.wafer(["read", card, "--json"])));
  },
);

verbs("sample-batch: the same seed, the same bytes", async () => {
  const args = ["sample-batch", "-n", "4", "--seed", "9"];
  const text = done(await shop.wafer([...args, "-o", "one"]));
  assert.match(text, /^4 cardholders in one\/batch.csv$/m);
  const found = json(await shop.wafer([...args, "-o", "two", "--json"]));
  assert.is(found.rows, 4);
  assert.is(shop.text("one/batch.csv"), shop.text("two/batch.csv"));
});

verbs("sample-keystore: names and check values, a file for its owner alone", async () => {
  const ran = await shop.wafer(["sample-keystore", "-o", "made/keys.json", "--json"]);
  const { file, keys } = json(ran);
  assert.is(file, "made/keys.json");
  assert.ok(keys.length >= 7);
  for (const { name, kind, checkValue, ...rest } of keys) {
    assert.ok(name && kind);
    assert.match(checkValue, /^[0-9A-F]{6}$/);
    assert.equal(rest, {}, "something more than a check value is told");
  }
  assert.is(statSync(shop.path("made/keys.json")).mode & 0o777, 0o600);
  assert.match(ran.err, /PUBLIC/);
});

for (const args of [
  ["--help"],
  ["inspect", "card.wafer"],
  ["inspect", "card.wafer", "--json"],
  ["apdu", "card.wafer", ...Array(60).fill("00A40400")],
  ["run", "card.wafer"],
]) {
  verbs(`a reader that leaves early: wafer ${args.slice(0, 3).join(" ")} | head -1`, async () => {
    shop.write("many", "00A40400\n".repeat(500));
    const ran = await shop.shell(
      `set -o pipefail; wafer ${args.join(" ")} < many | head -1; echo "\${PIPESTATUS[0]}"`,
    );
    assert.match(ran.out, /\n0\n$/, ran.err);
    assert.is(ran.err, "");
    // Gone before the first byte.
    const gone = await shop.shell(
      `wafer ${args.join(" ")} < many | true; echo "\${PIPESTATUS[0]}"`,
    );
    assert.is(gone.out, "0\n", gone.err);
    assert.is(gone.err, "");
  });
}

verbs("output that cannot be written is one line", async () => {
  const ran = await shop.shell("wafer inspect card.wafer > /dev/full");
  assert.is(ran.exit, 1);
  assert.is(ran.err, "wafer: standard output: the disk is full; make room and run again\n");
  noSurprise(ran);
});

verbs.run();
