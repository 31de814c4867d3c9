// The batch runner over doubles: what a card gets, and that nobody is lost or served twice,
// wherever a run stops.

import { readFileSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { IssueError, type IssueSummary } from "../../../personalization/batch/issue.ts";
import { bytes, hex } from "../../../personalization/bytes.ts";
import {
  JournalError,
  KeystoreError,
  OutOfBlanksError,
  TransportError,
} from "../../../personalization/errors.ts";
import { Keystore } from "../../../personalization/keys/keystore.ts";
import { decodeGb18030 } from "../../../personalization/text/gb18030.ts";
import { Bureau, Feeder } from "../helpers/bureau.ts";
import { removedAt } from "../helpers/double-card.ts";
import { rejection } from "../helpers/rejection.ts";

const ROWS = 3;
const issue = suite("issue");
let bureau: Bureau;

issue.before(async () => {
  bureau = await Bureau.open(ROWS);
});
issue.after(() => bureau.close());
issue.before.each(() => bureau.restart());

/** Card numbers of the batch, in order. */
function people(): string[] {
  return bureau.csv
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",")[9]!);
}

/** Everybody has exactly one issued card, that card was saved, and every blank is accounted for. */
function everybodyOnce(feeders: readonly Feeder[], summary: IssueSummary): void {
  const issued = bureau.report.filter(({ status }) => status === "issued");
  const spoiled = bureau.report.filter(({ status }) => status === "spoiled");
  assert.equal(
    issued.map(({ card }) => card),
    people(),
  );
  const taken = feeders.flatMap((feeder) => feeder.taken);
  const saved = taken.filter(({ savedAs }) => savedAs.length > 0);
  for (const { card, blank } of issued) {
    assert.ok(saved.some((one) => one.serial === blank && one.savedAs.includes(String(card))));
  }
  const blanks = bureau.report.map(({ blank }) => blank);
  assert.is(new Set(blanks).size, blanks.length, "a blank stands twice in the report");
  assert.equal([summary.issued, summary.spoiled], [ROWS, spoiled.length]);
  assert.ok(summary.complete);
}

issue("makes each row a card that a terminal can read", async () => {
  const feeder = new Feeder();
  const summary = await bureau.issue(feeder);
  assert.equal(summary, {
    rows: ROWS,
    issued: ROWS,
    issuedNow: ROWS,
    spoiled: 0,
    complete: true,
    publicTransportKeys: true,
  });
  everybodyOnce([feeder], summary);
  const [name, id, sex, ethnic, birthplace, birth, region, , , number, serial] = bureau.csv
    .split("\n")[1]!
    .split(",");
  const { card } = feeder.taken[0]!;
  const records = (file: number) => card.files.get(file)!.records;
  const value = (file: number, tag: number) =>
    records(file)
      .find((record) => record[0] === tag)!
      .subarray(2);
  assert.equal(
    records(0xef05).map((record) => [record[0], record[1], record.length]),
    [
      [1, 16],
      [2, 1],
      [3, 4],
      [4, 12],
      [5, 4],
      [6, 4],
      [7, 9],
    ].map(([t, l]) => [t, l, l! + 2]),
  );
  assert.equal(
    records(0xef06).map((record) => [record[0], record[1], record.length]),
    [
      [8, 18],
      [9, 30],
      [0x4e, 20],
      [10, 1],
      [11, 1],
      [12, 3],
      [13, 4],
    ].map(([t, l]) => [t, l, l! + 2]),
  );
  assert.is(decodeGb18030(value(0xef06, 9)).replace(/\0+$/, ""), name);
  assert.is(Buffer.from(value(0xef06, 8)).toString("latin1"), id);
  assert.is(Buffer.from(value(0xef06, 10)).toString("latin1"), sex);
  assert.is(hex(value(0xef06, 11)), ethnic);
  assert.is(hex(value(0xef06, 12)), birthplace);
  assert.is(hex(value(0xef06, 13)), birth!.replaceAll("-", ""));
  assert.is(Buffer.from(value(0xef05, 7)).toString("latin1"), number);
  assert.is(hex(value(0xef05, 3)), hex(Buffer.from("3.00")));
  const identification = hex(value(0xef05, 1));
  assert.is(identification.slice(0, 24), `${region}D156000005${serial}`);
  assert.is(bureau.report[0]!.identification_code, identification);
  // Region in bytes 8-9 and serial in bytes 10-13 of the historical bytes; part 2, 8.4.
  assert.is(card.domainData.get("5F52")!.slice(14), region!.slice(0, 4) + serial);
  assert.is(card.domainData.get("9F7F")!.length, 84);
  const portrait = card.files.get(0xef08)!.content;
  assert.equal([portrait[0], portrait[1], portrait.length], [0xff, 0xd8, 4096]);
  assert.is(card.set.version, 0x30);
  assert.ok(card.activated);
});

