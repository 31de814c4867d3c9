// Compiles one card module with the AssemblyScript compiler, in this process, without temporary files.

import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, relative, resolve } from "node:path";
import { BudgetError, CompileError } from "./errors.ts";
import { StaticDataProbe } from "./static-data.ts";

/** `speed` is -O3, `size` is -Oz; both to the fixed point. */
export type Optimization = "speed" | "size";

export interface CompileRequest {
  /** For messages. */
  readonly name: string;
  /** Folder that holds all sources; nothing outside is read. */
  readonly root: string;
  /** Entry file, relative to the root. */
  readonly entry: string;
  /** Bytes of RAM that the module gets; static data over it do not compile. */
  readonly ramBytes: number;
  readonly optimize: Optimization;
}

export interface Compiled {
  /** The module, with names of functions for the verifier and for traces. */
  readonly wasm: Uint8Array;
  /** Linear memory from address 0 that static data use. */
  readonly dataBytes: number;
  /** Each file the compiler asked for, relative to the root, with its text or null if missing. */
  readonly sources: ReadonlyMap<string, string | null>;
}

/** Version of the compiler: part of what decides the bytes. */
export const COMPILER_VERSION: string = compilerVersion();

/** Every option that decides the bytes of a module. Why each: `assembler/README.md`. */
export function compilerOptions(request: CompileRequest): string[] {
  return [
    ...["--runtime", "stub"],
    ...["--use", "abort="],
    "--noAssert",
    ...(request.optimize === "speed" ? ["-O3"] : ["-Oz"]),
    "--converge",
    "--debug",
    ...["--initialMemory", "1"],
    ...["--maximumMemory", "1"],
    ...["--enable", "bulk-memory"],
    // The compiler rounds down to 16 and takes 0 for "no limit".
    ...["--lowMemoryLimit", String(Math.max(16, request.ramBytes))],
  ];
}

/**
 * Compiles a module.
 * @throws CompileError with file and line
 * @throws BudgetError if the static data do not fit the RAM
 */
export async function compile(request: CompileRequest): Promise<Compiled> {
  const { entry, name } = request;
  const root = resolve(request.root);
  if (!existsSync(resolve(root, entry))) {
    throw new CompileError(name, entry, 0, `no such file under ${root}; check the module's name`);
  }
  const { default: asc } = await import("assemblyscript/asc");
  const probe = new StaticDataProbe();
  const sources = new Map<string, string | null>();
  let wasm: Uint8Array | undefined;
  const errors: CompileError[] = [];
  let overflow: BudgetError | undefined;

  const { error, stderr } = await asc.main(
    [entry, probe.file, "--outFile", "module.wasm", ...compilerOptions(request)],
    {
      readFile(path) {
        if (path === probe.file) return probe.text;
        if (path === "asconfig.json") return null;
        const text = readSource(root, path);
        sources.set(path, text);
        return text;
      },
      writeFile(_path, contents) {
        if (typeof contents !== "string") wasm = contents;
      },
      listFiles: () => [],
      reportDiagnostic({ category, message, range }) {
        if (category !== CATEGORY_ERROR) return;
        const data = /^Low memory limit exceeded by static data: (\d+)/.exec(message);
        if (data !== null) overflow ??= dataOverflow(request, Number(data[1]));
        const file = range?.source.normalizedPath ?? entry;
        const line = range ? lineAt(sources.get(file) ?? "", range.start) : 0;
        errors.push(new CompileError(name, file, line, message));
      },
      transforms: [probe as never],
    },
  );
  if (overflow !== undefined) throw overflow;
  if (errors.length > 0) throw errors[0];
  if (error || wasm === undefined) {
    throw new CompileError(name, entry, 0, oneLine(error?.message ?? stderr.toString()));
  }
  return { wasm, dataBytes: probe.dataBytes, sources };
}

/** Category of a diagnostic that ends the compilation. */
const CATEGORY_ERROR = 3;

/** The text of a file under the root, or null as the compiler wants it. */
export function readSource(root: string, path: string): string | null {
  const file = resolve(root, path);
  const inside = relative(root, file);
  if (inside.startsWith("..") || isAbsolute(inside)) return null;
  try {
    return statSync(file).isFile() ? readFileSync(file, "utf8") : null;
  } catch {
    return null;
  }
}

function dataOverflow({ name, ramBytes }: CompileRequest, dataBytes: number): BudgetError {
  const advice = "raise ram in the profile or shrink memory.data in the sources";
  return new BudgetError(`${name}: static data`, dataBytes, ramBytes, advice);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, "; ");
}

function compilerVersion(): string {
  const { version } = createRequire(import.meta.url)("assemblyscript/package.json");
  return version as string;
}
