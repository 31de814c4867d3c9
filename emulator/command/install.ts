// wafer install: an instance of a module that is on the card.

import type { Command } from "commander";
import {
  aid,
  KEYS_HELP,
  type ManageOptions,
  manageOptions,
  parameters,
  privileges,
} from "./manage-options.ts";
import { integer } from "./options.ts";

interface Options extends ManageOptions {
  readonly loadFile?: Uint8Array;
  readonly parameters?: Uint8Array;
  readonly privileges?: number;
  readonly quota?: number;
}

export function define(wafer: Command): void {
  manageOptions(
    wafer
      .command("install")
      .summary("make an instance of a module on a card")
      .description(
        "Makes an instance of a module of the image or of a loaded package, and lets it be selected.",
      )
      .argument("<card>", "card file")
      .argument("<module>", "AID of the module, as wafer list shows it", aid)
      .argument("<aid>", "AID of the instance", aid)
      .option("--load-file <aid>", "AID of the load file (default: the module's)", aid)
      .option("--parameters <hex>", "what its install gets", parameters)
      .option("--privileges <hex>", "its privileges, three bytes", privileges)
      .option("--quota <bytes>", "store that it may use", integer(0, 1 << 20)),
  )
    .addHelpText(
      "after",
      `${KEYS_HELP}
Example:
  $ wafer run card.wafer --save files.card < /dev/null
  $ wafer install files.card F057616665720001 F0576166657202`,
    )
    .action(install);
}

async function install(
  file: string,
  module: Uint8Array,
  instance: Uint8Array,
  options: Options,
): Promise<void> {
  const { installAndMakeSelectable } = await import(
    "../../personalization/card-manager/install.ts"
  );
  const { withManager } = await import("./open-manager.ts");
  const { hex, print, printJson } = await import("./print.ts");
  const { loadFile = module, parameters: given, privileges: may, quota } = options;
  await withManager(file, options, true, ({ channel }) =>
    installAndMakeSelectable(channel, {
      loadFile,
      module,
      instance,
      parameters: given,
      privileges: may,
      quota,
    }),
  );
  if (options.json) printJson({ file, instance: hex(instance), module: hex(module) });
  else print(`installed  ${hex(instance)}`);
}
