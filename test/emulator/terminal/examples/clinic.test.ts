// The clinic's desk, from end to end: amounts, balances, records, receipts; and whom it refuses.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clinic } from "../../../../emulator/terminal/examples/clinic.ts";
import { CentreLine } from "../../../../emulator/terminal/examples/parts/client.ts";
import { enter, settle } from "../../../../emulator/terminal/examples/parts/clinic-desk.ts";
import { readFiles, whoIsIt } from "../../../../emulator/terminal/examples/parts/reader.ts";
import {
  type Receipt,
  ReceiptQueue,
} from "../../../../emulator/terminal/examples/parts/receipt.ts";
import { Story } from "../../../../emulator/terminal/examples/parts/story.ts";
import { atDesk, makePlace, onCard, rejects, steps, type TestPlace, told } from "./places.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const tests = suite("the clinic's desk");

const places = { 2: await makePlace(2), 3: await makePlace(3) };
tests.after(() => {
  for (const { remove } of Object.values(places)) remove();
});

const run = ({ place }: TestPlace, options = {}) =>
  told((story) => clinic(place, { folder: place.folder, ...options }, story));

const queueOf = ({ place }: TestPlace) => new ReceiptQueue(join(place.folder, "queue.jsonl"));

async function account({ place }: TestPlace) {
  const { book } = await place.centre();
  return book.account(place.rowOf(0).card_number!);
}

for (const generation of [2, 3] as const) {
  const here = places[generation];
  const { place } = here;

  tests(`${generation}.0 card: every amount of a day with and without network`, async () => {
    const all = await run(here);
    const [person] = steps(all, "person");
    assert.is(person!.name, place.rowOf(0).name);
    // 320.00: 70 % of what is above 50.00 is the fund's. 60.00 are on the card, 100.00 stay on it.
    const [big, ...small] = steps(all, "shares");
    assert.equal(big, {
      ...{ step: "shares", bill: 320_00, by: "the centre" },
      ...{ account: 131_00, self: 0, pool: 189_00, load: 171_00 },
    });
    assert.equal(
      small.map(({ by, bill, account }) => [by, bill, account]),
      [
        ["the desk", 45_60, 45_60],
        ["the desk", 12_00, 12_00],
        ["the desk", 12_00, 12_00],
      ],
    );
    const paid = steps(all, "paid").map(({ by, left }) => [by, left]);
    assert.equal(paid, [
      ["answer", 100_00],
      ["answer", 54_40],
      ["proof", 42_40],
      ["answer", 30_40],
    ]);
  });

  tests(`${generation}.0 card: card and centre agree, and nothing waits`, async () => {
    assert.is(await onCard(place, place.cardFile(0)), 30_40);
    const { onCard: known, credit, pool } = await account(here);
    assert.equal({ known, credit, pool }, { known: 30_40, credit: 329_00, pool: 189_00 });
    assert.equal(await queueOf(here).waiting(), []);
  });

  tests(`${generation}.0 card: five purchases and a load are its records, no more`, async () => {
    const records = await atDesk(place, place.cardFile(0), async ({ desk }) => {
      const files = await readFiles(desk, await whoIsIt(desk), "DF04EF08|$");
      return (files.DF04EF08 ?? []).map((record) => record.split("^"));
    });
    const shown = records.map(([number, type, terminal, , ...amounts]) => {
      assert.is(terminal, place.made.terminal);
      return [number, type, ...amounts.slice(0, 3).map((text) => Number.parseInt(text, 16))];
    });
    assert.equal(shown, [
      ["0005", "2", 12_00, 0, 0],
      ["0004", "2", 12_00, 0, 0],
      ["0003", "2", 0, 20_00, 0],
      ["0002", "2", 45_60, 0, 0],
      ["0001", "2", 131_00, 0, 189_00],
      ["0001", "1", 171_00, 0, 0],
    ]);
  });

  tests(`${generation}.0 card: without network receipts wait, and the card counts`, async () => {
    const before = { ...(await account(here)) };
    const all = await run(here, { offline: true });
    assert.is(steps(all, "paid").length, 3);
    const waiting = await queueOf(here).waiting();
    assert.equal(
      waiting.map(({ account, self }) => account + self),
      [45_60, 20_00, 12_00, 12_00],
    );
    assert.match(String(steps(all, "fee")[0]!.newest), /\^20\.00\^0\.00\^$/);
    assert.equal(await account(here), before);
    const counted = await atDesk(place, place.cardFile(0), async ({ desk }) =>
      readFiles(desk, await whoIsIt(desk), "DF04EF06|92|93|$"),
    );
    assert.equal(counted, { DF04EF06: ["00006960", "03"] });
  });

  tests(`${generation}.0 card: the next time with network they are handed in first`, async () => {
    const all = await run(here);
    const first = all.filter(({ step }) => /handed in|shares/.test(step)).slice(0, 5);
    assert.equal(
      first.map(({ step, said }) => [step, said]),
      [...Array.from({ length: 4 }, () => ["handed in", "booked"]), ["shares", undefined]],
    );
    assert.is((await account(here)).onCard, await onCard(place, place.cardFile(0)));
  });
}

