// A batch file, row by row: CSV (RFC 4180), UTF-8, first line the column names, in any order.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { CsvError, type Info, parse } from "csv-parse";
import { type BatchProblem, FieldError } from "../errors.ts";
import { codeOf, systemReason } from "../files/system-reason.ts";
import type { Row } from "../products/encode.ts";
import type { Product } from "../products/product.ts";
import { columnType } from "./column-types.ts";

/** Longest row in characters: an open quotation mark must not swallow the whole file. */
const MAX_ROW = 16_384;

const NO_ROW = "the file holds no row; write one for each cardholder below the header";

export interface BatchRow {
  /** From 1, the header not counted; and the line of the file where the row ends. */
  readonly row: number;
  readonly line: number;
  /** Normalized fields by column. */
  readonly fields: Row;
}

export type OnProblem = (problem: BatchProblem) => void;
export type OnDigest = (digest: Uint8Array) => void;

/**
 * Rows whose every field is right by itself; the others are told to `onProblem`. After the last
 * row `onDigest` gets the SHA-256 of the whole file. Reading stops at what is no CSV.
 */
export async function* readRows(
  product: Product,
  path: string,
  onProblem: OnProblem,
  onDigest: OnDigest = () => {},
): AsyncGenerator<BatchRow> {
  const hash = createHash("sha256");
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW,
  });
  const input = createReadStream(path);
  input.on("data", (chunk) => hash.update(chunk));
  input.on("error", (error) => parser.destroy(error));
  input.pipe(parser);
  let header: string[] | undefined;
  let row = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: Info;
    }>) {
      if (header === undefined) {
        header = record;
        if (!checkHeader(product, header, onProblem)) return;
        continue;
      }
      row++;
      const fields = readFields(product, header, record, (column, reason) =>
        onProblem({ row, line: info.lines, column, reason }),
      );
      if (fields !== undefined) yield { row, line: info.lines, fields };
    }
    if (header === undefined || row === 0) {
      onProblem({ row: 0, line: 1, column: "", reason: NO_ROW });
    }
    onDigest(hash.digest());
  } catch (error) {
    onProblem(unreadable(error, row + 1));
  } finally {
    input.destroy();
  }
}

function checkHeader(product: Product, header: readonly string[], onProblem: OnProblem): boolean {
  const wanted = Object.keys(product.batch.columns);
  const say = (column: string, reason: string) => onProblem({ row: 0, line: 1, column, reason });
  const printable = (name: string) => name.replace(/[^\p{L}\p{N}_ -]/gu, "?").slice(0, 40);
  const unknown = header.filter((name) => !wanted.includes(name));
  const missing = wanted.filter((name) => !header.includes(name));
  const twice = header.filter((name, at) => header.indexOf(name) !== at);
  for (const name of unknown) {
    say(printable(name), `unknown column; the product has: ${wanted.join(", ")}`);
  }
  for (const name of missing)
    say(name, "missing column; add it, or correct the name of the column that holds it");
  for (const name of twice) say(printable(name), "stands twice in the header; remove one");
  return unknown.length + missing.length + twice.length === 0;
}

/** Normalized fields, or undefined after the problems of the row were told. */
function readFields(
  product: Product,
  header: readonly string[],
  record: readonly string[],
  say: (column: string, reason: string) => void,
): Row | undefined {
  if (record.length !== header.length) {
    const advice =
      record.length < header.length
        ? "add what is missing, if only a comma"
        : "remove one, or put a field that holds a comma in quotation marks";
    say("", `${record.length} fields; the header has ${header.length}: ${advice}`);
    return undefined;
  }
  const fields: Record<string, string> = {};
  let right = true;
  const attempt = (column: string, action: () => void) => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      right = false;
      say(column, error.message);
    }
  };
  for (const [at, column] of header.entries()) {
    attempt(column, () => {
      const text = record[at]!;
      // The parser writes U+FFFD for bytes that are no UTF-8.
      if (text.includes("\ufffd"))
        throw new FieldError("holds bytes that are not UTF-8; save the file as UTF-8");
      const { type, optional } = product.batch.columns[column]!;
      if (text === "" && !optional) throw new FieldError("is empty; fill it in");
      fields[column] = text === "" ? "" : columnType(type).normalize(text);
    });
  }
  for (const [column, definition] of Object.entries(product.batch.columns)) {
    const { against } = columnType(definition.type);
    const otherColumn = against && definition[against.by];
    if (otherColumn === undefined) continue;
    const [text, other] = [fields[column], fields[otherColumn]];
    // One of them is wrong by itself, and that was told; or there is none.
    if (!text || !other) continue;
    attempt(column, () => against?.compare(text, other, otherColumn));
  }
  return right ? fields : undefined;
}

function unreadable(error: unknown, row: number): BatchProblem {
  if (error instanceof CsvError) {
    const line = typeof error.lines === "number" ? error.lines : 1;
    return { row, line, column: "", reason: `not CSV from here on: ${csvReason(error)}` };
  }
  const code = codeOf(error);
  if (code === "?") throw error;
  return { row: 0, line: 1, column: "", reason: systemReason(code) };
}

/** In words of our own: the parser's messages quote the text, which is a person's. */
function csvReason(error: CsvError): string {
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return "a quotation mark is never closed; close it, or remove it";
    case "CSV_MAX_RECORD_SIZE":
      return "a row is longer than any row can be; look for an open quotation mark";
    case "CSV_INVALID_CLOSING_QUOTE":
      return "text after a closing quotation mark; double the quotation marks inside a field";
    case "INVALID_OPENING_QUOTE":
      return "a quotation mark inside a field that is not quoted; quote the field, or remove it";
    default:
      return error.code;
  }
}
