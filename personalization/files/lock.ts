// One writer at a time: a lock file that names the process that holds it.
//
// Taking is one step: a file with our name and a token in it is linked to the lock's name, which
// fails when there is one. A lock whose process is gone is removed by one taker alone: the one whose
// link to it, under a name made of its token, succeeds. A lock that came in its place meanwhile has
// another token and is left alone.

import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { JournalError } from "../errors.ts";

export interface Lock {
  release(): Promise<void>;
}

interface Holder {
  readonly process: number;
  readonly token: string;
}

/** Rounds, and the pause between them, in which a taker at work on a dead lock must be done. */
const ROUNDS = 50;
const PAUSE_MS = 5;

/** Takes the lock; one left by a process that is gone is taken over. Throws `JournalError`. */
export async function lock(path: string): Promise<Lock> {
  const token = randomUUID();
  const mine = `${path}.${token}`;
  try {
    await writeFile(mine, `${process.pid} ${token}\n`, { mode: 0o600 });
    for (let round = 0; round < ROUNDS; round++) {
      if (await linked(mine, path)) return { release: () => rm(path, { force: true }) };
      const holder = await holderOf(path);
      if (holder && isAlive(holder.process)) {
        const { process: other } = holder;
        throw new JournalError(`${path}: process ${other} works on this; wait for its end`);
      }
      if (holder) await removeDead(path, holder.token);
      else await sleep(PAUSE_MS);
    }
  } catch (error) {
    if (error instanceof JournalError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new JournalError(`${path}: cannot write here (${code})`);
  } finally {
    await rm(mine, { force: true });
  }
  throw new JournalError(
    `${path}: is no lock of a living process and cannot be taken over; ` +
      "when no other run is under way, remove it and what begins with its name",
  );
}

/** Gives `file` a second name; false when that name is taken, or the file is gone. */
async function linked(file: string, name: string): Promise<boolean> {
  try {
    await link(file, name);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOENT") return false;
    throw error;
  }
}

/** Who holds a lock; undefined when there is none, or it was not made by `lock`. */
async function holderOf(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [, pid, token] = /^([1-9][0-9]{0,9}) ([0-9a-f-]{36})\n$/.exec(text) ?? [];
  return pid === undefined || token === undefined ? undefined : { process: Number(pid), token };
}

async function removeDead(path: string, token: string): Promise<void> {
  const claim = `${path}.dead-${token}`;
  if (!(await linked(path, claim))) {
    await sleep(PAUSE_MS);
    return;
  }
  // Only who holds the claim removes this lock, so what stands there is still the dead one.
  if ((await holderOf(claim))?.token === token) await rm(path, { force: true });
  await rm(claim, { force: true });
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
