// Replaces a file in one step: after a power cut it is the old one or the new one.

import { open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes beside the target, flushes, renames over it, flushes the folder. `mode` less the umask. The
 * name beside it is always the same: what a killed process left there goes with the next write.
 */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  mode: number,
): Promise<void> {
  const temporary = `${path}.part`;
  try {
    await rm(temporary, { force: true });
    await writeFile(temporary, content, { mode, flush: true, flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
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