issue("no two cards share a key, and none keeps the transport key", async () => {
  const feeder = new Feeder();
  await bureau.issue(feeder);
  const keys = feeder.taken.flatMap(({ card }) => [
    ...[card.set.enc, card.set.mac, card.set.dek].map(hex),
    ...[...card.keys.values()].map(hex),
  ]);
  assert.is(keys.length, ROWS * 8);
  assert.is(new Set(keys).size, keys.length);
  assert.not.ok(keys.includes("404142434445464748494A4B4C4D4E4F"));
});

issue("a card removed at any command: one line, and the next run finishes", async () => {
  let commands = 0;
  for (let cut = 0; ; cut++) {
    bureau.restart();
    const first = new Feeder();
    first.prepare = (card, sequence) => {
      if (sequence === 2) card.line = removedAt(cut);
    };
    const error = await bureau.issue(first).catch((caught: unknown) => caught);
    if (!(error instanceof Error)) {
      assert.is(cut, first.taken[1]!.card.commands, "the second card was cut at every command");
      commands = cut;
      break;
    }
    assert.instance(error, IssueError);
    assert.instance(error.cause, TransportError);
    assert.match(
      error.message,
      /^row 2, card \w{9}, blank B2: the card was removed; 1 of 3 cards are issued, 1 blanks spoiled: run the same command again to go on$/,
    );
    assert.ok(first.taken[1]!.discarded);
    const second = new Feeder();
    const summary = await bureau.issue(second);
    assert.equal([summary.issuedNow, summary.spoiled], [2, 1]);
    assert.equal(
      second.taken.map(({ serial }) => serial),
      ["B3", "B4"],
    );
    everybodyOnce([first, second], summary);
  }
  assert.ok(commands > 40, `a card takes only ${commands} commands: this test proves little`);
});

issue("killed at any byte of the journal: the next run finishes, nobody twice", async () => {
  const first = new Feeder();
  await bureau.issue(first);
  const journal = readFileSync(bureau.journalPath);
  const serials: string[] = [];
  for (let cut = 0; cut <= journal.length; cut += 23) {
    writeFileSync(bureau.journalPath, journal.subarray(0, cut));
    const feeder = new Feeder();
    const summary = await bureau.issue(feeder);
    // Before the cut the first run's cards were saved too.
    everybodyOnce([first, feeder], summary);
    const before = journal.subarray(0, cut).toString().split("\n").slice(0, -1);
    const count = (what: string) => before.filter((line) => line.startsWith(`{"${what}"`)).length;
    assert.is(summary.issuedNow, ROWS - count("issued"), `cut at ${cut}`);
    assert.is(summary.spoiled, count("begun") - count("issued"), `cut at ${cut}`);
    serials.push(...feeder.taken.map(({ serial }) => serial));
    // What the run left behind is whole: one more run reads it and has nothing to do.
    assert.is((await bureau.issue(new Feeder())).issuedNow, 0, `cut at ${cut}`);
  }
  assert.ok(serials.length > ROWS);
});

issue("an aborted run finishes the card in hand and goes on later", async () => {
  const controller = new AbortController();
  const first = new Feeder();
  first.prepare = (card, sequence) => {
    if (sequence !== 2) return;
    card.line = (index, _command, answer) => {
      if (index === 10) controller.abort();
      return answer();
    };
  };
  const stopped = await bureau.issue(first, controller.signal);
  assert.equal([stopped.issued, stopped.spoiled, stopped.complete], [2, 0, false]);
  const second = new Feeder();
  const summary = await bureau.issue(second);
  assert.is(second.taken.length, 1);
  everybodyOnce([first, second], summary);
});

issue("a finished batch run again touches no card", async () => {
  await bureau.issue(new Feeder());
  const before = readFileSync(bureau.journalPath, "utf8");
  const feeder = new Feeder();
  const summary = await bureau.issue(feeder);
  assert.equal([feeder.taken.length, summary.issuedNow, summary.complete], [0, 0, true]);
  assert.is(readFileSync(bureau.journalPath, "utf8"), before);
  assert.is(bureau.report.length, ROWS);
});

