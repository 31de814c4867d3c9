// The tree of a definition with the product's values: what a product would have to write out if
// there were no definition. Every file of an application is made, with values or empty.

import { byteOf } from "../definition/digits.ts";
import { findApplication } from "../definition/find.ts";
import type {
  Access,
  ApplicationDefinition,
  CardDefinition,
  FileDefinition,
  ItemDefinition,
  KeyDefinition,
} from "../definition/types.ts";
import type { Path } from "../files/yaml-file.ts";
import { masterName } from "../keys/master-name.ts";
import type { AccessCondition } from "./access.ts";
import type { DefinedApplication, ItemValue, PartValues } from "./defined-application.ts";
import { directoryFile } from "./directory-file.ts";
import type {
  Directory,
  ProductAccount,
  ProductApplication,
  ProductFile,
  ProductItem,
  ProductKey,
  ProductPart,
  ProductPin,
  TypedSource,
} from "./product.ts";
import { deriveReadBack } from "./read-back.ts";
import type { Source } from "./source.ts";

/** A source of the product file with the place where it stands. */
export interface PlacedSource {
  readonly path: Path;
  readonly source: TypedSource;
  readonly codes?: Readonly<Record<string, string>> | undefined;
}

/** Paths begin at the application. */
export interface Report {
  /** Tells of a mistake. */
  fail(path: Path, reason: string): never;
  /** Gets every source with type and length, to be checked. */
  source(placed: PlacedSource): void;
}

/** Throws through `report` what does not go together with the definition. */
export function expandApplication(
  raw: DefinedApplication,
  card: CardDefinition,
  report: Report,
): ProductApplication {
  const { fail } = report;
  const applications = chosenApplications(raw, card, fail);
  const known = applications.map(({ id }) => id);
  for (const id of Object.keys(raw.values)) {
    if (!known.includes(id)) {
      fail(["values", id], `these cards have no application ${id}: ${known.join(", ")}`);
    }
  }
  checkExclusive(raw, card, fail);
  const [first, ...others] = applications as [ApplicationDefinition, ...ApplicationDefinition[]];
  const root = expandDirectory(first, raw, card, report);
  root.directories = others.map((one) => expandDirectory(one, raw, card, report));
  if (first.directoryFile !== undefined) {
    root.files!.push(directoryFile(first.directoryFile, others));
  }
  const { name, securityLevel, diversification } = raw;
  return {
    name,
    aid: first.dfName,
    securityLevel,
    diversification,
    algorithm: card.algorithm,
    directory: root,
    groupings: [],
    readBack: deriveReadBack(root),
  };
}

/** Those that all cards have, and those that the product names; with its extensions only. */
function chosenApplications(
  raw: DefinedApplication,
  card: CardDefinition,
  fail: Report["fail"],
): ApplicationDefinition[] {
  const { optional = [], extensions = [] } = raw;
  const ids = card.applications.filter((one) => one.optional).map(({ id }) => id);
  for (const [at, id] of optional.entries()) {
    if (!ids.includes(id)) fail(["optional", at], `must be one of ${ids.join(", ")}`);
  }
  const names = card.extensions.map(({ name }) => name);
  for (const [at, name] of extensions.entries()) {
    if (!names.includes(name)) fail(["extensions", at], `must be one of ${names.join(", ")}`);
  }
  const added = card.extensions.filter(({ name }) => extensions.includes(name));
  return card.applications
    .filter((one) => !one.optional || optional.includes(one.id))
    .map(({ id }) => findApplication({ ...card, extensions: added }, id));
}

/** Items of which a card has one only. */
function checkExclusive(raw: DefinedApplication, card: CardDefinition, fail: Report["fail"]): void {
  for (const places of card.exclusive) {
    const taken = places.filter(
      ({ application, file, tag }) => raw.values[application]?.[file]?.[byteOf(tag)] !== undefined,
    );
    const [first, second] = taken;
    if (first === undefined || second === undefined) continue;
    const path = ["values", second.application, second.file, byteOf(second.tag)];
    fail(path, `stands in ${first.application} ${first.file} already; a card has it once`);
  }
}

function expandDirectory(
  definition: ApplicationDefinition,
  raw: DefinedApplication,
  card: CardDefinition,
  report: Report,
): Directory {
  const { id, fid, name, dfName, block, keys, pins, files } = definition;
  const values = raw.values[id] ?? {};
  const known = files.map((file) => file.id);
  for (const file of Object.keys(values)) {
    if (known.includes(file)) continue;
    report.fail(["values", id, file], `${id} has no file ${file}: ${known.join(", ")}`);
  }
  const isRoot = card.applications[0]!.id === id;
  return {
    id: fid,
    name,
    ...(!isRoot && { dfName }),
    ...(block !== undefined && { block: block.condition }),
    keys: keys.map((key) => expandKey(key, raw.masterPrefix)),
    pins: pins.map((pin) => expandPin(pin, raw, report)),
    files: files.map((file) =>
      expandFile(file, values[file.id] ?? {}, below(["values", id, file.id], report)),
    ),
    ...(definition.account &&
      raw.account !== undefined && { account: expandAccount(raw.account, report) }),
  };
}

