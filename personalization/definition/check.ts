// What a shape cannot say about the definition: names that must exist, identifiers that must
// differ, lengths that must add up, and the standard's rules for what a region adds.

import { MAX_RECORD_BYTES } from "../../applets/filesystem/spec.ts";
import { FieldError } from "../errors.ts";
import type { Path } from "../files/yaml-file.ts";
import { encodeGb18030 } from "../text/gb18030.ts";
import { wordOf } from "./digits.ts";
import { accessOf, type Scope, scopeOf, TLV_HEADER } from "./resolve.ts";
import type { RawApplication, RawDefinition, RawFile, RawItem, RawKey } from "./schema.ts";
import type { FieldType, ValueKind } from "./types.ts";

interface Mistake {
  readonly path: Path;
  readonly reason: string;
}
type Mistakes = Generator<Mistake, void, undefined>;

/** Longest DF name. ISO/IEC 7816-4:2020, 7.4.1. */
const MAX_NAME_BYTES = 16;

/** The first mistake. */
export function findMistake(definition: RawDefinition): Mistake | undefined {
  return mistakes(definition).next().value ?? undefined;
}

function* mistakes(definition: RawDefinition): Mistakes {
  const { applications } = definition;
  yield* duplicates(applications, "id", ["applications"]);
  yield* duplicates(applications, "fid", ["applications"]);
  for (const [at, application] of applications.entries()) {
    const path = ["applications", at];
    const scope = scopeOf(definition, application);
    yield* nameMistakes(application, path);
    yield* partsMistakes(application, scope, path);
    for (const member of ["block", "directoryFile"] as const) {
      const value = application[member];
      if (value === undefined) continue;
      const texts = typeof value === "string" ? [value] : [value.read, value.update];
      for (const text of texts) yield* accessMistakes(text, scope, [...path, member]);
    }
  }
  yield* extensionMistakes(definition);
  for (const [at, places] of definition.exclusive.entries()) {
    for (const [number, { application, file, tag }] of places.entries()) {
      const files = applications.find(({ id }) => id === application)?.files ?? [];
      const items = files.find(({ id }) => id === file)?.items ?? [];
      if (items.some((item) => item.tag === tag)) continue;
      yield { path: ["exclusive", at, number], reason: "there is no such item" };
    }
  }
}

function* nameMistakes({ aid, label }: RawApplication, path: Path): Mistakes {
  if (aid === undefined && label === undefined) {
    yield { path, reason: "needs an aid or a label to be selected by" };
  }
  const name = aid ?? encoded(label ?? "");
  if (name === undefined || name.length > MAX_NAME_BYTES) {
    const reason = `must fit ${MAX_NAME_BYTES} bytes of GBK`;
    yield { path: [...path, aid === undefined ? "label" : "aid"], reason };
  }
}

function encoded(label: string): Uint8Array | undefined {
  try {
    return encodeGb18030(label);
  } catch (error) {
    if (error instanceof FieldError) return undefined;
    throw error;
  }
}

function* extensionMistakes({ extensions, applications, extensionRules }: RawDefinition): Mistakes {
  for (const [at, extension] of extensions.entries()) {
    const path = ["extensions", at];
    const base = applications.find(({ id }) => id === extension.application);
    if (base === undefined) {
      yield { path: [...path, "application"], reason: "there is no such application" };
      return;
    }
    for (const [number, { id }] of extension.files.entries()) {
      if (Number.parseInt(id, 16) >= extensionRules.firstFile) continue;
      const first = wordOf(extensionRules.firstFile);
      yield { path: [...path, "files", number, "id"], reason: `must be ${first} or above` };
    }
    const scope = scopeOf({ extensions, applications } as RawDefinition, base);
    const together = {
      keys: [...base.keys, ...extension.keys],
      files: [...base.files, ...extension.files],
    };
    for (const _ of identifierMistakes(together, path)) {
      yield { path, reason: "takes an identifier that the application has already" };
    }
    yield* partsMistakes(extension, scope, path);
  }
}

type Parts = Pick<RawApplication, "keys" | "files">;

function* partsMistakes(parts: Parts, scope: Scope, path: Path): Mistakes {
  yield* identifierMistakes(parts, path);
  for (const [at, key] of parts.keys.entries()) yield* keyMistakes(key, [...path, "keys", at]);
  for (const [at, file] of parts.files.entries()) {
    const place = [...path, "files", at];
    for (const operation of ["read", "update"] as const) {
      const value = file[operation];
      const texts = typeof value === "string" ? [value] : Object.values(value);
      for (const text of texts) yield* accessMistakes(text, scope, [...place, operation]);
    }
    yield* fileMistakes(file, place);
  }
}

function* identifierMistakes({ keys, files }: Parts, path: Path): Mistakes {
  yield* duplicates(keys, "name", [...path, "keys"]);
  yield* duplicates(keys, "reference", [...path, "keys"]);
  for (const field of ["id", "sfi", "key"] as const) {
    yield* duplicates(files, field, [...path, "files"]);
  }
}

