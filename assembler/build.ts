// Builds an image: compile, verify, lay out, sign, read back.

import { availableParallelism } from "node:os";
import { sha256 } from "@noble/hashes/sha2.js";
import {
  MODULE_MULTISELECTABLE,
  MODULE_RESIDENT,
  MODULE_SECURITY_DOMAIN,
} from "../runtime/spec/configuration.ts";
import { checkBudgets, usage } from "./budget.ts";
import { buildModule } from "./build-module.ts";
import { IMAGE_FORMAT } from "./image/manifest.ts";
import { readImage } from "./image/read.ts";
import type { Image, Manifest, ManifestModule } from "./image/types.ts";
import { writeImage } from "./image/write.ts";
import { DEVELOPMENT_SIGNER } from "./keys/development.ts";
import { publicHalf } from "./keys/public-key.ts";
import type { Signer } from "./keys/types.ts";
import { encodeConfiguration } from "./layout.ts";
import { meter } from "./meter/meter.ts";
import { type Profile, readProfile } from "./profile.ts";
import type { Role } from "./verify/imports.ts";

export interface BuildOptions {
  /** Folder that holds `runtime/` and `applets/`. */
  readonly root: string;
  /** Who signs; the PUBLIC development key unless given. */
  readonly signer?: Signer | undefined;
  /** Folder for compiled modules, such as `defaultCache(root)`; none unless given. */
  readonly cache?: string | undefined;
  /** Called at the start, after each step, and at the end with `done === total`. */
  readonly onProgress?: ((step: string, done: number, total: number) => void) | undefined;
}

/** A compiler takes some 400 MB: no more of them at once than this. */
const MAX_COMPILERS = 4;

/** A module as it stands in the image. */
interface BuiltModule {
  readonly entry: ManifestModule;
  readonly wasm: Uint8Array;
}

/**
 * Builds the image of a profile file.
 * @throws ProfileError, and what `buildImage` throws
 */
export async function buildFromProfile(file: string, options: BuildOptions): Promise<Image> {
  return buildImage(readProfile(file), options);
}

/**
 * Builds the image of a profile. The same sources, profile and key give the same bytes.
 * @throws CompileError, VerifyError or BudgetError
 */
export async function buildImage(profile: Profile, options: BuildOptions): Promise<Image> {
  const { signer = DEVELOPMENT_SIGNER, onProgress } = options;
  const parts = partsOf(profile);
  const planned = parts.map(({ ram, stack }) => ({
    codeBytes: 0,
    ramBytes: ram,
    stackBytes: stack,
  }));
  checkBudgets(profile.chip, usage(planned));

  let done = 0;
  onProgress?.("compile", done, parts.length + 1);
  const modules = await inParallel(parts, async (part) => {
    const built = await buildPart(part, profile.optimize, options);
    onProgress?.(`compiled ${part.name}`, ++done, parts.length + 1);
    return built;
  });
  const manifest = manifestOf(
    profile,
    modules.map((module) => module.entry),
  );
  checkBudgets(profile.chip, usage(manifest.modules));
  encodeConfiguration(manifest);
  const codes = modules.map((module) => module.wasm);
  const image = readImage(writeImage(manifest, codes, signer), [publicHalf(signer)]);
  onProgress?.("signed", parts.length + 1, parts.length + 1);
  return image;
}

/** A module as the profile asks for it. */
interface Part {
  readonly name: string;
  readonly role: Role;
  /** Entry file, relative to the root. */
  readonly file: string;
  readonly ram: number;
  readonly stack: number;
  readonly aid?: Uint8Array;
  readonly flags?: number;
}

function partsOf(profile: Profile): Part[] {
  return [
    { ...profile.kernel, name: "kernel", role: "kernel", file: "runtime/kernel/index.ts" },
    ...profile.applets.map(
      (applet): Part => ({
        ...applet,
        role: "applet",
        file: `applets/${applet.name}/index.ts`,
        flags:
          (applet.multiselectable ? MODULE_MULTISELECTABLE : 0) |
          (applet.domain ? MODULE_SECURITY_DOMAIN : 0) |
          (applet.resident ? MODULE_RESIDENT : 0),
      }),
    ),
  ];
}

async function buildPart(
  { name, role, file, ram, stack, aid, flags }: Part,
  optimize: Profile["optimize"],
  { root, cache }: BuildOptions,
): Promise<BuiltModule> {
  const request = { name, role, root, entry: file, ramBytes: ram, stackBytes: stack, optimize };
  const { wasm: plain, dataBytes, stackUsedBytes } = await buildModule(request, cache);
  const wasm = role === "applet" ? meter(plain) : plain;
  return {
    wasm,
    entry: {
      name,
      digest: sha256(wasm),
      codeBytes: wasm.length,
      ramBytes: ram,
      dataBytes,
      stackBytes: stack,
      stackUsedBytes,
      aid,
      flags,
    },
  };
}

/** Works on as many items at once as there are processors; results in the order of the items. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      results[index] = await work(item).catch((error) => {
        queue.length = 0;
        throw error;
      });
    }
  };
  const lanes = Math.min(items.length, availableParallelism(), MAX_COMPILERS);
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

function manifestOf(profile: Profile, modules: readonly ManifestModule[]): Manifest {
  const { chip, interfaces, channels, applets } = profile;
  const secureChannels = profile.secureChannels.map(({ protocol, i }) => ({ protocol, i: i[0]! }));
  const instances = profile.instances.map(({ quota = 0, implicit, ...instance }) => ({
    ...instance,
    module: applets.findIndex((applet) => applet.name === instance.module),
    quotaBytes: quota,
    implicit: implicit?.[0] ?? 0,
  }));
  return { format: IMAGE_FORMAT, chip, interfaces, channels, secureChannels, modules, instances };
}