function expandKey(key: KeyDefinition, prefix: string): ProductKey {
  return {
    reference: key.reference,
    name: key.name,
    kind: key.cipher,
    // The card only makes session keys with it.
    uses: ["derive"],
    tries: key.tries,
    masters: Array.from({ length: key.versions }, (_, at) => masterName(prefix, key.name, at + 1)),
    ...(key.length < 16 && { single: true }),
    ...(key.purpose === "internal" && { provesCard: true }),
  };
}

function expandPin(
  pin: { name: string; reference: number },
  raw: DefinedApplication,
  report: Report,
): ProductPin {
  const value = raw.pins[pin.name] ?? report.fail(["pins"], `missing field "${pin.name}"; add it`);
  report.source({ path: ["pins", pin.name], source: value });
  return { ...value, reference: pin.reference };
}

function expandAccount(
  values: NonNullable<DefinedApplication["account"]>,
  report: Report,
): ProductAccount {
  const typed = (name: keyof typeof values, type: "b" | "cn", length: number) => {
    const source = { ...values[name], type, length };
    report.source({ path: ["account", name], source });
    return source;
  };
  return {
    balance: typed("balance", "b", 4),
    selfPaid: typed("selfPaid", "b", 4),
    pooled: typed("pooled", "b", 4),
    year: typed("year", "cn", 2),
    startingDay: typed("startingDay", "cn", 2),
  };
}

function below(path: Path, report: Report): Report {
  return {
    fail: (place, reason) => report.fail([...path, ...place], reason),
    source: (placed) => report.source({ ...placed, path: [...path, ...placed.path] }),
  };
}

type FileValues = DefinedApplication["values"][string][string];

function expandFile(file: FileDefinition, values: FileValues, report: Report): ProductFile {
  const { fail } = report;
  const common = {
    id: file.fid,
    name: file.name,
    type: file.type,
    sfi: file.sfi,
    access: { read: plain(file.read), update: plain(file.update), append: plain(file.update) },
  };
  const { content, ...tagged } = values;
  if (file.type === "transparent") {
    for (const tag of Object.keys(tagged)) fail([tag], "a transparent file has no items");
    if (content === undefined) return { ...common, size: file.size };
    const source = oneSource(content, ["content"], fail);
    const typed = { ...source, type: "b" as const, length: file.size, exact: true };
    report.source({ path: ["content"], source: typed });
    return { ...common, size: file.size, content: typed };
  }
  if (content !== undefined) fail(["content"], `a ${file.type} file has no content`);
  const tags = file.items.map(({ tag }) => byteOf(tag));
  for (const tag of Object.keys(tagged)) {
    if (!tags.includes(tag)) fail([tag], `the file has no such item: ${tags.join(", ")}`);
  }
  const items = file.items.flatMap((item) => expandItems(item, file, tagged, report));
  return { ...common, recordSize: file.recordSize, records: file.records, items };
}

function expandItems(
  item: ItemDefinition,
  file: FileDefinition,
  values: FileValues,
  report: Report,
): ProductItem[] {
  const { fail } = report;
  const value = values[byteOf(item.tag)];
  const { tag, name, type, length, codes, continues } = item;
  const common = { tag, name, type, length, ...(codes !== undefined && { codes }) };
  if (continues !== undefined && value === undefined && values[byteOf(continues)] !== undefined) {
    return [{ ...common, continuationOf: continues }];
  }
  if (value === undefined) return [];
  const path = [byteOf(tag)];
  const list = Array.isArray(value) ? value : [value];
  if (list.length > item.count) {
    fail(path, `has ${list.length} values; ${file.id} holds ${item.count}`);
  }
  return list.map((one, at) => {
    const place = Array.isArray(value) ? [...path, at] : path;
    if (type === "tlv") return { ...common, parts: expandParts(item, one, below(place, report)) };
    const source = oneSource(one, place, fail);
    report.source({ path: place, source: { ...source, type, length }, codes });
    return { ...common, ...source };
  });
}

function expandParts(item: ItemDefinition, value: ItemValue, report: Report): ProductPart[] {
  const tags = item.parts.map(({ tag }) => byteOf(tag));
  if (Array.isArray(value) || Object.keys(value).some((tag) => !tags.includes(tag))) {
    return report.fail([], `must be a map of the parts ${tags.join(", ")}`);
  }
  const parts = value as PartValues;
  return item.parts.map(({ tag, name, type, length, codes }) => {
    const source = parts[byteOf(tag)];
    if (source !== undefined) {
      report.source({ path: [byteOf(tag)], source: { ...source, type, length }, codes });
    }
    return {
      tag,
      name,
      type,
      length,
      ...(source !== undefined && { source }),
      ...(codes !== undefined && { codes }),
    };
  });
}

function oneSource(value: ItemValue, path: Path, fail: Report["fail"]): Source {
  const isOne =
    !Array.isArray(value) && !Object.keys(value).some((key) => /^[0-9A-F]{2}$/.test(key));
  return isOne ? (value as Source) : fail(path, "must be one source");
}

function plain({ condition }: Access): AccessCondition {
  return condition;
}
