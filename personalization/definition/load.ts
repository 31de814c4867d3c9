// Reads definition.yaml: YAML, then shape, then sense. The first thing wrong is a `DefinitionError`
// with file, line and path.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DefinitionError } from "../errors.ts";
import { codeOf, systemReason } from "../files/system-reason.ts";
import { parseYaml } from "../files/yaml-file.ts";
import { findMistake } from "./check.ts";
import { resolveCard } from "./resolve.ts";
import { DefinitionSchema } from "./schema.ts";
import type { CardDefinition, Generation } from "./types.ts";

export interface Definition {
  readonly file: string;
  /** SHA-256 of the file's bytes. */
  readonly digest: Uint8Array;
  card(generation: Generation): CardDefinition;
}

/** The definition of a file's bytes; `file` is for messages. */
export function parseDefinition(content: Uint8Array, file: string): Definition {
  const { value, fail } = parseYaml(content, DefinitionSchema, (line, path, reason) => {
    throw new DefinitionError(file, line, path, reason);
  });
  const mistake = findMistake(value);
  if (mistake !== undefined) fail(mistake.path, mistake.reason);
  const cards = { 2: resolveCard(value, 2), 3: resolveCard(value, 3) };
  const digest = createHash("sha256").update(content).digest();
  return { file, digest, card: (generation) => cards[generation] };
}

const loaded = new Map<string, Definition>();

/** The definition of a file, read once. */
export function loadDefinition(file: string): Definition {
  let definition = loaded.get(file);
  if (definition === undefined) {
    definition = parseDefinition(read(file), file);
    loaded.set(file, definition);
  }
  return definition;
}

/** The social security card that comes with the package. */
export function socialSecurityCard(generation: Generation): CardDefinition {
  return loadDefinition(bundledDefinition("social-security")!).card(generation);
}

/** The file of an applet's definition that comes with the package; undefined where it has none. */
export function bundledDefinition(applet: string): string | undefined {
  if (!/^[a-z0-9-]+$/.test(applet)) return undefined;
  const file = join(packageRoot(), "applets", applet, "definition.yaml");
  return existsSync(file) ? file : undefined;
}

/** The nearest folder above this file with a package.json: from the sources and packed alike. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const above = dirname(folder);
    if (above === folder) throw new Error("the wafer package is not whole: no package.json above");
    folder = above;
  }
  return folder;
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new DefinitionError(file, 1, "", systemReason(codeOf(error)));
  }
}
