// Loads a vector file of test/vectors; an empty list fails.

import { readFileSync } from "node:fs";

/** `cases` of the file, with the whole file beside it. */
export function loadVectors<Case, File extends { cases: Case[] }>(name: string): File {
  const file = JSON.parse(
    readFileSync(new URL(`../../vectors/${name}`, import.meta.url), "utf8"),
  ) as File;
  if (!Array.isArray(file.cases) || file.cases.length === 0)
    throw new Error(`${name} has no cases`);
  return file;
}