function* keyMistakes({ versions = 1, hsm = [], psam, length }: RawKey, path: Path): Mistakes {
  if (hsm.length > 1 && hsm.length !== versions) {
    yield {
      path: [...path, "hsm"],
      reason: `has ${hsm.length} addresses for ${versions} versions`,
    };
  }
  if (psam !== undefined && ![1, versions].includes(psam.ids.length)) {
    yield { path: [...path, "psam"], reason: `needs one identifier, or ${versions}` };
  }
  const lengths = typeof length === "object" ? Object.values(length) : [length ?? 16];
  if (lengths.some((one) => one !== 8 && one !== 16)) {
    yield { path: [...path, "length"], reason: "must be 8 or 16" };
  }
}

function* accessMistakes(text: string, scope: Scope, path: Path): Mistakes {
  if (accessOf(text, scope) !== undefined) return;
  yield { path, reason: `"${text}" names a key or PIN that is not there` };
}

/** Which members a file of each type has. */
const MEMBERS = {
  transparent: ["size"],
  "linear-fixed": ["items"],
  "linear-variable": ["items"],
  cyclic: ["fields", "records"],
} as const;

function* fileMistakes(file: RawFile, path: Path): Mistakes {
  const wanted: readonly string[] = MEMBERS[file.type];
  for (const member of ["size", "items", "fields", "records"] as const) {
    const there = file[member] !== undefined;
    if (there === wanted.includes(member)) continue;
    // A linear file may have room for more than its items.
    if (there && member === "records" && file.items !== undefined) continue;
    const reason = there ? `a ${file.type} file has no ${member}` : `missing field "${member}"`;
    yield { path: there ? [...path, member] : path, reason };
  }
  const items = file.items ?? [];
  yield* duplicates(items, "tag", [...path, "items"]);
  yield* duplicates(items, "key", [...path, "items"]);
  yield* duplicates(file.fields, "key", [...path, "fields"]);
  for (const [at, field] of (file.fields ?? []).entries()) {
    yield* kindMistakes(field, [...path, "fields", at]);
  }
  for (const [at, item] of items.entries()) {
    yield* itemMistakes(item, items, [...path, "items", at]);
  }
  const fixed = new Set(items.map(({ length }) => length));
  if (file.type === "linear-fixed" && fixed.size > 1) {
    yield { path: [...path, "items"], reason: "must all have one length" };
  }
}

function* itemMistakes(item: RawItem, items: readonly RawItem[], path: Path): Mistakes {
  if (item.length + TLV_HEADER > MAX_RECORD_BYTES) {
    yield { path: [...path, "length"], reason: `a record has at most ${MAX_RECORD_BYTES} bytes` };
  }
  yield* kindMistakes(item, path);
  const { parts, continues } = item;
  if ((parts !== undefined) !== (item.type === "tlv")) {
    yield { path, reason: "an item has parts exactly when it is of type tlv" };
  }
  if (parts !== undefined) {
    yield* duplicates(parts, "tag", [...path, "parts"]);
    yield* duplicates(parts, "key", [...path, "parts"]);
    for (const [at, part] of parts.entries()) yield* kindMistakes(part, [...path, "parts", at]);
    const sum = parts.reduce((total, { length }) => total + length + TLV_HEADER, 0);
    if (sum !== item.length) {
      yield {
        path: [...path, "length"],
        reason: `the parts have ${sum} bytes, not ${item.length}`,
      };
    }
  }
  const first = items.find(({ tag }) => tag === continues);
  if (continues !== undefined && (first?.type !== "an" || item.type !== "an")) {
    yield { path: [...path, "continues"], reason: "the file has no text item with this tag" };
  }
}

/** Type and bytes of each kind; undefined: any number of bytes. */
const KINDS: Readonly<Record<ValueKind, readonly [type: FieldType, bytes?: number]>> = {
  date: ["cn", 4],
  month: ["cn", 3],
  year: ["cn", 2],
  time: ["cn", 7],
  region: ["cn", 3],
  phone: ["an"],
  "card-number": ["an", 9],
};

type Kinded = Pick<RawItem, "kind" | "type" | "length">;

function* kindMistakes({ kind, type, length }: Kinded, path: Path): Mistakes {
  if (kind === undefined) return;
  const [wanted, bytes = length] = KINDS[kind];
  if (type === wanted && length === bytes) return;
  const size = bytes === length ? "" : ` of ${bytes} bytes`;
  yield { path: [...path, "kind"], reason: `a ${kind} is ${wanted}${size}` };
}

function* duplicates<Field extends string>(
  entries: readonly { readonly [field in Field]: string | number }[] | undefined,
  field: Field,
  path: Path,
): Mistakes {
  const seen = new Set<string | number>();
  for (const [at, entry] of (entries ?? []).entries()) {
    if (seen.has(entry[field])) {
      yield { path: [...path, at, field], reason: "stands twice in this list" };
    }
    seen.add(entry[field]);
  }
}
