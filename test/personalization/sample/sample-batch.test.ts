// Sample batches: valid, repeatable, of nobody, and with pictures that are pictures.

import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "jpeg-js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { validateBatch } from "../../../personalization/batch/validate.ts";
import { loadProduct } from "../../../personalization/products/load.ts";
import { samplePortrait } from "../../../personalization/sample/portrait.ts";
import { makeSampleBatch } from "../../../personalization/sample/sample-batch.ts";
import { PRODUCT } from "../helpers/bureau.ts";
import { rejection } from "../helpers/rejection.ts";

const sample = suite("sample batch");
const folder = mkdtempSync(join(tmpdir(), "wafer-sample-"));
sample.after(() => rmSync(folder, { recursive: true }));

/** SHA-256 over the names and bytes of all files below. */
function digest(directory: string): string {
  const hash = createHash("sha256");
  for (const name of ["batch.csv", ...readdirSync(join(directory, "portraits")).sort()]) {
    const path = name === "batch.csv" ? name : join("portraits", name);
    hash.update(name).update(readFileSync(join(directory, path)));
  }
  return hash.digest("hex");
}

sample("2,000 people pass the bureau's own checks, with shares as in a country", async () => {
  const directory = join(folder, "many");
  const seen: number[] = [];
  const batch = await makeSampleBatch({
    n: 2000,
    seed: 7,
    directory,
    onProgress: (n) => seen.push(n),
  });
  assert.equal([batch.rows, batch.portraits, seen.at(-1)], [2000, 64, 2000]);
  assert.is((await validateBatch(await loadProduct(PRODUCT), batch.path)).rows, 2000);
  const people = readFileSync(batch.path, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));
  const share = (test: (fields: string[]) => boolean) => people.filter(test).length / people.length;
  assert.ok(Math.abs(share(([, , sex]) => sex === "1") - 0.51) < 0.04);
  const han = share(([, , , ethnic]) => ethnic === "01");
  assert.ok(han > 0.8 && han < 0.95, `${han} Han`);
  assert.ok(share(([name]) => name!.includes("·")) > 0, "no name with a middle dot");
  assert.ok(share(([name]) => /[^\u4e00-\u9fff·]/u.test(name!)) > 0, "no rare character");
  assert.ok(new Set(people.map(([, , , , region]) => region)).size > 25);
});

sample("same seed, same bytes; another seed, other bytes", async () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => join(folder, name));
  await makeSampleBatch({ n: 20, seed: 1, directory: a! });
  await makeSampleBatch({ n: 20, seed: 1, directory: b! });
  await makeSampleBatch({ n: 20, seed: 2, directory: c! });
  assert.is(digest(a!), digest(b!));
  assert.is.not(digest(a!), digest(c!));
});

sample("portraits decode, fit the card and differ", () => {
  const files = Array.from({ length: 12 }, (_, seed) => samplePortrait(seed));
  for (const file of files) {
    assert.ok(file.length <= 4096);
    const { width, height, data } = decode(file, { useTArray: true });
    assert.ok(width >= 150 && height >= 190);
    const colours = new Set<number>();
    for (let at = 0; at < data.length; at += 4) colours.add(data[at]! >> 4);
    assert.ok(colours.size > 4, "a picture of one colour");
  }
  assert.is(new Set(files.map((file) => Buffer.from(file).toString("hex"))).size, files.length);
});

sample("refuses sizes that cannot be", async () => {
  for (const n of [0, -1, 1.5, 10_000_000, Number.NaN]) {
    const error = await rejection(makeSampleBatch({ n, seed: 1, directory: folder }));
    assert.instance(error, RangeError);
  }
});

sample.run();
