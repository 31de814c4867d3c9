// The PIN of a card's asymmetric application: from a file, the environment or a person at a terminal.
// Never a command-line argument: those are seen by everyone on the machine.

import { askHidden } from "../../personalization/keys/passphrase.ts";
import { FileError, UsageError } from "./fail.ts";
import { readBytes } from "./files.ts";

/** Environment variable that holds the PIN itself. */
const PIN_VARIABLE = "WAFER_PIN";

export async function readPin(file?: string): Promise<string> {
  if (file !== undefined) {
    const text = Buffer.from(await readBytes(file)).toString("utf8");
    const [first = ""] = text.split(/\r?\n/, 1);
    if (first === "")
      throw new FileError(file, "the first line, where the PIN should be, is empty");
    return first;
  }
  const given = process.env[PIN_VARIABLE];
  if (given !== undefined && given !== "") return given;
  const typed = await askHidden("PIN: ");
  if (typed) return typed;
  throw new UsageError(`no PIN: give --pin-file, set ${PIN_VARIABLE}, or use a terminal`);
}
