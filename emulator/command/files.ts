// Files of the command: read with a clear line when they cannot be, written in one step.

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FileError, systemReason } from "./fail.ts";

export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    throw new FileError(file, systemReason((error as NodeJS.ErrnoException).code ?? "?"));
  }
}

/** Writes the whole file or nothing. `mode` is that of the new file. */
export async function writeWhole(
  file: string,
  content: Uint8Array | string,
  mode = 0o644,
): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(part, content, { mode });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw new FileError(file, systemReason((error as NodeJS.ErrnoException).code ?? "?"));
  }
}
