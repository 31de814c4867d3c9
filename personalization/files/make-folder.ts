// Makes a folder and those above it. Node's own `recursive` tries for ever where a file system lets
// nothing be made and answers ENOENT, as /proc does.

import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes `folder` unless it is there. Throws the system's error. */
export async function makeFolder(folder: string): Promise<void> {
  if ((await tryToMake(folder)) === "made") return;
  await makeFolder(dirname(folder));
  await mkdir(folder).catch(unlessFolder(folder));
}

/** "above" where the folder above is missing, too. */
async function tryToMake(folder: string): Promise<"made" | "above"> {
  try {
    await mkdir(folder).catch(unlessFolder(folder));
    return "made";
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (missing && (await stat(dirname(folder)).catch(() => undefined)) === undefined) {
      return "above";
    }
    throw error;
  }
}

/** Forgives that the folder is there. */
function unlessFolder(folder: string): (error: unknown) => Promise<void> {
  return async (error) => {
    const there = await stat(folder).catch(() => undefined);
    if (!there?.isDirectory()) throw error;
  };
}
