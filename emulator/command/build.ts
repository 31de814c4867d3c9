// wafer build: compile, verify, lay out, sign.

import { basename, join } from "node:path";
import type { Command } from "commander";
import { cacheFolder, fileOrBundled, PROFILES, projectRoot } from "./project.ts";

interface Options {
  output?: string;
  key?: string;
  root?: string;
  cache: boolean;
  json?: boolean;
}

export function define(wafer: Command): void {
  wafer
    .command("build")
    .summary("build and sign a chip image")
    .description(
      "Compiles kernel and applets, verifies each module, checks the chip's budgets, and signs the " +
        "image. The same sources, profile and key give the same bytes.",
    )
    .argument("[profile]", "profile file, or the name of one that comes along", "reference")
    .option("-o, --output <file>", "the image (default: build/ and the profile's name)")
    .option("--key <key.pem>", "private key that signs, PKCS#8: EC P-256 or Ed25519")
    .option("--root <folder>", "folder that holds runtime/ and applets/ (default: the package)")
    .option("--no-cache", "compile every module anew")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      `
Without --key the PUBLIC development key signs: good for the emulator, never for
real cards.

Example:
  $ openssl genpkey -algorithm ed25519 -out vendor.pem
  $ wafer build reference -o card.wafer --key vendor.pem`,
    )
    .action(build);
}

async function build(profile: string, options: Options): Promise<void> {
  const { buildFromProfile } = await import("../../assembler/build.ts");
  const { defaultCache } = await import("../../assembler/compiler/cache.ts");
  const { formatInspection, inspectImage } = await import("../../assembler/inspect.ts");
  const { loadSigner } = await import("../../assembler/keys/pem.ts");
  const { writeWhole } = await import("./files.ts");
  const { print, printJson, progress } = await import("./print.ts");
  const root = options.root ?? projectRoot();
  const bar = await progress();
  const image = await buildFromProfile(fileOrBundled(profile, PROFILES), {
    root,
    signer: options.key === undefined ? undefined : loadSigner(options.key),
    cache: options.cache ? cacheFolder(root, defaultCache) : undefined,
    onProgress: (step, done, total) => bar.update(done, total, step),
  }).finally(() => bar.stop());
  const file = options.output ?? join("build", `${basename(profile, ".yaml")}.wafer`);
  await writeWhole(file, image.bytes);
  const inspection = inspectImage(image);
  if (options.json) printJson({ file, ...inspection });
  else print(`${formatInspection(inspection)}\nwritten  ${file}`);
}
