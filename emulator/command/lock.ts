// wafer lock and wafer unlock: an application that nobody may select for a while.

import type { Command } from "commander";
import type { ManagementChannel } from "../../personalization/card-manager/channel.ts";
import { FileError } from "./fail.ts";
import { aid, KEYS_HELP, type ManageOptions, manageOptions } from "./manage-options.ts";

export function define(wafer: Command): void {
  defineOne(wafer, "lock", "keep an application from being selected", true);
  defineOne(wafer, "unlock", "let a locked application go on", false);
}

function defineOne(wafer: Command, verb: string, summary: string, locked: boolean): void {
  const example = locked ? "" : "\n  $ wafer lock shut.card F0576166657201";
  manageOptions(
    wafer
      .command(verb)
      .summary(summary)
      .description(
        locked
          ? "Locks an application: it keeps its data and cannot be selected until it is unlocked."
          : "Unlocks an application: it is again what it was before it was locked.",
      )
      .argument("<card>", "card file")
      .argument("<aid>", "AID of the application", aid),
  )
    .addHelpText(
      "after",
      `${KEYS_HELP}
Example:
  $ wafer run card.wafer --save shut.card < /dev/null${example}
  $ wafer ${verb} shut.card F0576166657201`,
    )
    .action((file, name, options) => set(file, name, options, locked));
}

/** Undefined where the card does not know it. */
async function isLocked(
  channel: ManagementChannel,
  name: Uint8Array,
): Promise<boolean | undefined> {
  const { getStatus } = await import("../../personalization/card-manager/get-status.ts");
  const { LIFE_CYCLE_LOCKED } = await import("../../runtime/spec/life-cycle.ts");
  const found = (await getStatus(channel, "applications", name)).find(
    ({ aid }) => aid.length === name.length,
  );
  return found && (found.lifeCycle & LIFE_CYCLE_LOCKED) !== 0;
}

async function set(
  file: string,
  name: Uint8Array,
  options: ManageOptions,
  locked: boolean,
): Promise<void> {
  const { StatusWordError } = await import("../../personalization/errors.ts");
  const { setLocked } = await import("../../personalization/card-manager/set-status.ts");
  const { withManager } = await import("./open-manager.ts");
  const { hex, print, printJson } = await import("./print.ts");
  await withManager(file, options, true, async ({ channel }) => {
    await setLocked(channel, name, locked).catch(async (error) => {
      if (!(error instanceof StatusWordError)) throw error;
      if ((await isLocked(channel, name)) !== locked) throw error;
      throw new FileError(file, `${hex(name)} is ${locked ? "locked already" : "not locked"}`);
    });
  });
  if (options.json) printJson({ file, aid: hex(name), locked });
  else print(`${locked ? "locked" : "unlocked"}  ${hex(name)}`);
}
