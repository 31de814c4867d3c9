// Reads an image and verifies it: the only way in which an image becomes code that runs.
//
// Nothing in the file is believed before the signature holds, except the lengths that lead to it.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { BudgetError, ImageError } from "../errors.ts";
import type { TrustedKey } from "../keys/types.ts";
import { encodeConfiguration } from "../layout.ts";
import { type Cbor, CborError, decodeCbor, Tagged } from "./cbor.ts";
import { decodeManifest } from "./manifest.ts";
import {
  ALGORITHM_NUMBERS,
  HEADER_1_ALGORITHM,
  HEADER_4_KEY_ID,
  TAG_18_COSE_SIGN1,
  verifyOne,
} from "./sign.ts";
import type { Image, ImageModule, Manifest, ManifestModule } from "./types.ts";
import { TAG_55799_SELF_DESCRIBED } from "./write.ts";

/** No chip of ours holds more; longer files are refused unread. */
export const MAX_IMAGE_BYTES = 4 << 20;

const REBUILD = "build it again with wafer build, or fetch it again";

/**
 * Verifies the signature, the digest of each module and the schema of the manifest.
 * The result holds views of `bytes`: do not change them afterwards.
 * @param file names the image in messages
 * @throws ImageError
 */
export function readImage(
  bytes: Uint8Array,
  trusted: readonly TrustedKey[],
  file = "image",
): Image {
  const fail = (reason: string, offset?: number): ImageError =>
    new ImageError(file, reason, offset);
  if (bytes.length > MAX_IMAGE_BYTES) {
    throw fail(`${bytes.length} bytes are more than an image can have (${MAX_IMAGE_BYTES})`);
  }
  const envelope = openEnvelope(bytes, fail);
  const signer = checkSignature(envelope, trusted, fail);
  const manifest = readManifest(envelope.payload, fail);
  const modules = matchModules(manifest, envelope.modules, fail);
  return {
    bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    digest: sha256(bytes),
    manifest,
    configuration: configurationOf(manifest, fail),
    kernel: modules[0]!,
    applets: modules.slice(1),
    signer,
  };
}

type Fail = (reason: string, offset?: number) => ImageError;

/** The parts of the file, of the right types, nothing else known about them. */
interface Envelope {
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly modules: readonly Uint8Array[];
}

function openEnvelope(bytes: Uint8Array, fail: Fail): Envelope {
  let item: Cbor;
  try {
    item = decodeCbor(bytes);
  } catch (error) {
    if (!(error instanceof CborError)) throw error;
    throw fail(`damaged or truncated at ${error.message}; ${REBUILD}`, error.offset);
  }
  const shape = fail(`is no Wafer image; give a file that wafer build wrote`);
  const [signed, modules, ...more] = itemsOf(untag(item, TAG_55799_SELF_DESCRIBED)) ?? [];
  const parts = itemsOf(untag(signed, TAG_18_COSE_SIGN1));
  const list = itemsOf(modules);
  if (more.length > 0 || parts?.length !== 4 || list === undefined) throw shape;
  const [header, unprotected, payload, signature] = parts;
  if (!isBytes(header) || !isBytes(payload) || !isBytes(signature)) throw shape;
  if (!(unprotected instanceof Map) || unprotected.size > 0 || !list.every(isBytes)) throw shape;
  return { header, payload, signature, modules: list };
}

function checkSignature(
  envelope: Envelope,
  trusted: readonly TrustedKey[],
  fail: Fail,
): TrustedKey {
  let header: Cbor;
  try {
    header = decodeCbor(envelope.header);
  } catch (error) {
    if (!(error instanceof CborError)) throw error;
    throw fail(`signature header is damaged at ${error.message}; ${REBUILD}`);
  }
  const entries = header instanceof Map ? header : new Map();
  const keyId: Cbor | undefined = entries.get(HEADER_4_KEY_ID);
  if (entries.size !== 2 || !isBytes(keyId) || keyId.length !== 32) {
    throw fail(`signature header is not algorithm and key identifier; ${REBUILD}`);
  }
  const key = trusted.find((candidate) => bytesToHex(candidate.keyId) === bytesToHex(keyId));
  if (key === undefined) {
    throw fail(
      `signed by an unknown key, SHA-256 ${bytesToHex(keyId)}; ` +
        "name the signer's public key as trusted, or sign with a key that is",
    );
  }
  if (entries.get(HEADER_1_ALGORITHM) !== ALGORITHM_NUMBERS[key.algorithm]) {
    throw fail(`signature is not ${key.algorithm}, the algorithm of ${key.name}; ${REBUILD}`);
  }
  if (!verifyOne(envelope.header, envelope.payload, envelope.signature, key)) {
    throw fail(`signature of ${key.name} does not hold, the image was changed; ${REBUILD}`);
  }
  return key;
}

function readManifest(payload: Uint8Array, fail: Fail): Manifest {
  try {
    return decodeManifest(payload);
  } catch (error) {
    if (!(error instanceof CborError || error instanceof TypeError)) throw error;
    throw fail(`manifest: ${error.message}; build the image with this version of wafer`);
  }
}

function matchModules(manifest: Manifest, codes: readonly Uint8Array[], fail: Fail): ImageModule[] {
  if (codes.length !== manifest.modules.length) {
    throw fail(
      `${codes.length} modules where the manifest names ${manifest.modules.length}; ${REBUILD}`,
    );
  }
  return manifest.modules.map((module, index) => {
    const wasm = codes[index]!;
    if (!isModule(module, wasm)) {
      throw fail(`module ${module.name} is not the one that was signed; ${REBUILD}`);
    }
    const { name, digest, ramBytes, aid } = module;
    return { name, wasm, digest, ramBytes, aid };
  });
}

function isModule(module: ManifestModule, wasm: Uint8Array): boolean {
  return wasm.length === module.codeBytes && bytesToHex(sha256(wasm)) === bytesToHex(module.digest);
}

function configurationOf(manifest: Manifest, fail: Fail): Uint8Array {
  try {
    return encodeConfiguration(manifest);
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
    throw fail(`manifest: ${error.message}`);
  }
}

function untag(item: Cbor | undefined, tag: number): Cbor | undefined {
  return item instanceof Tagged && item.tag === tag ? item.value : undefined;
}

function itemsOf(item: Cbor | undefined): readonly Cbor[] | undefined {
  return Array.isArray(item) ? item : undefined;
}

function isBytes(item: Cbor | undefined): item is Uint8Array {
  return item instanceof Uint8Array;
}
