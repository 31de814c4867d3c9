// Keeps compiled modules by what they were compiled from, so that a second build is quick.
//
//   <folder>/<slot>.json  paths that the last compilation of this entry with these options read
//   <folder>/<key>.cbor   [static data bytes, module, SHA-256 of the module]
//
// slot = SHA-256 of compiler version, entry and options; key = SHA-256 of slot and of the contents
// of those paths, files that were looked for and not there included. Whatever cannot be
// read counts as not there.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { decodeCbor, encodeCbor } from "../image/cbor.ts";
import {
  COMPILER_VERSION,
  type Compiled,
  type CompileRequest,
  compile,
  compilerOptions,
  readSource,
} from "./compile.ts";

/** Where a checkout keeps its compiled modules; the folder may be deleted at any time. */
export function defaultCache(root: string): string {
  return join(root, "build", "cache");
}

/** What a build needs of a compilation. */
export type Module = Omit<Compiled, "sources">;

/**
 * As `compile`, from the cache where nothing has changed.
 * @param folder undefined for no cache
 */
export async function compileCached(
  request: CompileRequest,
  folder: string | undefined,
): Promise<Module> {
  if (folder === undefined) return compile(request);
  const slot = slotOf(request);
  const known = lookUp(request, folder, slot);
  if (known !== undefined) return known;

  const compiled = await compile(request);
  store(folder, slot, compiled);
  return compiled;
}

function slotOf(request: CompileRequest): string {
  const { entry } = request;
  return digest(JSON.stringify([COMPILER_VERSION, entry, compilerOptions(request)]));
}

function lookUp(request: CompileRequest, folder: string, slot: string): Module | undefined {
  try {
    const paths: string[] = JSON.parse(readFileSync(join(folder, `${slot}.json`), "utf8"));
    const sources = new Map(paths.map((path) => [path, readSource(request.root, path)]));
    const file = readFileSync(join(folder, `${keyOf(slot, sources)}.cbor`));
    const [dataBytes, wasm, check] = decodeCbor(file) as unknown as [
      number,
      Uint8Array,
      Uint8Array,
    ];
    if (bytesToHex(sha256(wasm)) !== bytesToHex(check)) return undefined;
    return { dataBytes, wasm };
  } catch {
    return undefined;
  }
}

function store(folder: string, slot: string, { sources, dataBytes, wasm }: Compiled): void {
  mkdirSync(folder, { recursive: true });
  const entry = encodeCbor([dataBytes, wasm, sha256(wasm)]);
  replaceFile(join(folder, `${keyOf(slot, sources)}.cbor`), entry);
  replaceFile(join(folder, `${slot}.json`), JSON.stringify([...sources.keys()]));
}

function keyOf(slot: string, sources: ReadonlyMap<string, string | null>): string {
  const contents = [...sources].map(([path, text]) => [path, text === null ? null : digest(text)]);
  return digest(JSON.stringify([slot, contents]));
}

function digest(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** Another build that reads at the same time sees the old file or the new one. */
function replaceFile(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}
