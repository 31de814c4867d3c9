// wafer load: a package onto a card that is issued already.

import type { Command } from "commander";
import { UsageError } from "./fail.ts";
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
  readonly install?: Uint8Array;
  readonly parameters?: Uint8Array;
  readonly privileges?: number;
  readonly quota?: number;
}

export function define(wafer: Command): void {
  manageOptions(
    wafer
      .command("load")
      .summary("load a package onto a card")
      .description(
        "Loads what wafer package made, and with --install makes an instance of it that can be " +
          "selected. A loading that is interrupted leaves no trace.",
      )
      .argument("<card>", "card file")
      .argument("<package>", "load file")
      .option("--install <aid>", "AID of an instance to make", aid)
      .option("--parameters <hex>", "what its install gets", parameters)
      .option("--privileges <hex>", "its privileges, three bytes", privileges)
      .option("--quota <bytes>", "store that it may use", integer(0, 1 << 20)),
  )
    .addHelpText(
      "after",
      `${KEYS_HELP}
Example:
  $ wafer new applet purse
  $ wafer package applets/purse -o purse.load
  $ wafer run card.wafer --save purse.card < /dev/null
  $ wafer load purse.card purse.load --install F07075727365`,
    )
    .action(load);
}

async function load(file: string, packageFile: string, options: Options): Promise<void> {
  const { BureauError } = await import("../../personalization/errors.ts");
  const { installAndMakeSelectable } = await import(
    "../../personalization/card-manager/install.ts"
  );
  const { blockBytes } = await import("../../personalization/card-manager/load.ts");
  const { loadPackage } = await import("../../personalization/card-manager/load-package.ts");
  const { readLoadFile } = await import("../../assembler/package/load-file.ts");
  const { readBytes } = await import("./files.ts");
  const { refusal, withManager } = await import("./open-manager.ts");
  const { hex, print, printJson, progress } = await import("./print.ts");
  const { install: instance, quota } = options;
  if (instance === undefined) mustInstall(options);
  const loadFile = readLoadFile(await readBytes(packageFile), packageFile);
  const bar = await progress();
  let blocks = 0;
  await withManager(file, options, true, async ({ channel, domain }) => {
    await loadPackage(channel, loadFile, {
      blockBytes: blockBytes(channel, domain),
      onProgress: (done, total) => {
        blocks = total;
        bar.update(done, total, "loading");
      },
    });
    if (instance === undefined) return;
    const { parameters: given, privileges: may } = options;
    const module = { loadFile: loadFile.aid, module: loadFile.aid, instance };
    const request = { ...module, parameters: given, privileges: may, quota };
    await installAndMakeSelectable(channel, request).catch((error) => {
      if (!(error instanceof BureauError)) throw error;
      throw refusal(file, error, "; the package is loaded: wafer install makes the instance");
    });
  }).finally(() => bar.stop());
  const name = hex(loadFile.aid);
  if (options.json) {
    const installed = instance === undefined ? {} : { instance: hex(instance) };
    printJson({ file, loadFile: name, bytes: loadFile.bytes.length, blocks, ...installed });
    return;
  }
  print(`loaded     ${name}, ${loadFile.bytes.length} bytes in ${blocks} blocks`);
  if (instance !== undefined) print(`installed  ${hex(instance)}`);
}

/** What belongs to an instance makes no sense without one. */
function mustInstall(options: Options): void {
  for (const name of ["parameters", "privileges", "quota"] as const) {
    if (options[name] !== undefined) throw new UsageError(`--${name} needs --install`);
  }
}
