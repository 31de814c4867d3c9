// Files of the command: read with a clear line when they cannot be, written in one step.

import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FileError, systemReason } from "./fail.ts";

export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    throw new FileError(file, systemReason((error as NodeJS.ErrnoException).code ?? "?"));
  }
}

/** Throws unless `file` can be read as a file. */
export async function mustBeReadable(file: string): Promise<void> {
  try {
    const handle = await open(file);
    // A folder opens, but does not read.
    await handle.read(new Uint8Array(1), 0, 1, 0).finally(() => handle.close());
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
    await rm(part, { force: true }).catch(() => {});
    throw new FileError(file, systemReason((error as NodeJS.ErrnoException).code ?? "?"));
  }
}