issue("no blank left: says so and goes on later", async () => {
  const first = new Feeder();
  first.left = 1;
  const error = await rejection(bureau.issue(first));
  assert.instance(error, OutOfBlanksError);
  assert.is(
    error.message,
    "no blank card left before row 2; 1 of 3 cards are issued, 0 blanks spoiled: feed blanks and run again",
  );
  const second = new Feeder();
  everybodyOnce([first, second], await bureau.issue(second));
});

issue("a blank fed a second time is refused before it is touched", async () => {
  const first = new Feeder();
  first.left = 1;
  await rejection(bureau.issue(first));
  const again = new Feeder();
  const cards = { next: () => again.next(1) };
  const error = await rejection(bureau.issue(cards));
  assert.instance(error, JournalError);
  assert.match(error.message, /blank B1 was taken before; feed a fresh one/);
  assert.is(again.taken[0]!.card.commands, 0);
});

issue("a blank without the product's application: refused, unwritten and not spoiled", async () => {
  const feeder = new Feeder();
  feeder.aid = "A0000001510001";
  const error = await rejection(bureau.issue(feeder));
  assert.instance(error, IssueError);
  assert.match(error.message, /^blank B1 is none for product .* has no application 7378312E/);
  assert.match(error.message, /; nothing was written/);
  assert.ok(feeder.taken[0]!.discarded);
  assert.is(bureau.journal.length, 1, "no blank is begun, and none spoiled");
  assert.ok((await bureau.issue(new Feeder())).complete);
});

