// YAML files whose scalars stay text, with the line of every mistake. The schema decides what a
// scalar is; so 08 stays "08", and no tag is taken for an octal or a float.

import * as v from "valibot";
import { type Document, isAlias, isMap, isPair, isScalar, LineCounter, parseDocument } from "yaml";

export type Path = readonly (string | number)[];

/** Makes the error of a file: `line` counts from 1, `path` is as `applications[0].keys`. */
export type Refuse = (line: number, path: string, reason: string) => never;

export interface YamlFile<T> {
  readonly value: T;
  /** Throws the file's error for a place in it. */
  fail(path: Path, reason: string): never;
}

/** Parses and reads `content`; the first thing wrong goes to `refuse`. */
export function parseYaml<T>(
  content: Uint8Array,
  schema: v.GenericSchema<unknown, T>,
  refuse: Refuse,
): YamlFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(Buffer.from(content).toString("utf8"), {
    schema: "failsafe",
    lineCounter: lines,
  });
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken !== undefined) {
    const [reason = "broken YAML"] = broken.message.split(/ at line |\n/, 1);
    return refuse(lines.linePos(broken.pos[0]).line, "", reason);
  }
  const fail = (path: Path, reason: string): never =>
    refuse(lineOf(document, lines, path), written(path), reason);
  const result = v.safeParse(schema, toPlain(document, refuse), { abortPipeEarly: true });
  if (result.success) return { value: result.output, fail };
  const issue = result.issues[0];
  const path = (issue.path ?? []).map((part) => part.key as string | number);
  return fail(path, reasonOf(issue));
}

/** An alias of nothing is only found here. */
function toPlain(document: Document, refuse: Refuse): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return refuse(1, "", (error as Error).message.split("\n")[0]!);
  }
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
    if (isAlias(node)) node = node.resolve(document);
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
