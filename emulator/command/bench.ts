// npm run bench: how fast the emulated card is, and how much it needs. Goals stand beside the
// figures; nothing fails here, since a time says as much about the machine as about the code.

import { execFileSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildFromProfile } from "../../assembler/build.ts";
import { defaultCache } from "../../assembler/compiler/cache.ts";
import type { Image } from "../../assembler/image/types.ts";
import { issueBatch } from "../../personalization/batch/issue.ts";
import { loadProduct } from "../../personalization/products/load.ts";
import { makeSampleBatch } from "../../personalization/sample/sample-batch.ts";
import { makeSampleKeystore } from "../../personalization/sample/sample-keystore.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { Card } from "../card.ts";
import * as bench from "./bench/bench-card.ts";
import { type Figure, KIB } from "./bench/figure.ts";
import { microseconds } from "./bench/measure.ts";
import { sizeFigures } from "./bench/sizes.ts";
import { EmulatedBlanks } from "./emulated-blanks.ts";
import { fail, watchOutput } from "./fail.ts";
import { print, printJson } from "./print.ts";
import { fileOrBundled, PRODUCTS, PROFILES, projectRoot } from "./project.ts";

const ISSUED = 100;
const FLEET = 10_000;
const folder = join(projectRoot(), "build", "bench");

function rate(card: Card, name: string, command: Uint8Array, goal?: number): Figure {
  card.exchange(bench.SELECT_EF);
  const response = card.exchange(command);
  const sw = ((response.at(-2) ?? 0) << 8) | (response.at(-1) ?? 0);
  if (sw !== SW_SUCCESS) throw new Error(`${name} answers ${sw.toString(16)}: nothing to measure`);
  const value = 1e6 / microseconds(() => card.exchange(command));
  return { name, value, unit: "/s", better: "more", ...(goal === undefined ? {} : { goal }) };
}

const time = (name: string, value: number, goal?: number): Figure => {
  return { name, value, unit: "µs", better: "less", ...(goal === undefined ? {} : { goal }) };
};

function commandFigures(card: Card): Figure[] {
  return [
    rate(card, "SELECT by AID", bench.SELECT, 1e6),
    rate(card, "READ BINARY 16", bench.READ_16, 1e6),
    rate(card, "READ BINARY 256", bench.READ_256, 1e6),
    rate(card, "UPDATE BINARY 16", bench.UPDATE_16, 3e5),
    rate(card, "VERIFY", bench.VERIFY),
  ];
}

function lifeFigures(card: Card, image: Image): Figure[] {
  const snapshot = card.snapshot();
  const restoreAfter = (command: Uint8Array) => () => {
    card.exchange(command);
    card.restore(snapshot);
  };
  const update = microseconds(() => card.exchange(bench.UPDATE_16));
  card.restore(snapshot);
  return [
    time(
      "boot of a blank",
      microseconds(() => void Card.boot(image, { seed: 1 })),
      5000,
    ),
    time(
      "boot of this card",
      microseconds(() => {
        card.powerOff();
        card.powerOn();
      }),
      5000,
    ),
    time(
      "warm reset",
      microseconds(() => void card.reset()),
      5,
    ),
    time(
      "snapshot",
      microseconds(() => void card.snapshot()),
    ),
    time(
      "restore, nothing written",
      microseconds(() => card.restore(snapshot)),
      2,
    ),
    time("restore after an UPDATE", microseconds(restoreAfter(bench.UPDATE_16)) - update, 2),
  ];
}

async function issueFigure(image: Image): Promise<Figure> {
  const productPath = fileOrBundled("social-security", PRODUCTS);
  const keystore = makeSampleKeystore(await loadProduct(productPath));
  const batch = await makeSampleBatch({ n: ISSUED, seed: 1, directory: join(folder, "sample") });
  const start = performance.now();
  await issueBatch({
    productPath,
    batchPath: batch.path,
    keyService: keystore.service(),
    cards: new EmulatedBlanks(image, join(folder, "cards"), { seed: 1 }),
    reportPath: join(folder, "report.jsonl"),
    journalPath: join(folder, "journal.jsonl"),
  });
  const value = (ISSUED * 1000) / (performance.now() - start);
  return { name: "cards personalized", value, unit: "/s", better: "more" };
}

/** Cards alive at once, in a process of its own. */
async function fleetFigures(card: Card, image: Image): Promise<Figure[]> {
  const imagePath = join(folder, "bench.wafer");
  const cardPath = join(folder, "bench.card");
  await writeFile(imagePath, image.bytes);
  await writeFile(cardPath, card.save());
  const script = join(projectRoot(), "emulator", "command", "bench", "fleet.ts");
  const flags = ["--disable-wasm-trap-handler", "--import", "tsx"];
  const args = [...flags, script, imagePath, cardPath, String(FLEET)];
  const { answering, bytesEach } = JSON.parse(
    execFileSync(process.execPath, args, { encoding: "utf8" }),
  );
  return [
    { name: "cards alive in one process", value: answering, unit: "", goal: FLEET, better: "more" },
    { name: "memory of each", value: bytesEach / KIB, unit: "KiB", better: "less" },
  ];
}

function line({ name, value, unit, goal, better }: Figure): string {
  const digits = value >= 1000 ? 0 : value >= 10 ? 1 : 2;
  const shown = value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const text = `${name.padEnd(28)} ${shown.padStart(12)} ${unit.padEnd(4)}`;
  if (goal === undefined) return text;
  const met = better === "more" ? value >= goal : value <= goal;
  const ratio = better === "more" ? value / goal : goal / value;
  return `${text}  goal ${goal.toLocaleString("en")}: ${met ? "met" : "MISSED"}, ${ratio.toFixed(2)} ×`;
}

async function main(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const root = projectRoot();
  const profile = fileOrBundled("reference", PROFILES);
  const image = await buildFromProfile(profile, { root, cache: defaultCache(root) });
  const card = await bench.makeBenchCard(image);
  const fleet = await fleetFigures(card, image);
  card.reset();
  card.exchange(bench.SELECT);
  const figures = [
    ...commandFigures(card),
    ...lifeFigures(card, image),
    await issueFigure(image),
    ...fleet,
    ...sizeFigures(image),
  ];
  if (process.argv.includes("--json")) printJson({ node: process.version, figures });
  else for (const figure of figures) print(line(figure));
}

watchOutput();
main().catch(async (error: unknown) => {
  process.exitCode = await fail(error);
});
