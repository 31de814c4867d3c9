// wafer inspect: what an image holds.

import type { Command } from "commander";
import { trustOption } from "./options.ts";

interface Options {
  trust: readonly string[];
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("inspect")
    .summary("verify an image and show what it holds")
    .description(
      "Verifies signature and digests, then prints sizes of code, data and RAM for each module " +
        "against the chip's budget, digests, instances and the signer.",
    )
    .argument("<image>", "image file")
    .addOption(trustOption())
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  $ wafer inspect card.wafer --trust vendor-public.pem")
    .action(inspect);
}

async function inspect(file: string, options: Options): Promise<void> {
  const { formatInspection, inspectImage } = await import("../../assembler/inspect.ts");
  const { openImage } = await import("./open-card.ts");
  const { print, printJson } = await import("./print.ts");
  const inspection = inspectImage(await openImage(file, options.trust));
  if (options.json) printJson({ file, ...inspection });
  else print(formatInspection(inspection));
}
