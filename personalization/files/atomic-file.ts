// Replaces a file in one step: after a power cut it is the old one or the new one.

import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes beside the target, flushes, renames over it, flushes the folder. `mode` as in chmod. */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  mode: number,
): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  const file = await open(temporary, "w", mode);
  try {
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Makes a rename or a new file in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
