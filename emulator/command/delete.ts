// wafer delete: an application or a package off a card.

import type { Command } from "commander";
import { aid, KEYS_HELP, type ManageOptions, manageOptions } from "./manage-options.ts";

interface Options extends ManageOptions {
  readonly related?: boolean;
}

export function define(wafer: Command): void {
  manageOptions(
    wafer
      .command("delete")
      .summary("delete an application or a package of a card")
      .description(
        "Deletes an application with all that it keeps, or a loaded package. What is gone is gone.",
      )
      .argument("<card>", "card file")
      .argument("<aid>", "AID of the application or load file", aid)
      .option("--related", "with a package also its applications"),
  )
    .addHelpText(
      "after",
      `${KEYS_HELP}
Example:
  $ wafer run card.wafer --save less.card < /dev/null
  $ wafer delete less.card F0576166657201`,
    )
    .action(remove);
}

async function remove(file: string, name: Uint8Array, options: Options): Promise<void> {
  const { deleteContent } = await import("../../personalization/card-manager/delete.ts");
  const { withManager } = await import("./open-manager.ts");
  const { hex, print, printJson } = await import("./print.ts");
  const { related = false } = options;
  await withManager(file, options, true, ({ channel }) =>
    deleteContent(channel, name, { related }),
  );
  if (options.json) printJson({ file, deleted: hex(name), related });
  else print(`deleted  ${hex(name)}${related ? " and what came from it" : ""}`);
}
