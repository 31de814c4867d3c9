// npm start: from sources to a person's card, in one go. Everything made lies in build/start.

import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { buildFromProfile } from "../../assembler/build.ts";
import { defaultCache } from "../../assembler/compiler/cache.ts";
import { readImage } from "../../assembler/image/read.ts";
import type { Image } from "../../assembler/image/types.ts";
import { formatInspection, inspectImage } from "../../assembler/inspect.ts";
import { DEVELOPMENT_TRUSTED } from "../../assembler/keys/development.ts";
import { issueBatch } from "../../personalization/batch/issue.ts";
import { loadProduct } from "../../personalization/products/load.ts";
import { makeSampleBatch } from "../../personalization/sample/sample-batch.ts";
import { makeSampleKeystore } from "../../personalization/sample/sample-keystore.ts";
import { Card } from "../card.ts";
import { EmulatedBlanks } from "./emulated-blanks.ts";
import { fail, watchOutput } from "./fail.ts";
import { hex, print, progress } from "./print.ts";
import { fileOrBundled, PRODUCTS, PROFILES, projectRoot } from "./project.ts";
import { readAndShow } from "./read-and-show.ts";

const CARDS = 20;
const SEED = 1;

const root = projectRoot();
const folder = join(root, "build", "start");
const at = (...names: string[]) => join(folder, ...names);
const shown = (path: string) => relative(process.cwd(), path);
const timings: [string, number][] = [];

/** Runs a step and notes how long it took. */
async function timed<T>(what: string, step: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await step();
  timings.push([what, performance.now() - start]);
  return result;
}

async function buildImage(): Promise<Image> {
  const bar = await progress();
  const image = await buildFromProfile(fileOrBundled("reference", PROFILES), {
    root,
    cache: defaultCache(root),
    onProgress: (step, done, total) => bar.update(done, total, step),
  }).finally(() => bar.stop());
  await writeFile(at("reference.wafer"), image.bytes);
  return readImage(image.bytes, DEVELOPMENT_TRUSTED, at("reference.wafer"));
}

async function issue(image: Image) {
  const productPath = fileOrBundled("social-security", PRODUCTS);
  const keystore = makeSampleKeystore(await loadProduct(productPath));
  const passphrase = randomBytes(18).toString("base64url");
  await writeFile(at("passphrase"), `${passphrase}\n`, { mode: 0o600 });
  await keystore.save(at("keystore.json"), passphrase);
  const batch = await makeSampleBatch({ n: CARDS, seed: SEED, directory: at("sample") });
  const keyService = keystore.service();
  const bar = await progress();
  await timed(`issue ${CARDS} cards`, () =>
    issueBatch({
      productPath,
      batchPath: batch.path,
      keyService,
      cards: new EmulatedBlanks(image, at("cards"), { seed: SEED }),
      reportPath: at("report.jsonl"),
      journalPath: at("journal.jsonl"),
      onProgress: ({ done, total }) => bar.update(done, total ?? done, "issuing"),
    }),
  ).finally(() => bar.stop());
  return keyService;
}

async function showReport(): Promise<string[]> {
  const lines = (await readFile(at("report.jsonl"), "utf8")).trim().split("\n");
  const cards = lines.map((line) => JSON.parse(line));
  for (const { row, status, card, identification_code, checks, blank } of cards) {
    const made = `${String(row).padStart(2)}  card ${card}  code ${identification_code}`;
    print(`${made}  ${status}, ${checks} checks, blank ${blank}`);
  }
  return cards.map(({ card }) => card);
}

async function start(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  print("Compile, verify, lay out and sign: the chip image\n\n");
  const image = await timed("build the image", buildImage);
  print(formatInspection(inspectImage(image)));

  const blank = await timed("boot a blank", () => Card.boot(image, { seed: SEED }));
  print(`\nBoot: the chip answers to reset with ATR ${hex(blank.reset())}`);

  print(`\nPersonalize: ${CARDS} synthetic cardholders\n\n`);
  const keys = await issue(image);
  const [first = ""] = await showReport();

  const file = at("cards", `${first}.card`);
  print(`\nRead back: ${shown(file)}, as a desk does\n\n`);
  const bytes = new Uint8Array(await readFile(file));
  const card = Card.load(bytes, { trusted: DEVELOPMENT_TRUSTED, name: file });
  const content = await timed("read one card", () => readAndShow(card, keys));
  await writeFile(at("portrait.jpg"), content.portrait ?? new Uint8Array());

  print("\nTimes\n\n");
  for (const [what, ms] of timings) print(`${what.padEnd(20)} ${ms.toFixed(1).padStart(9)} ms`);
  print(`
Made in ${shown(folder)}: reference.wafer, sample/, cards/, report.jsonl, portrait.jpg, and
keystore.json with its passphrase. All of it is for trials: the transport key is PUBLIC. Next:
  npx wafer read ${shown(file)} --keystore ${shown(at("keystore.json"))} \\
    --passphrase-file ${shown(at("passphrase"))}`);
}

watchOutput();
start().catch(async (error: unknown) => {
  process.exitCode = await fail(error);
});
