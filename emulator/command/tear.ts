// wafer tear: cut the power in every persistent command of an image, wherever it can be cut.

import type { Command } from "commander";
import type { StepResult, TearResult } from "../lab/tear.ts";
import { FAILED_EXIT, UsageError } from "./fail.ts";
import { integer, trustOption } from "./options.ts";

interface Options {
  scenario?: string;
  minCuts: number;
  seed: number;
  only?: string;
  cut?: number;
  verbose?: boolean;
  trust: readonly string[];
  json?: boolean;
}

/** Violations that are printed unless all are asked for. */
const SHOWN = 10;

export function define(wafer: Command): void {
  wafer
    .command("tear")
    .summary("cut the power in every command that writes")
    .description(
      "Brings a blank of the image to the start of a scenario, then cuts the power before and inside " +
        "every memory operation of each of its commands, and again while the card recovers. What a " +
        "reader of its own then finds in the memory must be as before the operation or as after it.",
    )
    .argument("<image>", "image file")
    .option(
      "--scenario <file>",
      "scenario, or the name of one that comes along (default: by the image)",
    )
    .option("--min-cuts <n>", "cuts to make at least", integer(1, 2 ** 31), 10_000)
    .option("--seed <n>", "of the card's and the tears' random numbers", integer(0, 2 ** 32 - 1), 1)
    .option("--only <step>", "sweep only the step of this name")
    .option("--cut <n>", "with --only: cut only this operation of it", integer(0, 2 ** 31))
    .option("--verbose", "print every violation, not only the first of them")
    .addOption(trustOption())
    .option("--json", "print commands, cuts and violations as JSON")
    .addHelpText(
      "after",
      `
Exit code 1 when anything was violated. Each violation is a line on standard
error that says how to run it again.

Example:
  $ wafer tear card.wafer`,
    )
    .action(tear);
}

async function tear(file: string, options: Options): Promise<void> {
  const { only, cut, seed, minCuts } = options;
  if (cut !== undefined && only === undefined) {
    throw new UsageError("--cut needs --only, which names the step; add --help for more");
  }
  const sweeping = await import("../lab/tear.ts");
  const { LAB_HOST, scenarioOf } = await import("./lab.ts");
  const { openImage } = await import("./open-card.ts");
  const { print, progress } = await import("./print.ts");
  const image = await openImage(file, options.trust);
  const scenario = scenarioOf(file, image, options.scenario);
  const bar = await progress();
  const result = await sweeping
    .tear(image, scenario, LAB_HOST, {
      seed,
      minCuts,
      step: only,
      cut,
      onProgress: (cuts) => bar.update(Math.min(cuts, minCuts), minCuts, "cuts"),
    })
    .finally(() => bar.stop());
  const { commands, cuts, violations } = summary(result);
  if (options.json) print(JSON.stringify({ commands, cuts, violations }));
  else {
    print(table(result.steps));
    print(`${commands} commands, ${cuts} cuts, ${violations} violations`);
  }
  await complain(result, options);
  if (cuts < minCuts && cut === undefined) {
    const { note } = await import("./print.ts");
    note(`wafer: ${cuts} cuts, not ${minCuts}: what is swept can be torn in no more ways`);
  }
}

function summary({ steps, cuts, violations }: TearResult) {
  return { commands: steps.length, cuts, violations: violations.length };
}

function table(steps: readonly StepResult[]): string {
  const rows = steps.map(({ name, operations, states, cuts, violations }) => {
    return [name, ...[operations, states, cuts, violations].map(String)];
  });
  rows.unshift(["command", "operations", "states", "cuts", "violations"]);
  const width = (column: number) => Math.max(...rows.map((row) => (row[column] ?? "").length));
  const widths = [0, 1, 2, 3, 4].map(width);
  return rows
    .map((row) => {
      const cells = row.map((cell, at) => {
        const columns = widths[at] ?? 0;
        return at === 0 ? cell.padEnd(columns) : cell.padStart(columns);
      });
      return cells.join("  ");
    })
    .join("\n");
}

async function complain({ violations }: TearResult, options: Options): Promise<void> {
  const { note } = await import("./print.ts");
  if (violations.length === 0) return;
  process.exitCode = FAILED_EXIT;
  for (const one of options.verbose ? violations : violations.slice(0, SHOWN)) {
    const { step, cut, operations, tear: how, again, seed, what } = one;
    const second = again ? `, then in operation ${again.cut} of the recovery (${again.tear})` : "";
    const where =
      cut < operations ? `cut in operation ${cut} of ${operations} (${how})${second}` : "uncut";
    const repeat = `--only "${step}"${cut < operations ? ` --cut ${cut}` : ""} --seed ${seed}`;
    note(`wafer: ${step}: ${where}: ${what} [${repeat}]`);
  }
  const more = violations.length - SHOWN;
  if (!options.verbose && more > 0) note(`wafer: ${more} more violations; --verbose prints all`);
}
