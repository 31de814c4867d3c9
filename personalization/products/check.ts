// What a shape cannot say about a product: names that must exist, sizes that must fit,
// identifiers that must differ. Answers the first mistake.

import { MAX_RECORD_BYTES } from "../../applets/filesystem/spec.ts";
import { columnType } from "../batch/column-types.ts";
import { FieldError } from "../errors.ts";
import type { Path } from "../files/yaml-file.ts";
import type { DefinedApplication } from "./defined-application.ts";
import { Encoder } from "./encode.ts";
import type { PlacedSource } from "./expand.ts";
import type { Directory, Product, ProductFile, TypedSource } from "./product.ts";
import type { ProductContent } from "./schema.ts";
import type { Source } from "./source.ts";
import type { WrittenApplication } from "./written-application.ts";

export interface Mistake {
  readonly path: Path;
  readonly reason: string;
}
type Mistakes = Generator<Mistake, void, undefined>;

/** `content` is the file as it is written, `placed` the sources of applications by definition. */
export function findMistake(
  product: Product,
  content: ProductContent,
  placed: readonly PlacedSource[],
): Mistake | undefined {
  return mistakes(product, content, placed).next().value ?? undefined;
}

function* mistakes(
  product: Product,
  content: ProductContent,
  placed: readonly PlacedSource[],
): Mistakes {
  yield* columnMistakes(product);
  const known = new Set<string>();
  for (const [name, value] of Object.entries(product.values)) {
    const path = ["values", name];
    if (value.mac === undefined) yield* typedMistakes(product, value, path, known);
    else {
      yield* sourceMistakes(product, value.mac.over, [...path, "mac", "over"], known);
      if (!keyReferences(product.applications[0]!.directory).includes(value.mac.key)) {
        const reason = "the first application has no key of this reference";
        yield { path: [...path, "mac", "key"], reason };
      }
    }
    known.add(name);
  }
  for (const [name, source] of Object.entries(product.report)) {
    yield* sourceMistakes(product, source, ["report", name], known);
  }
  const domain = product.issuerDomain;
  const context = ["issuerDomain", "cardKeys", "context"];
  yield* sourceMistakes(product, domain.cardKeys.context, context, known);
  for (const [at, object] of domain.data.entries()) {
    yield* typedMistakes(product, object, ["issuerDomain", "data", at], known);
  }
  if (product.identity !== undefined) {
    yield* sourceMistakes(product, product.identity.holder, ["identity", "holder"], known);
  }
  for (const [at, application] of content.applications.entries()) {
    yield* applicationMistakes(product, application, ["applications", at], known);
  }
  for (const { path, source, codes } of placed) {
    yield* typedMistakes(product, source, path, known, codes);
  }
}

function* columnMistakes({ batch }: Product): Mistakes {
  for (const [name, column] of Object.entries(batch.columns)) {
    const path = ["batch", "columns", name];
    const { against } = columnType(column.type);
    for (const field of ["agreesWith", "after", "notBefore"] as const) {
      if (column[field] === undefined || field === against?.by) continue;
      const reason = `a column of type ${column.type} takes no ${field}; remove it`;
      yield { path: [...path, field], reason };
    }
    if (against === undefined) continue;
    const other = column[against.by];
    const types = against.types.join(" or ");
    if (other === undefined) {
      const reason = `missing ${against.by}: name a column of type ${types}`;
      if (against.needed) yield { path, reason };
    } else if (other === name || !against.types.includes(batch.columns[other]?.type ?? "")) {
      const reason = `must name ${other === name ? "another" : "a"} column of type ${types}`;
      yield { path: [...path, against.by], reason };
    }
  }
  for (const [at, names] of batch.unique.entries()) {
    const path = ["batch", "unique", at];
    let limit = 1;
    for (const [position, name] of names.entries()) {
      const column = batch.columns[name];
      if (column === undefined) yield { path: [...path, position], reason: `no column "${name}"` };
      else if (column.optional) yield { path: [...path, position], reason: "may not be optional" };
      else limit *= columnType(column.type).packLimit ?? Number.POSITIVE_INFINITY;
    }
    if (limit > Number.MAX_SAFE_INTEGER) {
      yield { path, reason: "columns of these types cannot be checked for duplicates" };
    }
  }
}

function* applicationMistakes(
  product: Product,
  application: WrittenApplication | DefinedApplication,
  path: Path,
  known: ReadonlySet<string>,
): Mistakes {
  const { diversification } = application;
  for (const field of ["region", "card"] as const) {
    const place = [...path, "diversification", field];
    yield* sourceMistakes(product, diversification[field], place, known);
  }
  if ("definition" in application) return;
  const { aid, directory, groupings = [] } = application;
  if (aid.length < 5 || aid.length > 16) {
    yield { path: [...path, "aid"], reason: "an AID has 5 to 16 bytes" };
  }
  for (const [at, grouping] of groupings.entries()) {
    yield* typedMistakes(product, grouping, [...path, "groupings", at], known);
  }
  yield* directoryMistakes(product, directory, directory, [...path, "directory"], known);
  let selected: Directory = directory;
  for (const [at, step] of application.readBack.entries()) {
    const [[action, number] = ["", 0]] = Object.entries(step);
    const reference = action === "verifyPin" ? pinReferences : keyReferences;
    if (action === "directory") {
      const below = [directory, ...(directory.directories ?? [])].find(({ id }) => id === number);
      if (below === undefined)
        yield { path: [...path, "readBack", at], reason: "not on this card" };
      else selected = below;
      continue;
    }
    const isFile = action === "read" || action === "refused";
    const there = isFile
      ? (selected.files ?? []).some((file) => file.id === number)
      : [directory, selected].flatMap(reference).includes(number);
    if (!there) yield { path: [...path, "readBack", at, action], reason: "not on this card" };
  }
}