issue("a card with other transport keys is refused and spoiled", async () => {
  const feeder = new Feeder();
  feeder.prepare = (card) => {
    card.set = { ...card.set, mac: bytes("00112233445566778899AABBCCDDEEFF") };
  };
  const error = await rejection(bureau.issue(feeder));
  assert.instance(error, IssueError);
  assert.match(
    error.message,
    /card cryptogram is wrong for key version FF: the card holds other keys than "transport"/,
  );
  assert.match(error.message, /are the keystore's transport keys those of the blanks\?/);
  assert.is(bureau.report[0]!.status, "spoiled");
});

const faults: readonly (readonly [string, number, (answer: Uint8Array) => Uint8Array, RegExp])[] = [
  ["a record changed", 0xb2, (a) => turn(a, 3), /record 1 of EF05 differs/],
  [
    "a portrait byte changed",
    0xb0,
    (a) => turn(a, 200),
    /EF08 differs from what was written, from byte 0 on/,
  ],
  [
    "a file readable without its key",
    0xb2,
    (a) => (hex(a) === "6982" ? bytes("000000009000") : a),
    /EF06 must refuse reading with 6982, but answered 9000/,
  ],
  ["a wrong proof", 0x88, (a) => turn(a, 0), /proves another key/],
  [
    "a PIN that does not verify",
    0x20,
    () => bytes("63C5"),
    /VERIFY: card answered 63C5 \(verification failed, 5 tries left\)/,
  ],
  [
    "more records than written",
    0xb2,
    (a) => (hex(a) === "6A83" ? bytes("02019000") : a),
    /EF05 holds more than the 7 records written/,
  ],
];
for (const [what, instruction, change, message] of faults) {
  issue(`read-back finds ${what}`, async () => {
    const feeder = new Feeder();
    feeder.prepare = (card) => {
      card.line = (_index, command, answer) =>
        command[0] === 0x00 && command[1] === instruction ? change(answer()) : answer();
    };
    const error = await rejection(bureau.issue(feeder));
    assert.instance(error, IssueError);
    assert.match(error.message, message);
    assert.equal(feeder.saved, []);
    assert.is(bureau.report[0]!.status, "spoiled");
  });
}

issue("read-back finds historical bytes that are another card's", async () => {
  const feeder = new Feeder();
  feeder.prepare = (card) => {
    card.line = (_index, command, answer) => {
      const response = answer();
      if (command[1] === 0xd8) card.domainData.set("5F52", "57");
      return response;
    };
  };
  assert.match(
    (await rejection(bureau.issue(feeder))).message,
    /ATR does not carry the historical bytes/,
  );
});

issue("a card that cannot be saved is not issued", async () => {
  const feeder = new Feeder();
  const cards = {
    next: async (sequence: number) => ({
      ...(await feeder.next(sequence))!,
      save: () => Promise.reject(new Error("disk full: secret path")),
    }),
  };
  const error = await rejection(bureau.issue(cards));
  assert.match(error.message, /: the card or its line failed; 0 of 3 cards/);
  assert.equal(
    bureau.report.map(({ status, reason }) => [status, reason]),
    [["spoiled", "the card or its line failed"]],
  );
});

issue(
  "the journal refuses another batch, another product, another key, and a damaged line",
  async () => {
    const feeder = new Feeder();
    feeder.left = 2;
    await rejection(bureau.issue(feeder));
    const report = readFileSync(bureau.reportPath, "utf8");
    const refused = async (pattern: RegExp) => {
      const fresh = new Feeder();
      const error = await rejection(bureau.issue(fresh));
      assert.instance(error, JournalError);
      assert.match(error.message, pattern);
      assert.is(fresh.taken.length, 0);
      assert.is(
        readFileSync(bureau.reportPath, "utf8"),
        report,
        "the other batch's report is kept",
      );
    };
    const csv = bureau.csv;
    bureau.csv = csv.replace("2036", "2035");
    await refused(/belongs to another batch file/);
    bureau.csv = csv;

    const product = bureau.productPath;
    bureau.productPath = `${bureau.folder}/other.yaml`;
    writeFileSync(bureau.productPath, `${readFileSync(product, "utf8")}# another edition\n`);
    await refused(/belongs to another product file/);
    bureau.productPath = product;

    const keystore = bureau.keystore;
    const other = new Keystore();
    for (const { name, kind, length } of keystore.list()) other.generate(name, kind, length);
    bureau.keystore = other;
    await refused(/was begun with another key "transport"/);
    bureau.keystore = keystore;

    const journal = readFileSync(bureau.journalPath, "utf8").split("\n");
    const damaged = [journal[0], '{"issued":', ...journal.slice(2)].join("\n");
    writeFileSync(bureau.journalPath, damaged);
    await refused(/journal\.jsonl:2: damaged line; restore the backup/);
    const twice = [...journal.slice(0, 3), journal[2], ...journal.slice(3)].join("\n");
    writeFileSync(bureau.journalPath, twice);
    await refused(/journal\.jsonl:4: entry out of order/);
    writeFileSync(bureau.journalPath, "hello\nworld\n");
    await refused(/journal\.jsonl:1: damaged line|not a journal/);
  },
);

issue("two runs at once: the second is refused", async () => {
  const feeder = new Feeder();
  let second: Promise<Error> | undefined;
  feeder.prepare = (_card, sequence) => {
    if (sequence === 1) second = rejection(bureau.issue(new Feeder()));
  };
  const summary = await bureau.issue(feeder);
  const error = await second!;
  assert.instance(error, JournalError);
  assert.match(error.message, /works on this; wait for its end/);
  everybodyOnce([feeder], summary);
});

issue("a missing master key is named before any card is taken", async () => {
  const keystore = bureau.keystore;
  bureau.keystore = new Keystore();
  bureau.keystore.generate("ssc-irk", "sm4");
  const feeder = new Feeder();
  const error = await rejection(bureau.issue(feeder));
  bureau.keystore = keystore;
  assert.instance(error, KeystoreError);
  assert.is(error.message, 'the keystore has no key "ssc-stk"; it has: ssc-irk');
  assert.is(feeder.taken.length, 0);
});

issue("report and journal hold no key, no PIN, no identity number and no name", async () => {
  const feeder = new Feeder();
  feeder.prepare = (card, sequence) => {
    if (sequence === 2) card.line = removedAt(30);
  };
  const printed = [(await rejection(bureau.issue(feeder))).message];
  const log = console.log;
  console.log = (...parts: unknown[]) => printed.push(parts.join(" "));
  const second = new Feeder();
  await bureau.issue(second);
  console.log = log;
  const text = [
    readFileSync(bureau.reportPath, "utf8"),
    readFileSync(bureau.journalPath, "utf8"),
    ...printed,
  ].join("\n");
  const secrets = ["123456", "404142434445464748494A4B4C4D4E4F"];
  for (const { card } of [...feeder.taken, ...second.taken]) {
    secrets.push(...[card.set.enc, card.set.mac, card.set.dek, ...card.keys.values()].map(hex));
  }
  for (const line of bureau.csv.trim().split("\n").slice(1)) {
    const [name, id] = line.split(",");
    secrets.push(name!, id!, hex(Buffer.from(id!)), id!.slice(6, 14));
  }
  assert.ok(secrets.length > 20);
  for (const secret of secrets) {
    assert.not.ok(text.toUpperCase().includes(secret.toUpperCase()), `found ${secret}`);
  }
});

function turn(answer: Uint8Array, at: number): Uint8Array {
  if (answer.length <= at + 2) return answer;
  const changed = answer.slice();
  changed[at]! ^= 0x40;
  return changed;
}

issue.run();