tests("a purchase that the card did not do is done again, and is one", async () => {
  const all = await run(places[3]);
  const order = all.map(({ step }) => step).filter((step) => /paid/.test(step));
  assert.equal(order, ["paid", "paid", "paid", "not paid", "paid"]);
  const receipts = steps(all, "paid").map(({ receipt }) => receipt as Receipt);
  const [third, fourth] = receipts.slice(2).map(({ number }) => Number.parseInt(number, 16));
  // The PSAM never gives a number twice: the one of the purchase that was not is lost.
  assert.is(fourth! - third!, 2);
});

tests("the centre refuses a forged receipt and a repeated one", async () => {
  const [forged, repeated] = steps(await run(places[3]), "refused");
  assert.match(String(forged!.reason), /the TAC is not that of card W00000003/);
  assert.match(String(repeated!.reason), /was booked before/);
});

tests("a receipt that was forged in the queue is set aside with the reason", async () => {
  const here = places[3];
  const queue = queueOf(here);
  await run(here, { offline: true });
  const [first, ...others] = await queue.waiting();
  await queue.keepOnly([{ ...first!, self: first!.self + 1 }, ...others]);
  const said = steps(await run(here), "handed in").map((one) => one.said);
  assert.match(String(said[0]), /the TAC is not/);
  assert.equal(said.slice(1, 4), ["booked", "booked", "booked"]);
  const refused = readFileSync(`${queue.file}.refused`, "utf8").trim().split("\n");
  assert.is(refused.length, 1);
  assert.match(String(JSON.parse(refused[0]!).reason), /the TAC is not/);
});

tests("a card that must not pay without network does not", async () => {
  const { place } = places[2];
  const queue = queueOf(places[2]);
  const before = await queue.waiting();
  await atDesk(place, place.cardFile(0), async (stand) => {
    const line = new CentreLine("http://127.0.0.1:1");
    line.plugged = false;
    const office = { line, queue, lostFile: join(place.folder, "lost.txt") };
    const story = new Story();
    const desk = await enter(stand, office, story);
    await rejects(settle(desk, 300_01, story), /no network, and 300.01 is more than 300.00/);
    const bad = (items: string, data: string) =>
      stand.desk.iWriteCard(1, desk.person.info, `DF04EF06|${items}|$`, `DF04EF06|${data}|$`);
    assert.is((await bad("93", "09")).code, 0);
    await rejects(settle(desk, 1_00, story), /no network, and the card did so 09 times/);
    assert.is((await bad("90|93", "0|00")).code, 0);
    await rejects(settle(desk, 1_00, story), /no network, and the card does not permit/);
    assert.is((await bad("90", "1")).code, 0);
  });
  assert.equal(await queue.waiting(), before);
});

tests("without a centre, with a wrong PIN, with no card: one clear line", async () => {
  const here = places[3];
  await rejects(run(here, { centre: "http://127.0.0.1:1" }), /no insurance centre answers there/);
  process.env.WAFER_PIN = "0000";
  await rejects(run(here), /iReadCard: -51 .*剩余5次.*the PIN is wrong/);
  delete process.env.WAFER_PIN;
  const card = join(here.place.folder, "place.json");
  await rejects(run(here, { card }), /place.json: is no card file/);
});

tests("a card that was reported lost is kept, with the clinic's list also offline", async () => {
  const { place } = places[3];
  const card = place.cardFile(1);
  const centre = await place.centre();
  await centre.reportLost(place.rowOf(1).card_number!);
  await rejects(run(places[3], { card }), /card W\w+ was reported lost; keep it/);
  await rejects(run(places[3], { card, offline: true }), /was reported lost; keep it/);
});

tests("the script ends with one line and an exit code", () => {
  const script = "emulator/terminal/examples/clinic.ts";
  const args = ["--folder", places[3].place.folder, "--card", "README.md"];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", script, ...args],
    { cwd: ROOT, encoding: "utf8" },
  );
  assert.is(status, 1);
  assert.is(stdout, "");
  assert.match(stderr, /^wafer: README.md: is no card file[^\n]*\n$/);
  assert.ok(existsSync(places[3].place.psamFile));
});

// The last one: the centre of its own process keeps the book from here on.
tests("a centre that runs elsewhere serves a clinic, and ends when it is told to", async () => {
  const { place } = places[3];
  const args = [
    "--import",
    "tsx",
    "emulator/terminal/examples/centre.ts",
    "--folder",
    place.folder,
  ];
  const running = spawn(process.execPath, args, { cwd: ROOT });
  const ended = once(running, "exit");
  let output = "";
  for await (const part of running.stdout) {
    output += part;
    if (/http:\S+;/.test(output)) break;
  }
  const [centre = ""] = /http:\S+(?=;)/.exec(output) ?? [];
  const said = steps(await run(places[3], { centre }), "handed in").map((one) => one.said);
  assert.ok(said.length > 3 && said[0] === "booked", said.join());
  running.kill("SIGTERM");
  assert.equal(await ended, [0, null]);
});

tests.run();
