// A small image without a compiler: modules of a few bytes, a manifest that fits them.

import { sha256 } from "@noble/hashes/sha2.js";
import { IMAGE_FORMAT } from "../../assembler/image/manifest.ts";
import type { Manifest } from "../../assembler/image/types.ts";
import { writeImage } from "../../assembler/image/write.ts";
import { DEVELOPMENT_SIGNER } from "../../assembler/keys/development.ts";
import type { Signer } from "../../assembler/keys/types.ts";
import { MODULE_MULTISELECTABLE } from "../../runtime/spec/configuration.ts";
import { bytes } from "../helpers/bytes.ts";

export const SAMPLE_MODULES: readonly Uint8Array[] = [
  bytes("0061736d01000000"),
  bytes("0061736d0100000000020161"),
];

/** A chip, a kernel, one applet and one instance of it. */
export const SAMPLE_MANIFEST: Manifest = {
  format: IMAGE_FORMAT,
  chip: {
    name: "sample",
    pageBytes: 512,
    pageCount: 256,
    packagePages: 32,
    eraseCycles: 100_000,
    codeBytes: 4096,
    ramBytes: 8192,
    instructionLimit: 1_000_000,
  },
  interfaces: {
    historicalBytes: bytes("00112233445566778899aabbcc"),
    atrInterfaceBytes: bytes("600000"),
    atsInterfaceBytes: bytes("78807002"),
  },
  channels: 4,
  secureChannels: [
    { protocol: 3, i: 0x70 },
    { protocol: 2, i: 0x15 },
  ],
  modules: ["kernel", "applet"].map((name, index) => ({
    name,
    digest: sha256(SAMPLE_MODULES[index]!),
    codeBytes: SAMPLE_MODULES[index]!.length,
    ramBytes: 1024 << index,
    dataBytes: 100,
    stackBytes: 512,
    stackUsedBytes: 96,
    ...(index === 0 ? {} : { aid: bytes("F057616665720001"), flags: MODULE_MULTISELECTABLE }),
  })),
  instances: [
    {
      aid: bytes("F05761666572000101"),
      module: 0,
      privileges: bytes("800000"),
      parameters: bytes("ff404142"),
      quotaBytes: 450,
      implicit: 0xc0,
    },
  ],
};

/** The signed sample. */
export function sampleImage(
  manifest: Manifest = SAMPLE_MANIFEST,
  signer: Signer = DEVELOPMENT_SIGNER,
  modules: readonly Uint8Array[] = SAMPLE_MODULES,
): Uint8Array {
  return writeImage(manifest, modules, signer);
}
