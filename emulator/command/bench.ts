// npm run bench: how fast the emulated card is, and how much it needs. Goals stand beside the
// figures; nothing fails here, since a time says as much about the machine as about the code.

import { execFileSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildImage } from "../../assembler/build.ts";
import { defaultCache } from "../../assembler/compiler/cache.ts";
import type { Image } from "../../assembler/image/types.ts";
import { readProfile } from "../../assembler/profile.ts";
import { issueBatch } from "../../personalization/batch/issue.ts";
import { loadProduct } from "../../personalization/products/load.ts";
import { makeSampleBatch } from "../../personalization/sample/sample-batch.ts";
import { makeSampleKeystore } from "../../personalization/sample/sample-keystore.ts";
import type { Card } from "../card.ts";
import * as bench from "./bench/bench-card.ts";
import { commandFigures, wrappedFigures } from "./bench/commands.ts";
import { contentFigures } from "./bench/content.ts";
import { deskFigures } from "./bench/desk.ts";
import { type Figure, KIB, line } from "./bench/figure.ts";
import { lifeFigures, manyInstancesFigures } from "./bench/life.ts";
import { meteringFigures } from "./bench/metering.ts";
import { sizeFigures } from "./bench/sizes.ts";
import { storeFigures } from "./bench/store.ts";
import { EmulatedBlanks } from "./emulated-blanks.ts";
import { fail, watchOutput } from "./fail.ts";
import { print, printJson } from "./print.ts";
import { fileOrBundled, PRODUCTS, PROFILES, projectRoot } from "./project.ts";

const ISSUED = 100;
const FLEET = 10_000;
const folder = join(projectRoot(), "build", "bench");

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

async function main(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const root = projectRoot();
  const profile = readProfile(fileOrBundled("reference", PROFILES));
  const options = { root, cache: defaultCache(root) };
  const image = await buildImage(profile, options);
  const card = await bench.makeBenchCard(image);
  const fleet = await fleetFigures(card, image);
  card.reset();
  card.exchange(bench.SELECT);
  const figures = [
    ...commandFigures(card),
    ...(await wrappedFigures(image)),
    ...lifeFigures(card, image),
    ...(await manyInstancesFigures(profile, options)),
    ...(await contentFigures(image, profile, options)),
    ...storeFigures(await bench.makeBenchCard(image)),
    ...(await meteringFigures(image, profile, options)),
    await issueFigure(image),
    ...(await deskFigures(image, join(folder, "desk"))),
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
