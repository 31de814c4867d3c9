// wafer sample-keystore: random master keys in an encrypted file, to try the bureau with.

import { existsSync } from "node:fs";
import type { Command } from "commander";
import { bundledNames, fileOrBundled, PRODUCTS } from "./project.ts";

/** Most keys that people are shown. */
const SHOWN = 12;

interface Options {
  output: string;
  passphraseFile?: string;
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("sample-keystore")
    .summary("make an encrypted keystore for trials")
    .description(
      "Makes a fresh random master key for each name that one of the products asks for, and the " +
        "PUBLIC transport key of sample blanks, in a file encrypted with scrypt and AES-256-GCM.",
    )
    .argument(
      "[products...]",
      "product files, or names of those that come along (default: all that come along)",
    )
    .option("-o, --output <file>", "the keystore", "build/sample/keystore.json")
    .option("--passphrase-file <file>", "file whose first line is the passphrase")
    .option("--json", "print names and check values as JSON")
    .addHelpText(
      "after",
      `
The passphrase comes from --passphrase-file, from the variable WAFER_PASSPHRASE,
or is asked for. A keystore that is there is never overwritten.

Example:
  $ WAFER_PASSPHRASE=trial wafer sample-keystore -o keystore.json`,
    )
    .action(sampleKeystore);
}

async function sampleKeystore(names: string[], options: Options): Promise<void> {
  const { FileError } = await import("./fail.ts");
  const { writing } = await import("./files.ts");
  if (existsSync(options.output)) {
    throw new FileError(
      options.output,
      "is there already; keys are never overwritten: choose another name",
    );
  }
  const { makeFolder } = await import("../../personalization/files/make-folder.ts");
  const { dirname } = await import("node:path");
  const { loadProduct } = await import("../../personalization/products/load.ts");
  const { readPassphrase } = await import("../../personalization/keys/passphrase.ts");
  const { makeSampleKeystore } = await import("../../personalization/sample/sample-keystore.ts");
  const { hex, note, print, printJson } = await import("./print.ts");
  const wanted = names.length > 0 ? names : bundledNames(PRODUCTS);
  const files = wanted.map((name) => fileOrBundled(name, PRODUCTS));
  const products = await Promise.all(files.map((file) => loadProduct(file)));
  const source = options.passphraseFile === undefined ? {} : { file: options.passphraseFile };
  const passphrase = await readPassphrase(source);
  const keystore = makeSampleKeystore(...products);
  await writing(options.output, async () => {
    await makeFolder(dirname(options.output));
    await keystore.save(options.output, passphrase);
  });
  const service = keystore.service();
  const keys = [];
  for (const { name, kind } of keystore.list()) {
    keys.push({ name, kind, checkValue: hex(await service.checkValue(await service.open(name))) });
  }
  note("Trial keys: the transport key in it is PUBLIC. Never use this file for real cards.");
  if (options.json) printJson({ file: options.output, keys });
  else {
    for (const { name, kind, checkValue } of keys.slice(0, SHOWN)) {
      print(`${name.padEnd(16)} ${kind.padEnd(5)} check value ${checkValue}`);
    }
    if (keys.length > SHOWN) print(`and ${keys.length - SHOWN} more, which --json shows`);
    print(`written ${options.output}`);
  }
}
