// wafer new: files to begin with, that work as they stand.

import { Argument, type Command, InvalidArgumentError } from "commander";

interface Options {
  aid?: Uint8Array;
  root: string;
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("new")
    .summary("begin a new applet")
    .description(
      "Makes applets/NAME with a handler for each command, its numbers, its package profile and a " +
        "README, and a test beside: an applet that builds, loads and answers. Nothing that is " +
        "there is overwritten.",
    )
    .addArgument(new Argument("<kind>", "what to begin").choices(["applet"]))
    .argument("<name>", "name of the applet: a-z, 0-9 and -", appletName)
    .option("--aid <hex>", "AID of its instance, 5 to 15 bytes (default: F0 and the name)", aid)
    .option("--root <folder>", "folder that holds applets/ and test/", ".")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Example:
  $ wafer new applet tally --aid F0000000010A01`,
    )
    .action(make);
}

/** As a profile names modules. */
function appletName(text: string): string {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(text)) {
    throw new InvalidArgumentError(
      "A name begins with a-z and has a-z, 0-9 and -, 32 characters at most.",
    );
  }
  return text;
}

/** A byte is left for the AIDs of module and load file. ISO/IEC 7816-4:2020, 12.2.3. */
function aid(text: string): Uint8Array {
  const digits = text.replace(/[\s:]/g, "");
  if (!/^([0-9a-fA-F]{2}){5,15}$/.test(digits)) {
    throw new InvalidArgumentError("An AID is written in hex, 5 to 15 bytes, like F0000000010A01.");
  }
  return new Uint8Array(Buffer.from(digits, "hex"));
}

async function make(_kind: string, name: string, options: Options): Promise<void> {
  const { newApplet } = await import("./new-applet.ts");
  const { hex, print, printJson } = await import("./print.ts");
  const made = await newApplet(options.root, name, options.aid);
  const { instance, files, commands } = made;
  if (options.json) {
    printJson({ name, aid: hex(instance), files, next: commands });
    return;
  }
  for (const file of files) print(`written  ${file}`);
  print(`\nAID      ${hex(instance)}\nNext, in ${options.root}:`);
  for (const line of commands) print(`  ${line}`);
}
