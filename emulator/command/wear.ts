// wafer wear: use a card many times over, and tell how evenly and how long its memory bears it.

import type { Command } from "commander";
import type { WearResult } from "../lab/wear.ts";
import { integer, trustOption } from "./options.ts";

interface Options {
  cycles: number;
  scenario?: string;
  seed: number;
  trust: readonly string[];
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("wear")
    .summary("use a card until its memory wears, and tell how")
    .description(
      "Repeats the cycle of a scenario (into the field, PIN, balance) on a blank of the image, then " +
        "prints the erases of the worst page against the mean, and after how many cycles that page " +
        "has had what the chip promises.",
    )
    .argument("<image>", "image file")
    .option("--cycles <n>", "how often", integer(1, 1e9), 100_000)
    .option(
      "--scenario <file>",
      "scenario, or the name of one that comes along (default: by the image)",
    )
    .option("--seed <n>", "of the card's random numbers", integer(0, 2 ** 32 - 1), 1)
    .addOption(trustOption())
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  $ wafer wear card.wafer --cycles 100000")
    .action(wear);
}

async function wear(file: string, options: Options): Promise<void> {
  const { cycles, seed } = options;
  const wearing = await import("../lab/wear.ts");
  const { LAB_HOST, scenarioOf } = await import("./lab.ts");
  const { openImage } = await import("./open-card.ts");
  const { print, printJson, progress } = await import("./print.ts");
  const image = await openImage(file, options.trust);
  const scenario = scenarioOf(file, image, options.scenario);
  const { eraseCycles } = image.manifest.chip;
  const bar = await progress();
  const onProgress = (done: number) => bar.update(done, cycles, "cycles");
  const result = await wearing
    .wear(image, scenario, LAB_HOST, { cycles, seed, eraseCycles, onProgress })
    .finally(() => bar.stop());
  if (options.json) printJson(result);
  else print(text(result));
}

function text(result: WearResult): string {
  const whole = (value: number) => value.toLocaleString("en", { maximumFractionDigits: 0 });
  const exact = (value: number) => value.toLocaleString("en", { maximumFractionDigits: 3 });
  const ratio = result.mean === 0 ? 1 : result.worst / result.mean;
  const lines = [
    ["cycles", whole(result.cycles)],
    ["erases of a cycle", exact(result.erasesPerCycle)],
    [
      "worst page",
      `${whole(result.worst)} erases, mean of ${result.pages} pages ${exact(result.mean)}: ` +
        `${exact(ratio)} ×`,
    ],
    ["the chip promises", `${whole(result.eraseCycles)} erases of each page`],
    ["life", Number.isFinite(result.life) ? `${whole(result.life)} cycles` : "no page was erased"],
  ];
  return lines.map(([name = "", value]) => `${name.padEnd(22)} ${value}`).join("\n");
}
