// PINs of a command line: from a file, the environment or a person at a terminal. Never a command-line
// argument: those are seen by everyone on the machine.

import { askHidden } from "../../personalization/keys/passphrase.ts";
import { FileError, UsageError } from "./fail.ts";
import { readBytes } from "./files.ts";

/** Environment variables that hold the PIN itself, and a new one. */
export const PIN_VARIABLE = "WAFER_PIN";
export const NEW_PIN_VARIABLE = "WAFER_NEW_PIN";

/** The PIN; asks for it where neither file nor environment has it. `UsageError` without one. */
export async function readPin(file?: string): Promise<string> {
  const found = (await pinFor(file)) ?? (await askHidden("PIN: "));
  if (found) return found;
  throw noPin("PIN", PIN_VARIABLE);
}

/** The PIN, where there is one without asking. */
export async function pinFor(
  file: string | undefined,
  env = process.env,
): Promise<string | undefined> {
  if (file !== undefined) return (await pinLines(file))[0];
  return env[PIN_VARIABLE] || undefined;
}

/** The PINs of a file, a line each, the first there. `FileError` when it is not. */
export async function pinLines(file: string): Promise<readonly [string, ...string[]]> {
  const text = Buffer.from(await readBytes(file)).toString("utf8");
  const [first = "", ...others] = text.split(/\r?\n/).map((line) => line.trim());
  if (first === "") throw new FileError(file, "the first line, where the PIN should be, is empty");
  return [first, ...others.filter((line) => line !== "")];
}

export function noPin(what: string, variable: string): UsageError {
  return new UsageError(`no ${what}: give --pin-file, set ${variable}, or use a terminal`);
}
