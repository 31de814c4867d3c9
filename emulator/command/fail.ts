// How the command ends when something is wrong: one line on standard error, and an exit code.

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
  /^(UsageError|FileError|CompileError|VerifyError|ProfileError|BudgetError|ImageError|KeyFileError|CardFileError|TransportError|VpcdError|StatusWordError|SecureChannelError|VerificationError|ProductError|BatchError|FieldError|KeystoreError|JournalError|OutOfBlanksError|IssueError|BureauError|SizeError)$/;

/** Prints the one line (a batch with several mistakes: one for each) and answers the exit code. */
export async function fail(error: unknown): Promise<number> {
  for (const line of linesOf(error)) process.stderr.write(`wafer: ${line}\n`);
  return error instanceof UsageError ? USAGE_EXIT : FAILED_EXIT;
}

function linesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  if (hasLines(error)) return error.lines();
  if (SPEAKING.test(error.name)) return error.message.split("\n");
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== undefined && path !== undefined) return [`${path}: ${systemReason(code)}`];
  // Not foreseen: a bug of ours. The stack helps whoever mends it, when asked for.
  const detail = process.env.WAFER_DEBUG === "1" ? error.stack : error.message;
  return [`internal error: ${detail} (set WAFER_DEBUG=1 for the place, and report it)`];
}

function hasLines(error: Error): error is Error & { lines(): string[] } {
  return "lines" in error && typeof error.lines === "function";
}

/** System error codes in words. */
export function systemReason(code: string): string {
  switch (code) {
    case "ENOENT":
      return "there is no such file; check the name";
    case "EACCES":
    case "EPERM":
      return "may not be opened; check who owns it";
    case "EISDIR":
      return "is a folder, not a file";
    case "ENOTDIR":
      return "a part of the path is not a folder";
    case "ENOSPC":
      return "the disk is full";
    case "EROFS":
      return "the file system is read-only";
    default:
      return `cannot be used (${code})`;
  }
}
