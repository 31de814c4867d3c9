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

/** Errors whose message is meant for the person at the keyboard. */
const SPEAKING =
  /^(UsageError|FileError|CompileError|VerifyError|ProfileError|BudgetError|ImageError|KeyFileError|CardFileError|TransportError|VpcdError|StatusWordError|SecureChannelError|VerificationError|ProductError|BatchError|FieldError|KeystoreError|JournalError|OutOfBlanksError|IssueError|BureauError|SizeError|ScenarioError|LoadFileError|CertificateError|LoginError)$/;

/** Prints the one line (a batch with several mistakes: one for each) and answers the exit code. */
export async function fail(error: unknown): Promise<number> {
  for (const line of linesOf(error)) process.stderr.write(`wafer: ${line}\n`);
  return error instanceof UsageError ? USAGE_EXIT : FAILED_EXIT;
}

/** Lines for the person who reads them; more than one only when several things are wrong. */
export function linesOf(error: unknown): readonly string[] {
  // A message of several lines (a module with several refusals) is several lines here too.
  return messagesOf(error)
    .flatMap((message) => message.split("\n"))
    .filter((line) => line.trim() !== "")
    .map(cleaned);
}

function messagesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  if (hasLines(error)) return error.lines();
  const system = systemLine(error);
  if (system !== undefined) return [system];
  if (SPEAKING.test(error.name)) {
    // What the bureau writes down names no path of this machine; its person may see it.
    const cause = systemLine(error.cause);
    return [`${error.message}${cause === undefined ? "" : ` (${cause})`}`];
  }
  // Not foreseen: a bug of ours. The stack helps whoever mends it, when asked for.
  const detail = process.env.WAFER_DEBUG === "1" ? error.stack : error.message;
  return [`internal error: ${detail} (set WAFER_DEBUG=1 for the place, and report it)`];
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
