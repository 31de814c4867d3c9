// wafer issue, stopped and killed: the card in hand is finished or accounted for, nobody gets two.

import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeSampleBatch } from "../../../personalization/sample/sample-batch.ts";
import { complete, done, type Ran, refused, Workshop } from "./workshop.ts";

const interrupted = suite("wafer issue, interrupted");
let shop: Workshop;

interrupted.before(async () => {
  shop = await Workshop.open();
});
interrupted.after(() => shop.close());
interrupted.before.each(() => rmSync(shop.path("issued"), { recursive: true, force: true }));

const ISSUE = [
  ...["issue", "social-security", "sample/batch.csv", "--image", "card.wafer"],
  ...["--keystore", "keystore.json", "-o", "issued"],
];

interrupted(
  "Ctrl-C finishes the card in hand; the next run issues the rest, nobody twice",
  async () => {
    const rows = 100;
    await makeSampleBatch({ n: rows, seed: 4, directory: shop.path("sample") });
    const interrupted = await interrupt(2);
    assert.is(interrupted.exit, 1, interrupted.err);
    assert.match(
      interrupted.err,
      /^wafer: stopped before the end; run the same command again to go on$/m,
    );
    const [, count] = /^(\d+) of 100 cards issued/.exec(interrupted.out) ?? [];
    assert.ok(Number(count) >= 2 && Number(count) < rows, interrupted.out);
    assert.is(shop.files("issued/cards").length, Number(count));
    assert.is(shop.lines("issued/journal.jsonl").filter((line) => "spoiled" in line).length, 0);
    const text = done(await shop.wafer(ISSUE));
    assert.match(
      text,
      new RegExp(`^100 of 100 cards issued \\(${rows - Number(count)} now\\), 0 blanks`),
    );
    complete(shop, rows);
  },
);

interrupted("Ctrl-C while the batch is checked: at once, nothing begun", async () => {
  const rows = 60_000;
  await makeSampleBatch({ n: rows, seed: 6, directory: shop.path("sample") });
  const stopped = await shop.wafer(ISSUE, {
    during: async (child) => {
      // Seen twice: the command opens the batch for a moment before it checks it.
      for (let seen = 0; seen < 2 && child.exitCode === null; ) {
        if (reads(child.pid, "batch.csv")) seen++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      child.kill("SIGINT");
    },
  });
  refused(stopped, 1, /^wafer: stopped before a card was begun; run the same command again$/);
  assert.not.ok(shop.has("issued"));
});

/** Whether the process has a file of this name open. */
function reads(pid: number | undefined, name: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((file) => readlinkSync(join(folder, file)).endsWith(name));
  } catch {
    // The process, or the file, is gone between two looks.
    return false;
  }
}

/** Runs until so many cards are made, then sends the signal of Ctrl-C. */
function interrupt(cards: number): Promise<Ran> {
  return shop.wafer(ISSUE, {
    during: async (child) => {
      const made = () => shop.files("issued/cards").filter((name) => name.endsWith(".card"));
      const enough = () => shop.has("issued/cards") && made().length >= cards;
      while (!enough() && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      child.kill("SIGINT");
    },
  });
}

interrupted("killed without warning, it goes on as well", async () => {
  await makeSampleBatch({ n: 60, seed: 5, directory: shop.path("sample") });
  const killed = await shop.wafer(ISSUE, {
    during: async (child) => {
      while (shop.files("issued/cards").length < 2 && child.exitCode === null) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      child.kill("SIGKILL");
    },
  });
  assert.is(killed.exit, null);
  assert.match(
    done(await shop.wafer(ISSUE)),
    /^60 of 60 cards issued \(\d+ now\), [01] blanks spoiled$/m,
  );
  complete(shop, 60);
});

interrupted.run();
