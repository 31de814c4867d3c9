// The manifest as CBOR and back. Keys are the names of the fields of `Manifest`.

import * as v from "valibot";
import { MAX_INSTANCES } from "../../runtime/spec/chip.ts";
import {
  MAX_AID_BYTES,
  MAX_CHANNELS,
  MAX_MODULES,
  MIN_AID_BYTES,
} from "../../runtime/spec/configuration.ts";
import { SLOT_DATA_BYTES } from "../../runtime/spec/store.ts";
import { type Cbor, type CborMap, decodeCbor, encodeCbor, Tagged } from "./cbor.ts";
import type { Manifest } from "./types.ts";

/** Version of the image format that this code writes and reads. */
export const IMAGE_FORMAT = 2;

/** Most fuel of a call: what is left and what one charge takes from it stay within 32 bits. */
export const MAX_INSTRUCTION_LIMIT = 1 << 30;
/** More than the two protocols have variants. */
export const MAX_SECURE_CHANNELS = 8;
/** The configuration block has two bytes for chunks. */
export const MAX_QUOTA_BYTES = 0xffff * SLOT_DATA_BYTES;

const size = v.pipe(v.number(), v.minValue(0), v.maxValue(0x7fffffff));
const byte = v.pipe(v.number(), v.minValue(0), v.maxValue(0xff));
/** The configuration block has two bytes for it. */
const word = v.pipe(v.number(), v.minValue(0), v.maxValue(0xffff));
const count = (most: number) => v.pipe(v.number(), v.minValue(1), v.maxValue(most));
const name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/, "is no name (a-z, 0-9, -)"));
const bytes = (least: number, most: number) =>
  v.pipe(v.instance(Uint8Array), v.minLength(least), v.maxLength(most));
const aid = bytes(MIN_AID_BYTES, MAX_AID_BYTES);

const manifestSchema = v.strictObject({
  format: v.literal(IMAGE_FORMAT, `is no version that this program reads (${IMAGE_FORMAT})`),
  chip: v.strictObject({
    name,
    pageBytes: count(0xffff),
    pageCount: count(0xffff),
    packagePages: word,
    eraseCycles: count(0x7fffffff),
    codeBytes: size,
    ramBytes: size,
    instructionLimit: count(MAX_INSTRUCTION_LIMIT),
  }),
  interfaces: v.strictObject({
    historicalBytes: bytes(0, 15),
    atrInterfaceBytes: bytes(1, 16),
    atsInterfaceBytes: bytes(1, 4),
  }),
  channels: count(MAX_CHANNELS),
  secureChannels: v.pipe(
    v.array(v.strictObject({ protocol: byte, i: byte })),
    v.maxLength(MAX_SECURE_CHANNELS),
  ),
  modules: v.pipe(
    v.array(
      v.strictObject({
        name,
        digest: bytes(32, 32),
        codeBytes: size,
        ramBytes: word,
        dataBytes: size,
        stackBytes: size,
        stackUsedBytes: size,
        aid: v.optional(aid),
        flags: v.optional(byte),
      }),
    ),
    v.minLength(1),
    v.maxLength(1 + MAX_MODULES),
  ),
  instances: v.pipe(
    v.array(
      v.strictObject({
        aid,
        module: size,
        privileges: bytes(3, 3),
        parameters: bytes(0, 255),
        quotaBytes: v.pipe(size, v.maxValue(MAX_QUOTA_BYTES)),
        implicit: byte,
      }),
    ),
    v.maxLength(MAX_INSTANCES - 1),
  ),
});

/** Writes a manifest: the payload that is signed. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return encodeCbor(toCbor(manifest));
}

/**
 * Reads and checks a manifest.
 * @throws CborError if the bytes are no deterministic CBOR
 * @throws TypeError with one line if a field is missing, unknown or out of range
 */
export function decodeManifest(payload: Uint8Array): Manifest {
  const result = v.safeParse(manifestSchema, fromCbor(decodeCbor(payload)));
  if (!result.success) {
    const issue = result.issues[0];
    throw new TypeError(`${v.getDotPath(issue) ?? "manifest"}: ${issue.message}`);
  }
  const fault = inconsistency(result.output);
  if (fault !== undefined) throw new TypeError(fault);
  return result.output;
}

/** What the schema of single fields cannot see. */
function inconsistency(manifest: Manifest): string | undefined {
  const [kernel, ...applets] = manifest.modules;
  if (kernel!.aid !== undefined) return "modules.0: the kernel has no AID";
  if (kernel!.flags !== undefined) return "modules.0: the kernel has no flags";
  for (const [index, module] of applets.entries()) {
    if (module.aid === undefined) return `modules.${index + 1}: an applet needs an AID`;
    if (module.flags === undefined) return `modules.${index + 1}: an applet needs flags`;
  }
  for (const [index, instance] of manifest.instances.entries()) {
    if (instance.module >= applets.length) return `instances.${index}: there is no such module`;
  }
  return undefined;
}

function toCbor(value: unknown): Cbor {
  if (typeof value === "number" || typeof value === "string") return value;
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(toCbor);
  const present = Object.entries(value as object).filter(([, item]) => item !== undefined);
  return new Map(present.map(([key, item]) => [key, toCbor(item)]));
}

/** Maps to objects. `fromEntries` defines own properties: `__proto__` is a key like any other. */
function fromCbor(value: Cbor): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...(value as CborMap)].map(([key, item]) => [key, fromCbor(item)]));
  }
  if (value instanceof Tagged) throw new TypeError("a tag stands where none belongs");
  if (Array.isArray(value)) return value.map(fromCbor);
  return value;
}
