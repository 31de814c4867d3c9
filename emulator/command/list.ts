// wafer list: what is on a card.

import type { Command } from "commander";
import type { CardContent } from "./card-content.ts";
import { KEYS_HELP, type ManageOptions, manageOptions } from "./manage-options.ts";

export function define(wafer: Command): void {
  manageOptions(
    wafer
      .command("list")
      .summary("show applications, domains and packages of a card")
      .description(
        "Asks a security domain over a secure channel what is on the card: applications and " +
          "domains with their life cycles and privileges, load files and their modules, keys, and " +
          "the room that is left where the card says it.",
      )
      .argument("<card>", "card file, or an image for a fresh card"),
  )
    .addHelpText("after", `${KEYS_HELP}\nExample:\n  $ wafer list card.wafer`)
    .action(list);
}

async function list(file: string, options: ManageOptions): Promise<void> {
  const { readContent, showContent } = await import("./card-content.ts");
  const { withManager } = await import("./open-manager.ts");
  const { print, printJson } = await import("./print.ts");
  let content: CardContent | undefined;
  await withManager(file, options, false, async ({ channel }) => {
    content = await readContent(channel);
  });
  if (content === undefined) return;
  if (options.json) printJson({ file, ...content });
  else print(showContent(content));
}
