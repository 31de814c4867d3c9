// Builds a package: an applet to load onto a card after issuance.

import { buildModule } from "../build-module.ts";
import { type Dap, signDaps } from "./dap.ts";
import { type LoadFile, writeLoadFile } from "./load-file.ts";
import type { PackageProfile } from "./profile.ts";

export interface PackageOptions {
  /** Folder that holds all sources. */
  readonly root: string;
  /** Entry file, relative to the root; `applets/NAME/index.ts` unless given. */
  readonly entry?: string | undefined;
  /** Folder for compiled modules; none unless given. */
  readonly cache?: string | undefined;
  /** Security domains that vouch for the package. */
  readonly daps?: readonly Dap[] | undefined;
}

/** A load file, and what its module takes. Sizes in bytes. */
export interface BuiltPackage extends LoadFile {
  readonly name: string;
  readonly codeBytes: number;
  readonly dataBytes: number;
  readonly stackUsedBytes: number;
}

/**
 * Compiles, verifies and packs an applet. The same sources, profile and keys give the same bytes.
 * @throws CompileError, VerifyError, BudgetError or KeyFileError
 */
export async function buildPackage(
  profile: PackageProfile,
  options: PackageOptions,
): Promise<BuiltPackage> {
  const { name, aid, ram, stack, multiselectable, optimize } = profile;
  const { root, entry = `applets/${name}/index.ts`, cache, daps = [] } = options;
  const { wasm, dataBytes, stackUsedBytes } = await buildModule(
    { name, role: "applet", root, entry, ramBytes: ram, stackBytes: stack, optimize },
    cache,
  );
  const module = { aid, ramBytes: ram, stackBytes: stack, multiselectable, wasm };
  const file = writeLoadFile(module, signDaps(daps));
  return { ...file, name, codeBytes: wasm.length, dataBytes, stackUsedBytes };
}
