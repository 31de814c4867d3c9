// Writes an image. `assembler/IMAGE.md` gives the bytes.

import type { Signer } from "../keys/types.ts";
import { encodeCbor, Tagged } from "./cbor.ts";
import { encodeManifest } from "./manifest.ts";
import { signOne } from "./sign.ts";
import type { Manifest } from "./types.ts";

/** Self-described CBOR: an image starts with D9 D9 F7. RFC 8949, 3.4.6. */
export const TAG_55799_SELF_DESCRIBED = 55799;

/** Signs the manifest and puts the modules behind it, in the manifest's order. */
export function writeImage(
  manifest: Manifest,
  modules: readonly Uint8Array[],
  signer: Signer,
): Uint8Array {
  const signed = signOne(encodeManifest(manifest), signer);
  return encodeCbor(new Tagged(TAG_55799_SELF_DESCRIBED, [signed, modules]));
}
