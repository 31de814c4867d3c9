// wafer sample-batch: synthetic cardholders to try the bureau with.

import { join } from "node:path";
import type { Command } from "commander";
import { integer } from "./options.ts";

interface Options {
  count: number;
  seed: number;
  output: string;
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("sample-batch")
    .summary("make a batch of synthetic cardholders")
    .description(
      "Writes batch.csv, portraits/ and fingerprints/: names, identity numbers with right check digits, regions, " +
        "ethnic groups and dates spread as in a population. Nobody in it is real. The same seed gives " +
        "the same bytes.",
    )
    .requiredOption("-n, --count <n>", "cardholders", integer(1, 9_999_999))
    .option("--seed <n>", "which population", integer(0, 2 ** 32 - 1), 1)
    .option("-o, --output <folder>", "folder for batch.csv and its files", "build/sample")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  $ wafer sample-batch -n 1000000 --seed 1 -o million")
    .action(sampleBatch);
}

async function sampleBatch(options: Options): Promise<void> {
  const { makeSampleBatch } = await import("../../personalization/sample/sample-batch.ts");
  const { print, printJson, progress } = await import("./print.ts");
  const bar = await progress();
  const batch = await makeSampleBatch({
    n: options.count,
    seed: options.seed,
    directory: options.output,
    onProgress: (done) => bar.update(done, options.count, "cardholders"),
  }).finally(() => bar.stop());
  if (options.json) printJson(batch);
  else {
    print(`${batch.rows} cardholders in ${batch.path}`);
    print(`${batch.portraits} portraits in ${join(options.output, "portraits")}`);
  }
}
