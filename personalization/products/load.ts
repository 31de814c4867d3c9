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
import { userCardKeyGroupings } from "./user-card-keys.ts";

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
  const cardOf = ({ definition: name, generation }: { definition: string; generation: 2 | 3 }) => {
    const definition = loadDefinition(bundledDefinition(name) ?? resolve(dirname(file), name));
    digest.update(definition.digest);
    return definition.card(generation);
  };
  for (const [at, raw] of value.applications.entries()) {
    const path = ["applications", at];
    if ("definition" in raw) {
      const expanded = expandApplication(raw, cardOf(raw), {
        fail: (place, reason) => fail([...path, ...place], reason),
        source: (one) => placed.push({ ...one, path: [...path, ...one.path] }),
      });
      applications.push(expanded);
      continue;
    }
    const { userCardKeys, groupings = [], ...written } = raw;
    const keys =
      userCardKeys &&
      userCardKeyGroupings(userCardKeys, cardOf(userCardKeys), (place, reason) =>
        fail([...path, "userCardKeys", ...place], reason),
      );
    applications.push({ ...written, groupings: [...groupings, ...(keys ?? [])] });
  }
  const product = { ...value, file, digest: digest.digest(), applications };
  const mistake = findMistake(product, value, placed);
  if (mistake !== undefined) fail(mistake.path, mistake.reason);
  return product;
}
