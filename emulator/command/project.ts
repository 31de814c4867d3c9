// Where the project's own files are, from the sources and from the packed package alike.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileError } from "./fail.ts";

/** The folder of the package: the nearest one above this file with a package.json of its name. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isRoot(folder)) {
    const above = dirname(folder);
    if (above === folder) throw new Error("the wafer package is not whole: no package.json above");
    folder = above;
  }
  return folder;
}

function isRoot(folder: string): boolean {
  const file = join(folder, "package.json");
  return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).name === "wafer";
}

export function version(): string {
  return JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8")).version;
}

/**
 * A profile or product file: a path, or the bare name of one that comes with the package. A folder
 * that happens to have the bare name does not hide it. `FileError` when it is neither.
 */
export function fileOrBundled(name: string, folder: string): string {
  if (statSync(name, { throwIfNoEntry: false })?.isFile()) return name;
  const known = bundledNames(folder);
  if (known.includes(name)) return join(projectRoot(), folder, `${name}.yaml`);
  // A folder or a pipe: whoever reads it says what is wrong with it.
  if (existsSync(name)) return name;
  throw new FileError(name, `there is no such file; by name there is: ${known.join(", ")}`);
}

/** Names of the profiles or products that come with the package, in the order of the alphabet. */
export function bundledNames(folder: string): string[] {
  return readdirSync(join(projectRoot(), folder))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/** Inside an installed package nothing is written: then the cache lies where the person works. */
export function cacheFolder(root: string, defaultCache: (root: string) => string): string {
  const installed = root.split(/[\\/]/).includes("node_modules");
  return installed ? join(process.cwd(), "build", "cache") : defaultCache(root);
}

export const PROFILES = "assembler/profiles";
export const PRODUCTS = "personalization/products";
