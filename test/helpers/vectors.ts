// Reads test vectors: JSON files under test/vectors, each named after the document it comes from.
import { readFileSync } from "node:fs";

export interface Vectors<T> {
  /** The document, with its edition. */
  readonly source: string;
  readonly clause: string;
  readonly cases: readonly T[];
}

const folder = new URL("../vectors/", import.meta.url);

/** Loads `test/vectors/<name>.json`. A file that proves nothing is an error. */
export function loadVectors<T>(name: string): Vectors<T> {
  return checkVectors<T>(name, JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")));
}

export function checkVectors<T>(name: string, content: unknown): Vectors<T> {
  const vectors = content as Partial<Vectors<T>> | null;
  for (const field of ["source", "clause"] as const) {
    if (!vectors?.[field]) throw new Error(`vectors ${name}: "${field}" is missing`);
  }
  if (!Array.isArray(vectors?.cases) || vectors.cases.length === 0) {
    throw new Error(`vectors ${name}: no cases, so they prove nothing`);
  }
  return vectors as Vectors<T>;
}
