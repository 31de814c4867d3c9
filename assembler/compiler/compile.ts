// Compiles one card module with the AssemblyScript compiler, in a thread, without temporary files.

import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { BudgetError, CompileError } from "../errors.ts";

/** `speed` is -O3s, `size` is -Oz; both to the fixed point. */
export type Optimization = "speed" | "size";

export interface CompileRequest {
  /** For messages. */
  readonly name: string;
  /** Folder that holds all sources; nothing outside is read, but `wafer/...` of this package. */
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

const require = createRequire(import.meta.url);

/** Version of the compiler: part of what decides the bytes. */
export const COMPILER_VERSION: string = require("assemblyscript/package.json").version;

/**
 * Where the compiler looks for `wafer/runtime/sdk/card.ts`, as sources outside this package import
 * it. It gets the file of the package that compiles, wherever the package is installed.
 */
const PACKAGE_FOLDER = "node_modules/wafer/";

/** Every option that decides the bytes of a module. Why each: `assembler/README.md`. */
export function compilerOptions(request: CompileRequest): string[] {
  return [
    ...["--runtime", "stub"],
    ...["--use", "abort="],
    "--noAssert",
    ...(request.optimize === "speed" ? ["-O3s"] : ["-Oz"]),
    "--converge",
    "--debug",
    ...["--initialMemory", "1"],
    ...["--maximumMemory", "1"],
    ...["--enable", "bulk-memory"],
    // The compiler rounds down to 16 and takes 0 for "no limit".
    ...["--lowMemoryLimit", String(Math.max(16, request.ramBytes))],
  ];
}

/** What the worker sends. */
type Message =
  | { readonly id: number; readonly path: string }
  | {
      readonly id?: undefined;
      readonly wasm?: Uint8Array;
      readonly dataBytes: number;
      readonly diagnostics: readonly Diagnostic[];
      readonly failure?: string;
    };

interface Diagnostic {
  readonly message: string;
  readonly file?: string;
  /** Offset in the file, in UTF-16 units. */
  readonly start?: number;
}

type Result = Extract<Message, { id?: undefined }>;

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
  const sources = new Map<string, string | null>();
  const result = await runCompiler(request, (path) => {
    const text = readSource(root, path);
    sources.set(path, text);
    return text;
  });
  const [diagnostic] = result.diagnostics;
  if (diagnostic !== undefined) throw mistake(request, diagnostic, sources);
  const { wasm, dataBytes, failure } = result;
  if (failure !== undefined || wasm === undefined) {
    throw new CompileError(name, entry, 0, failure ?? "the compiler wrote no module");
  }
  return { wasm, dataBytes, sources };
}

/** One thread for one compilation: the compiler ends its process when it crashes. */
function runCompiler(
  request: CompileRequest,
  read: (path: string) => string | null,
): Promise<Result> {
  const worker = new Worker(new URL("./worker.mjs", import.meta.url), {
    workerData: { entry: request.entry, options: compilerOptions(request) },
    // Loaders of the main thread would rewrite the whole compiler before it starts.
    execArgv: [],
    env: {},
    stderr: true,
    stdout: true,
  });
  let complaint = "";
  worker.stderr.on("data", (text) => {
    complaint += text;
  });
  return new Promise<Result>((resolve, reject) => {
    const fail = (reason: string): void =>
      reject(new CompileError(request.name, request.entry, 0, reason));
    worker.on("message", (message: Message) => {
      if (message.id === undefined) resolve(message);
      else worker.postMessage({ id: message.id, text: read(message.path) });
    });
    worker.on("error", (error) => fail(`the compiler failed: ${oneLine(String(error))}`));
    worker.on("exit", () => fail(`the compiler crashed: ${oneLine(complaint)}`));
  }).finally(() => worker.terminate());
}

/** The text of a file under the root, or of this package; null, as the compiler wants it, if none. */
export function readSource(root: string, path: string): string | null {
  if (path.startsWith(PACKAGE_FOLDER)) {
    const ours = dirname(require.resolve("wafer/package.json"));
    return readInside(ours, path.slice(PACKAGE_FOLDER.length));
  }
  return readInside(root, path);
}

function readInside(root: string, path: string): string | null {
  const file = resolve(root, path);
  const inside = relative(root, file);
  if (inside.startsWith("..") || isAbsolute(inside)) return null;
  try {
    return statSync(file).isFile() ? readFileSync(file, "utf8") : null;
  } catch {
    return null;
  }
}

/** The first diagnostic as an error; the memory gate of `--lowMemoryLimit` is a budget. */
function mistake(
  { name, entry, ramBytes }: CompileRequest,
  { message, file = entry, start }: Diagnostic,
  sources: ReadonlyMap<string, string | null>,
): CompileError | BudgetError {
  const data = /^Low memory limit exceeded by static data: (\d+)/.exec(message);
  if (data !== null) {
    const advice = "raise ram in the profile or shrink memory.data in the sources";
    return new BudgetError(`${name}: static data`, Number(data[1]), ramBytes, advice);
  }
  const before = start === undefined ? undefined : sources.get(file)?.slice(0, start);
  const line = before === undefined ? 0 : before.split("\n").length;
  return new CompileError(name, file, line, oneLine(message));
}

function oneLine(text: string): string {
  return text
    .trim()
    .replaceAll(/\s*\n\s*/g, "; ")
    .slice(0, 500);
}