function* directoryMistakes(
  product: Product,
  directory: Directory,
  root: Directory,
  path: Path,
  known: ReadonlySet<string>,
): Mistakes {
  yield* duplicates(directory.keys, "reference", [...path, "keys"]);
  yield* duplicates(directory.pins, "reference", [...path, "pins"]);
  yield* duplicates(directory.files, "id", [...path, "files"]);
  yield* duplicates(directory.files, "sfi", [...path, "files"]);
  yield* duplicates(directory.directories, "id", [...path, "directories"]);
  for (const [at, pin] of (directory.pins ?? []).entries()) {
    yield* typedMistakes(product, pin, [...path, "pins", at], known);
  }
  for (const [at, file] of (directory.files ?? []).entries()) {
    const place = [...path, "files", at];
    yield* accessMistakes(file, [directory, root], place);
    yield* fileMistakes(product, file, place, known);
  }
  for (const [at, child] of (directory.directories ?? []).entries()) {
    yield* directoryMistakes(product, child, root, [...path, "directories", at], known);
  }
}

function* accessMistakes(file: ProductFile, scope: readonly Directory[], path: Path): Mistakes {
  for (const [operation, condition] of Object.entries(file.access)) {
    const place = [...path, "access", operation];
    if (condition.key !== undefined && !scope.flatMap(keyReferences).includes(condition.key)) {
      yield { path: place, reason: "names a key that is not on this card" };
    }
    if (condition.pin !== undefined && !scope.flatMap(pinReferences).includes(condition.pin)) {
      yield { path: place, reason: "names a PIN that is not on this card" };
    }
  }
}

function* fileMistakes(
  product: Product,
  file: ProductFile,
  path: Path,
  known: ReadonlySet<string>,
): Mistakes {
  const [needed, foreign] =
    file.type === "transparent" ? (["content", "items"] as const) : (["items", "content"] as const);
  if (file[foreign] !== undefined) {
    yield { path: [...path, foreign], reason: `a ${file.type} file has no ${foreign}` };
  }
  const hasSize = needed === "content" ? file.size : file.recordSize && file.records;
  if (file[needed] === undefined && hasSize === undefined) {
    yield { path, reason: `missing field "${needed}"` };
  }
  if (file.content !== undefined) {
    yield* typedMistakes(product, file.content, [...path, "content"], known);
  }
  const items = file.items ?? [];
  for (const [at, item] of items.entries()) {
    const place = [...path, "items", at];
    const size = item.length + (item.tag > 0xff ? 3 : 2);
    if (size > Math.min(file.recordSize ?? MAX_RECORD_BYTES, MAX_RECORD_BYTES)) {
      yield { path: [...place, "length"], reason: `the record would have ${size} bytes: too long` };
    }
    if (item.continuationOf === undefined) {
      yield* typedMistakes(product, item as TypedSource, place, known);
    } else if (!items.some((other) => other.tag === item.continuationOf && other.type === "an")) {
      const reason = "the file has no item of type an with this tag";
      yield { path: [...place, "continuationOf"], reason };
    }
  }
  if (file.records !== undefined && file.records < items.length) {
    yield { path: [...path, "records"], reason: `the file has ${items.length} items` };
  }
}

/** Names of the source; and whether what is constant in it fits type and length. */
function* typedMistakes(
  product: Product,
  source: TypedSource,
  path: Path,
  known: ReadonlySet<string>,
  codes?: Readonly<Record<string, string>>,
): Mistakes {
  yield* sourceMistakes(product, source, path, known);
  if (codes !== undefined && source.constant !== undefined && !(source.constant in codes)) {
    const reason = `"${source.constant}" is no code for this: ${Object.keys(codes).join(", ")}`;
    yield { path, reason };
  }
  const value = source.value === undefined ? undefined : product.values[source.value];
  if (value !== undefined && value.length > source.length) {
    yield { path: [...path, "value"], reason: `the value has ${value.length} bytes: too long` };
  }
  if (source.constant === undefined && source.hex === undefined) return;
  try {
    new Encoder(product, {}, {}, {}).typed(source);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    yield { path, reason: error.message };
  }
}

function* sourceMistakes(
  product: Product,
  source: Source,
  path: Path,
  known: ReadonlySet<string>,
): Mistakes {
  if (source.column !== undefined && product.batch.columns[source.column] === undefined) {
    yield { path: [...path, "column"], reason: `the batch has no column "${source.column}"` };
  }
  if (source.value !== undefined && !known.has(source.value)) {
    yield { path: [...path, "value"], reason: `no value "${source.value}" is defined above` };
  }
  if ((source.take ?? source.as) !== undefined && source.column === undefined) {
    yield { path, reason: "take and as belong to a column" };
  }
  for (const [at, part] of (source.concat ?? []).entries()) {
    yield* sourceMistakes(product, part, [...path, "concat", at], known);
  }
}

function* duplicates<Field extends string>(
  entries: readonly { [field in Field]?: number | undefined }[] | undefined,
  field: Field,
  path: Path,
): Mistakes {
  const seen = new Set<number>();
  for (const [at, entry] of (entries ?? []).entries()) {
    const value = entry[field];
    if (value !== undefined && seen.has(value)) {
      yield { path: [...path, at, field], reason: "stands twice in this directory" };
    }
    if (value !== undefined) seen.add(value);
  }
}

function keyReferences(directory: Directory): number[] {
  return (directory.keys ?? []).map((key) => key.reference);
}

function pinReferences(directory: Directory): number[] {
  return (directory.pins ?? []).map((pin) => pin.reference);
}
