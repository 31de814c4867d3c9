// Reads a product file: YAML, then shape, then sense. The first thing wrong is a `ProductError`
// with file, line and path.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { bundledDefinition, loadDefinition } from "../definition/load.ts";
import { ProductError } from "../errors.ts";
import { codeOf, systemReason } from "../files/system-reason.ts";
import { parseYaml } from "../files/yaml-file.ts";
import { findMistake } from "./check.ts";
import { expandApplication, type PlacedSource } from "./expand.ts";
import type { Product, ProductApplication } from "./product.ts";
import { ProductSchema } from "./schema.ts";

export async function loadProduct(file: string): Promise<Product> {
  const content = await readFile(file).catch((error: unknown) => {
    throw new ProductError(file, 1, "", systemReason(codeOf(error)));
  });
  return parseProduct(content, file);
}

/**
 * The product of a file's bytes; `file` is for messages, and definitions are looked for beside it.
 * Throws `DefinitionError` when a definition is at fault.
 */
export function parseProduct(content: Uint8Array, file: string): Product {
  const { value, fail } = parseYaml(content, ProductSchema, (line, path, reason) => {
    throw new ProductError(file, line, path, reason);
  });
  const digest = createHash("sha256").update(content);
  const applications: ProductApplication[] = [];
  const placed: PlacedSource[] = [];
  for (const [at, raw] of value.applications.entries()) {
    if (!("definition" in raw)) {
      applications.push({ ...raw, groupings: raw.groupings ?? [] });
      continue;
    }
    const path = ["applications", at];
    const source = bundledDefinition(raw.definition) ?? resolve(dirname(file), raw.definition);
    const definition = loadDefinition(source);
    digest.update(definition.digest);
    const card = definition.card(raw.generation);
    const expanded = expandApplication(raw, card, {
      fail: (place, reason) => fail([...path, ...place], reason),
      source: (one) => placed.push({ ...one, path: [...path, ...one.path] }),
    });
    applications.push(expanded);
  }
  const product = { ...value, file, digest: digest.digest(), applications };
  const mistake = findMistake(product, value, placed);
  if (mistake !== undefined) fail(mistake.path, mistake.reason);
  return product;
}
