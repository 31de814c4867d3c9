// Builds an image: compile, verify, lay out, sign.

import { sha256 } from "@noble/hashes/sha2.js";
import { compile } from "./compile.ts";
import { IMAGE_FORMAT } from "./image/manifest.ts";
import { readImage } from "./image/read.ts";
import type { Image, ManifestModule } from "./image/types.ts";
import { writeImage } from "./image/write.ts";
import { DEVELOPMENT_SIGNER } from "./keys/development.ts";
import { publicHalf } from "./keys/public-key.ts";
import type { Signer } from "./keys/types.ts";
import { type Profile, readProfile } from "./profile.ts";
import { stripCustomSections } from "./strip.ts";

export interface BuildOptions {
  /** Folder that holds `runtime/` and `applets/`. */
  readonly root: string;
  /** Who signs; the public development key unless given. */
  readonly signer?: Signer | undefined;
  /** Called before each step, and once with `done === total`. */
  readonly onProgress?: ((step: string, done: number, total: number) => void) | undefined;
}

/** Builds the image of a profile file. */
export async function buildFromProfile(file: string, options: BuildOptions): Promise<Image> {
  return buildImage(readProfile(file), options);
}

/** Builds the image of a profile. */
export async function buildImage(profile: Profile, options: BuildOptions): Promise<Image> {
  const { root, signer = DEVELOPMENT_SIGNER } = options;
  const modules: ManifestModule[] = [];
  const codes: Uint8Array[] = [];
  for (const part of [{ ...profile.kernel, name: "kernel" }, ...profile.applets]) {
    const entry =
      part.name === "kernel" ? "runtime/kernel/index.ts" : `applets/${part.name}/index.ts`;
    const compiled = await compile({
      name: part.name,
      root,
      entry,
      ramBytes: part.ram,
      optimize: profile.optimize,
    });
    const wasm = stripCustomSections(compiled.wasm);
    codes.push(wasm);
    modules.push({
      name: part.name,
      digest: sha256(wasm),
      codeBytes: wasm.length,
      ramBytes: part.ram,
      dataBytes: compiled.dataBytes,
      stackBytes: part.stack,
      stackUsedBytes: 0,
      aid: "aid" in part ? part.aid : undefined,
    });
  }
  const bytes = writeImage(
    {
      format: IMAGE_FORMAT,
      chip: profile.chip,
      interfaces: profile.interfaces,
      modules,
      instances: profile.instances.map((instance) => ({
        ...instance,
        module: profile.applets.findIndex((applet) => applet.name === instance.module),
      })),
    },
    codes,
    signer,
  );
  return readImage(bytes, [publicHalf(signer)]);
}
