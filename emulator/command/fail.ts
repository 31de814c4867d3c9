// How the command ends when something is wrong: one line on standard error, and an exit code.

import { systemReason, writeReason } from "../../personalization/files/system-reason.ts";
import { cleaned } from "./print.ts";

/** Something was refused or failed. */
export const FAILED_EXIT = 1;
/** The command line itself is wrong. */
export const USAGE_EXIT = 2;

/** The command line is wrong in a way that only the verb can see. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A file that cannot be read or written. */
export class FileError extends Error {
  override readonly name = "FileError";
  constructor(
    readonly file: string,
    reason: string,
  ) {
    super(`${file}: ${reason}`);
  }
}

/**
 * Where the classes live whose message is meant for the person at the keyboard: every error of one of
 * them, or derived from one, speaks. Loaded only once something is wrong: `--help` needs none of it.
 */
const HOMES: readonly (() => Promise<object>)[] = [
  () => import("../../personalization/errors.ts"),
  () => import("../../assembler/errors.ts"),
  () => import("../errors.ts"),
  () => import("../lab/errors.ts"),
  () => import("../terminal/desk/result.ts"),
];

/** Prints the one line (a batch with several mistakes: one for each) and answers the exit code. */
export async function fail(error: unknown): Promise<number> {
  for (const line of await linesOf(error)) process.stderr.write(`wafer: ${line}\n`);
  return error instanceof UsageError ? USAGE_EXIT : FAILED_EXIT;
}

/** Lines for the person who reads them; more than one only when several things are wrong. */
export async function linesOf(error: unknown): Promise<readonly string[]> {
  const messages = await messagesOf(error);
  // A message of several lines (a module with several refusals) is several lines here too.
  return messages
    .flatMap((message) => message.split("\n"))
    .filter((line) => line.trim() !== "")
    .map(cleaned);
}

async function messagesOf(error: unknown): Promise<readonly string[]> {
  if (!(error instanceof Error)) return [String(error)];
  if (hasLines(error)) return error.lines();
  const system = systemLine(error);
  if (system !== undefined) return [system];
  if (await speaks(error)) {
    // What the bureau writes down names no path of this machine; its person may see it.
    const cause = systemLine(error.cause);
    return [`${error.message}${cause === undefined ? "" : ` (${cause})`}`];
  }
  // Not foreseen: a bug of ours. The stack helps whoever mends it, when asked for.
  const detail = process.env.WAFER_DEBUG === "1" ? error.stack : error.message;
  return [`internal error: ${detail} (set WAFER_DEBUG=1 for the place, and report it)`];
}

async function speaks(error: Error): Promise<boolean> {
  if (error instanceof UsageError || error instanceof FileError) return true;
  for (const home of HOMES) {
    for (const one of Object.values(await home())) {
      if (isClass(one) && error instanceof one) return true;
    }
  }
  return false;
}

function isClass(value: unknown): value is new () => Error {
  return typeof value === "function" && value.prototype instanceof Error;
}

/** System calls that only a writer makes. */
const WRITING = /^(mkdir|rename|write|fsync|ftruncate|fchmod|chmod|unlink)$/;

function systemLine(error: unknown): string | undefined {
  const { code, path, syscall = "" } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) return undefined;
  return `${path}: ${WRITING.test(syscall) ? writeReason(code) : systemReason(code)}`;
}

function hasLines(error: Error): error is Error & { lines(): string[] } {
  return "lines" in error && typeof error.lines === "function";
}

/**
 * Output that nobody reads any more (`wafer ... | head -1`) is dropped, and the work goes on: a card
 * in the making must not suffer from it. Output that cannot be written ends the command.
 */
export function watchOutput(): void {
  process.stdout.on("error", ({ code = "?" }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") return;
    process.stderr.write(`wafer: standard output: ${writeReason(code)}\n`);
    process.exit(FAILED_EXIT);
  });
  process.stderr.on("error", () => {});
}
