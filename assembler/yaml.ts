// Reads a YAML file against a schema; a mistake names path and line.

import { readFileSync } from "node:fs";
import { hexToBytes } from "@noble/hashes/utils.js";
import * as v from "valibot";
import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { ProfileError } from "./errors.ts";

/** What the schema of single fields cannot see. */
export interface Fault {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

export const integer = (least: number, most: number) =>
  v.pipe(
    v.number("must be a number"),
    v.integer("must be a whole number"),
    v.minValue(least, `must be ${least} or more`),
    v.maxValue(most, `must be ${most} or less`),
  );

/** Bytes as hex digits; spaces and line ends may stand between them. */
export const hex = (least: number, most: number) =>
  v.pipe(
    v.string("must be hex digits in quotes"),
    v.transform((text) => text.replaceAll(/\s/g, "")),
    v.regex(/^([0-9a-fA-F]{2})*$/, "must be pairs of hex digits"),
    v.transform(hexToBytes),
    v.check(
      (bytes) => bytes.length >= least && bytes.length <= most,
      least === most ? `must be ${least} bytes` : `must be ${least} to ${most} bytes`,
    ),
  );

export const flag = v.boolean("must be true or false");

/**
 * The text of a file.
 * @param advice what to give instead, where it cannot be read
 * @throws ProfileError
 */
export function readText(file: string, advice: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new ProfileError(file, 0, "", `cannot be read; ${advice}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ProfileError(file, 0, "", `is no text; ${advice}`);
  }
}

/**
 * Reads the text of a YAML file.
 * @throws ProfileError with the path in the profile and the line
 */
export function parseYaml<const Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  file: string,
  inconsistency: (content: v.InferOutput<Schema>) => Fault | undefined = () => undefined,
): v.InferOutput<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  const [syntax] = document.errors;
  if (syntax) throw new ProfileError(file, lineOf(syntax.pos[0]), "", firstLine(syntax.message));

  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 0 });
  } catch {
    throw new ProfileError(file, 0, "", "aliases (*name) are not used in profiles; write it out");
  }
  const result = v.safeParse(schema, content);
  if (!result.success) {
    const issue = result.issues[0];
    const path = (issue.path ?? []).map((item) => item.key as string | number);
    throw new ProfileError(file, lineOf(offsetOf(document, path)), path.join("."), reason(issue));
  }
  const fault = inconsistency(result.output);
  if (fault) {
    const { path } = fault;
    throw new ProfileError(file, lineOf(offsetOf(document, path)), path.join("."), fault.reason);
  }
  return result.output;
}

function reason(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== "strict_object") return issue.message;
  if (issue.expected === "never") return "is no field that a profile has; check its spelling";
  return issue.received === "undefined" ? "is missing" : "must be a group of fields";
}

/** Offset of a place in the profile; of the nearest group around it if the place is missing. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, length), true) as { range?: number[] } | undefined;
    if (node?.range?.[0] !== undefined) return node.range[0];
  }
  return 0;
}

function firstLine(text: string): string {
  return text.split("\n")[0]!.replace(/:$/, "");
}
