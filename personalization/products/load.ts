// Reads a product file: YAML, then shape, then sense. The first thing wrong is a `ProductError`
// with file, line and path.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { type Document, isMap, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import { ProductError } from "../errors.ts";
import { codeOf, systemReason } from "../files/system-reason.ts";
import { findMistake } from "./check.ts";
import { type Product, ProductSchema } from "./schema.ts";

type Path = readonly (string | number)[];

export async function loadProduct(file: string): Promise<Product> {
  const content = await readFile(file).catch((error: unknown) => {
    throw new ProductError(file, 1, "", systemReason(codeOf(error)));
  });
  return parseProduct(content, file);
}

/** The product of a file's bytes; `file` is for messages. */
export function parseProduct(content: Uint8Array, file: string): Product {
  const lines = new LineCounter();
  // "failsafe": every scalar stays text, so that no tag is taken for an octal or a float.
  const document = parseDocument(Buffer.from(content).toString("utf8"), {
    schema: "failsafe",
    lineCounter: lines,
  });
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken !== undefined) {
    const [reason = "broken YAML"] = broken.message.split(/ at line |\n/, 1);
    throw new ProductError(file, lines.linePos(broken.pos[0]).line, "", reason);
  }
  const fail = (path: Path, reason: string): never => {
    throw new ProductError(file, lineOf(document, lines, path), written(path), reason);
  };
  const result = v.safeParse(ProductSchema, document.toJS(), { abortPipeEarly: true });
  if (!result.success) {
    const issue = result.issues[0];
    const path = (issue.path ?? []).map((part) => part.key as string | number);
    return fail(path, reasonOf(issue));
  }
  const mistake = findMistake(result.output);
  if (mistake !== undefined) fail(mistake.path, mistake.reason);
  return { ...result.output, file, digest: createHash("sha256").update(content).digest() };
}

function reasonOf(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === "schema" && issue.type === "strict_object") {
    if (issue.expected === "never") return "unknown field; remove it, or correct its name";
    if (issue.received === "undefined") return "missing field; add it";
    return "must be a map of fields";
  }
  if (issue.kind === "schema" && issue.received === "undefined") return "missing field; add it";
  if (issue.kind === "schema" && (issue.type === "array" || issue.type === "record")) {
    return issue.type === "array" ? "must be a list" : "must be a map of names";
  }
  return issue.received === "Object" || issue.received === "Array"
    ? `${issue.message}, not a ${issue.received === "Array" ? "list" : "map"}`
    : `${issue.message}, not ${issue.received}`;
}

/** `applications[0].directory.files[1].items` */
function written(path: Path): string {
  return path
    .map((part, at) => (typeof part === "number" ? `[${part}]` : at > 0 ? `.${part}` : part))
    .join("");
}

/** Line of the longest part of the path that the document has; of the key, where there is one. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === String(part));
      if (!isPair(pair)) break;
      offset = rangeStart(pair.key) ?? offset;
      node = pair.value;
    } else {
      node = (node as { items?: unknown[] } | null)?.items?.[Number(part)];
      if (node === undefined) break;
      offset = rangeStart(node) ?? offset;
    }
  }
  return lines.linePos(offset).line;
}

function rangeStart(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] | null } | null)?.range?.[0];
}
