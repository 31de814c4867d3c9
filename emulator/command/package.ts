// wafer package: an applet becomes a load file, for cards that are issued already.

import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { UsageError } from "./fail.ts";
import { aid } from "./manage-options.ts";

interface Options {
  output?: string;
  sign?: string;
  domain?: Uint8Array;
  root?: string;
  cache: boolean;
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("package")
    .summary("build a package that cards load later")
    .description(
      "Compiles an applet, verifies it as wafer build would, and writes the load file that wafer " +
        "load brings onto a card. Its package.yaml says AID, RAM and stack. The same sources and " +
        "keys give the same bytes.",
    )
    .argument("<folder>", "folder of the applet")
    .option("-o, --output <file>", "the load file (default: build/NAME.load)")
    .option("--sign <key.pem>", "private key of a domain that vouches for it: EC P-256")
    .option("--domain <aid>", "AID of that domain", aid)
    .option("--root <folder>", "folder that holds all sources (default: two above)")
    .option("--no-cache", "compile anew")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Example:
  $ wafer new applet badge
  $ wafer package applets/badge -o badge.load`,
    )
    .action(pack);
}

async function pack(folder: string, options: Options): Promise<void> {
  const { defaultCache } = await import("../../assembler/compiler/cache.ts");
  const { loadSigner } = await import("../../assembler/keys/pem.ts");
  const { buildPackage } = await import("../../assembler/package/build.ts");
  const { readPackageProfile } = await import("../../assembler/package/profile.ts");
  const { writeWhole } = await import("./files.ts");
  const { hex, print, printJson } = await import("./print.ts");
  const { sign, domain } = options;
  if ((sign === undefined) !== (domain === undefined)) {
    throw new UsageError("--sign and --domain go together: whose key it is");
  }
  const profile = readPackageProfile(join(folder, "package.yaml"));
  const root = resolve(options.root ?? join(folder, "..", ".."));
  const built = await buildPackage(profile, {
    root,
    entry: `${relative(root, resolve(folder)).replaceAll("\\", "/")}/index.ts`,
    cache: options.cache ? defaultCache(root) : undefined,
    daps:
      sign === undefined || domain === undefined
        ? []
        : [{ domain, key: loadSigner(sign, "ES256") }],
  });
  const output = options.output ?? `build/${built.name}.load`;
  await writeWhole(output, built.bytes);
  const { name, aid: module, codeBytes, dataBytes, ramBytes, stackUsedBytes, stackBytes } = built;
  const [dap] = built.daps;
  if (options.json) {
    const sizes = { fileBytes: built.bytes.length, codeBytes, dataBytes, ramBytes };
    const stack = { stackUsedBytes, stackBytes };
    const signed = dap === undefined ? {} : { domain: hex(dap.domain) };
    const hash = hex(built.hash).toLowerCase();
    printJson({ file: output, name, aid: hex(module), hash, ...sizes, ...stack, ...signed });
    return;
  }
  print(
    `package  ${name}, AID ${hex(module)}\n` +
      `code     ${codeBytes} bytes\n` +
      `RAM      ${dataBytes}/${ramBytes} bytes, stack ${stackUsedBytes}/${stackBytes}\n` +
      `hash     SHA-256 ${hex(built.hash).toLowerCase()}`,
  );
  if (dap !== undefined) print(`signed   for domain ${hex(dap.domain)}`);
  print(`written  ${output}, ${built.bytes.length} bytes`);
}
