// The whole batch before the first card: every row right, no person and no card twice,
// every value fits its field. All problems are counted; the first are told.

import { dirname } from "node:path";
import { BatchError, type BatchProblem, FieldError, PROBLEMS_SHOWN } from "../errors.ts";
import { type Attachments, ColumnError, Encoder, readsColumn } from "../products/encode.ts";
import type { Product } from "../products/product.ts";
import { columnType } from "./column-types.ts";
import { NumberIndex } from "./number-index.ts";
import { type FileKind, Portraits } from "./portraits.ts";
import { type BatchRow, readRows } from "./read.ts";
import { fileItems, typedSources } from "./row-sources.ts";

/** A batch that can be issued. */
export interface ValidBatch {
  readonly rows: number;
  /** SHA-256 of the file. */
  readonly digest: Uint8Array;
}

/** Reads the whole file. Throws `BatchError` with all that is wrong. */
export async function validateBatch(
  product: Product,
  path: string,
  onRow: (rows: number) => void = () => {},
): Promise<ValidBatch> {
  const problems: BatchProblem[] = [];
  let count = 0;
  const onProblem = (problem: BatchProblem) => {
    count++;
    if (problems.length < PROBLEMS_SHOWN) problems.push(problem);
  };
  const portraits = new Portraits(dirname(path), product);
  const indexes = product.batch.unique.map(() => new NumberIndex());
  const checks = rowChecks(product);
  let rows = 0;
  let digest: Uint8Array | undefined;
  const onDigest = (value: Uint8Array) => {
    digest = value;
  };
  for await (const entry of readRows(product, path, onProblem, onDigest)) {
    rows++;
    const { row, line } = entry;
    const say = (column: string, reason: string) => onProblem({ row, line, column, reason });
    findDuplicates(product, indexes, entry, say);
    await tryEncoding(product, portraits, checks, entry, say);
    onRow(row);
  }
  if (count > 0 || digest === undefined) throw new BatchError(path, problems, count);
  return { rows, digest };
}

type Say = (column: string, reason: string) => void;

/** One line for each number seen before; one in all where every number is that of one other row. */
function findDuplicates(
  product: Product,
  indexes: readonly NumberIndex[],
  { row, fields }: BatchRow,
  say: Say,
): void {
  const found: { names: string; earlier: number }[] = [];
  for (const [at, columns] of product.batch.unique.entries()) {
    let key = 0;
    for (const column of columns) {
      const type = columnType(product.batch.columns[column]!.type);
      key = key * type.packLimit! + type.pack!(fields[column]!);
    }
    const earlier = indexes[at]!.add(key, row);
    if (earlier !== undefined) found.push({ names: columns.join(" + "), earlier });
  }
  const [first] = found;
  const whole = found.length > 1 && found.length === indexes.length;
  if (whole && found.every(({ earlier }) => earlier === first!.earlier)) {
    const names = found.map(({ names }) => names).join(", ");
    say("", `repeats row ${first!.earlier} (${names}); remove one of the two`);
    return;
  }
  for (const { names, earlier } of found) {
    say(names, `the same as in row ${earlier}; correct or remove one of the two`);
  }
}

async function tryEncoding(
  product: Product,
  portraits: Portraits,
  checks: readonly ((encoder: Encoder) => void)[],
  { fields }: BatchRow,
  say: Say,
): Promise<void> {
  try {
    const attachments = await loadAttachments(product, portraits, fields);
    const encoder = new Encoder(product, fields, attachments, {});
    for (const check of checks) check(encoder);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    say(error instanceof ColumnError ? error.column : "", error.message);
  }
}

/** Contents of the files that the row names. Throws `ColumnError`. */
export async function loadAttachments(
  product: Product,
  portraits: Portraits,
  fields: Readonly<Record<string, string>>,
): Promise<Attachments> {
  const attachments: Record<string, Uint8Array> = {};
  for (const [column, type] of fileColumns(product)) {
    if (fields[column] === "") continue;
    try {
      attachments[column] = await portraits.load(column, type, fields[column]!);
    } catch (error) {
      throw error instanceof FieldError ? new ColumnError(column, error.message) : error;
    }
  }
  return attachments;
}

const fileColumnsOfProducts = new WeakMap<Product, [column: string, kind: FileKind][]>();

/** The columns that name files; found once, since every row asks. */
function fileColumns(product: Product): [column: string, kind: FileKind][] {
  let columns = fileColumnsOfProducts.get(product);
  if (columns === undefined) {
    columns = Object.entries(product.batch.columns).flatMap(([column, { type }]) =>
      type === "portrait" || type === "fingerprints" ? [[column, type]] : [],
    );
    fileColumnsOfProducts.set(product, columns);
  }
  return columns;
}

/** Encodes what the row decides, for the sake of the errors; constants were checked at load. */
function rowChecks(product: Product): ((encoder: Encoder) => void)[] {
  const checks: ((encoder: Encoder) => void)[] = [];
  for (const { file, item } of fileItems(product)) {
    const sources = item.parts?.flatMap(({ source }) => source ?? []) ?? [item];
    if (sources.some(readsColumn) || item.continuationOf !== undefined) {
      checks.push((encoder) => encoder.item(file, item));
    }
  }
  for (const source of typedSources(product)) {
    if (!readsColumn(source)) continue;
    checks.push((encoder) => {
      if (encoder.isPresent(source)) encoder.check(source);
    });
  }
  return checks;
}
