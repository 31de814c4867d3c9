// From the file to a card of one generation: what differs is chosen, names of keys become
// references, sizes are counted.

import { type AccessCondition, parseAccess } from "../products/access.ts";
import { encodeGb18030 } from "../text/gb18030.ts";
import { byteOf } from "./digits.ts";
import type { RawApplication, RawDefinition, RawFile, RawItem, RawKey } from "./schema.ts";
import type {
  Access,
  ApplicationDefinition,
  CardDefinition,
  FileDefinition,
  Generation,
  ItemDefinition,
  KeyDefinition,
} from "./types.ts";

/** Tag and length in front of a value. */
export const TLV_HEADER = 2;
/** Bytes of a key that is not of single length. */
const KEY_BYTES = 16;

export interface Reference {
  readonly name: string;
  readonly reference: number;
}

/** Keys and PINs that a condition of an application may name: its own, and the environment's. */
export interface Scope {
  readonly keys: readonly Reference[];
  readonly pins: readonly Reference[];
}

export function scopeOf(definition: RawDefinition, application: RawApplication): Scope {
  const root = definition.applications[0]!;
  const added = definition.extensions
    .filter((extension) => extension.application === application.id)
    .flatMap(({ keys }) => keys);
  return {
    keys: [...application.keys, ...added, ...root.keys],
    pins: [...(application.pins ?? []), ...(root.pins ?? [])],
  };
}

/** The condition on the card; undefined when it names a key or PIN that is not in scope. */
export function accessOf(text: string, { keys, pins }: Scope): Access | undefined {
  const name = /key (\w+)$/.exec(text)?.[1];
  const key = keys.find((one) => one.name === name);
  const [pin] = pins;
  if ((name !== undefined && key === undefined) || (text.startsWith("pin") && !pin)) {
    return undefined;
  }
  const written = text
    .replace(/^pin/, () => `pin ${byteOf(pin!.reference)}`)
    .replace(/key \w+$/, () => `key ${byteOf(key!.reference)}`);
  const condition = parseAccess(written) as AccessCondition;
  return name === undefined ? { condition, text } : { condition, text, key: name };
}

/** The card of a definition that has no mistake. */
export function resolveCard(definition: RawDefinition, generation: Generation): CardDefinition {
  const { cipher, algorithm, version } = definition.generations[generation];
  const scopes = new Map(definition.applications.map((one) => [one.id, scopeOf(definition, one)]));
  const resolver = { generation, cipher };
  return {
    generation,
    cipher,
    algorithm,
    version,
    exclusive: definition.exclusive,
    applications: definition.applications.map((one) =>
      resolveApplication(one, scopes.get(one.id)!, resolver),
    ),
    extensions: definition.extensions.map(({ name, application, keys, files }) => ({
      name,
      application,
      keys: keys.map((key) => resolveKey(key, resolver)),
      files: files.map((file) => resolveFile(file, scopes.get(application)!, generation)),
    })),
  };
}

interface Resolver {
  readonly generation: Generation;
  readonly cipher: "tdes" | "sm4";
}

function resolveApplication(
  raw: RawApplication,
  scope: Scope,
  resolver: Resolver,
): ApplicationDefinition {
  const { id, fid, key, name, chinese, label, directoryFile } = raw;
  return {
    id,
    fid,
    key,
    name,
    chinese,
    dfName: raw.aid ?? encodeGb18030(label ?? ""),
    ...(label !== undefined && { label }),
    optional: raw.optional ?? false,
    ...(raw.block !== undefined && { block: accessOf(raw.block, scope)! }),
    account: raw.account ?? false,
    pins: raw.pins ?? [],
    keys: raw.keys.map((one) => resolveKey(one, resolver)),
    ...(directoryFile !== undefined && {
      directoryFile: {
        fid: Number.parseInt(directoryFile.id, 16),
        sfi: directoryFile.sfi,
        read: accessOf(directoryFile.read, scope)!,
        update: accessOf(directoryFile.update, scope)!,
      },
    }),
    files: raw.files.map((file) => resolveFile(file, scope, resolver.generation)),
  };
}

function resolveKey(raw: RawKey, { generation, cipher }: Resolver): KeyDefinition {
  const { name, reference, purpose, tries, use, psam, hsm = [] } = raw;
  const versions = raw.versions ?? 1;
  const [first] = hsm;
  const counted = Array.from({ length: versions }, (_, at) => (first ?? 0) + at);
  return {
    name,
    reference,
    purpose,
    cipher,
    versions,
    length: chosen(raw.length, generation) ?? KEY_BYTES,
    tries,
    use,
    ...(psam !== undefined && { psam }),
    hsm: hsm.length === 1 ? counted : hsm,
  };
}

function resolveFile(raw: RawFile, scope: Scope, generation: Generation): FileDefinition {
  const { id, sfi, key, name, chinese, type, status, size = 0, fields = [] } = raw;
  const items = (raw.items ?? []).map(resolveItem);
  const ofFields = fields.reduce((sum, { length }) => sum + length, 0);
  const longest = Math.max(0, ...items.map(({ length }) => length + TLV_HEADER));
  return {
    id,
    fid: Number.parseInt(id, 16),
    sfi,
    key,
    name,
    chinese,
    type,
    status,
    read: accessOf(chosen(raw.read, generation), scope)!,
    update: accessOf(chosen(raw.update, generation), scope)!,
    size,
    recordSize: type === "cyclic" ? ofFields : longest,
    records: raw.records ?? items.reduce((sum, { count }) => sum + count, 0),
    items,
    fields,
  };
}

function resolveItem(raw: RawItem): ItemDefinition {
  return { ...raw, parts: raw.parts ?? [], count: raw.count ?? 1 };
}

type PerGeneration<T> = T | { "2": T; "3": T };

function chosen<T extends string | number | undefined>(
  value: PerGeneration<T>,
  generation: Generation,
): T {
  return typeof value === "object" ? value[generation] : value;
}
