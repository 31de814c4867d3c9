// Files of the command: read with a clear line when they cannot be, written in one step.

import { access, constants, open, readFile, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { replaceFile } from "../../personalization/files/atomic-file.ts";
import { makeFolder } from "../../personalization/files/make-folder.ts";
import { codeOf, systemReason, writeReason } from "../../personalization/files/system-reason.ts";
import { FileError } from "./fail.ts";

export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    throw new FileError(file, systemReason(codeOf(error)));
  }
}

/** Whether two names lead to one file. What is not there is no file. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all(
    [one, other].map((name) => realpath(name).catch(() => undefined)),
  );
  return first !== undefined && first === second;
}

/** Throws unless `file` can be read as a file. */
export async function mustBeReadable(file: string): Promise<void> {
  try {
    const handle = await open(file);
    // A folder opens, but does not read.
    await handle.read(new Uint8Array(1), 0, 1, 0).finally(() => handle.close());
  } catch (error) {
    throw new FileError(file, systemReason(codeOf(error)));
  }
}

/**
 * Throws unless a folder can be made at `folder`, or is there and can be written. Makes nothing: a
 * work that may be refused leaves no empty folder behind.
 */
export async function mustBeWritable(folder: string): Promise<void> {
  try {
    const there = await stat(folder);
    if (!there.isDirectory()) throw new FileError(folder, writeReason("EEXIST"));
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const above = dirname(folder);
    if (codeOf(error) === "ENOENT" && above !== folder) return mustBeWritable(above);
    throw new FileError(folder, writeReason(codeOf(error)));
  }
}

/** What `write` throws for a file of the system becomes a `FileError` on the output it was for. */
export async function writing<T>(output: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined || path === undefined) throw error;
    throw new FileError(output, outputReason(error));
  }
}

/** Writes the whole file or nothing, folders included. `mode` is that of the new file. */
export async function writeWhole(
  file: string,
  content: Uint8Array | string,
  mode = 0o644,
): Promise<void> {
  try {
    await makeFolder(dirname(file));
    await replaceFile(file, content, mode);
  } catch (error) {
    throw new FileError(file, outputReason(error));
  }
}

/** What is there already and in the way is a part of the path: the file itself would be replaced. */
function outputReason(error: unknown): string {
  const code = codeOf(error);
  return writeReason(code === "EEXIST" ? "ENOTDIR" : code);
}
