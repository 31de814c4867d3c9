// One writer at a time: a lock file that names the process that holds it.

import { open, readFile, rm } from "node:fs/promises";
import { JournalError } from "../errors.ts";

export interface Lock {
  release(): Promise<void>;
}

/** Takes the lock; one left by a process that is gone is taken over. Throws `JournalError`. */
export async function lock(path: string): Promise<Lock> {
  for (const attempt of [1, 2]) {
    try {
      const file = await open(path, "wx", 0o600);
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      return { release: () => rm(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw unwritable(path, error);
      const holder = Number(await readFile(path, "utf8").catch(() => ""));
      if (attempt === 2 || isAlive(holder)) {
        throw new JournalError(`${path}: process ${holder} works on this batch; wait for its end`);
      }
      await rm(path, { force: true });
    }
  }
  throw new Error("unreachable");
}

function unwritable(path: string, error: unknown): JournalError {
  return new JournalError(`${path}: cannot write here (${(error as NodeJS.ErrnoException).code})`);
}

function isAlive(process_: number): boolean {
  if (!Number.isInteger(process_) || process_ <= 0) return false;
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
