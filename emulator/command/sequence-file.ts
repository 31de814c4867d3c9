// Transaction numbers of a terminal without PSAM: a file keeps the last one, so that no purchase has another's.

import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { BureauError, JournalError } from "../../personalization/errors.ts";
import { replaceFile } from "../../personalization/files/atomic-file.ts";
import { type Lock, lock } from "../../personalization/files/lock.ts";
import type { NextSequence } from "../terminal/desk/next-sequence.ts";

const LAST = 0xffff_ffff;
/** Others hold the lock for one number: how often it is tried, and the pause in between. */
const ROUNDS = 100;
const PAUSE_MS = 10;

/**
 * Counts in `file`, for all processes that name it. A new file begins with the seconds of the clock: numbers of one
 * that was deleted do not come again. `BureauError` when it cannot be read, written, or counts no further.
 */
export function sequenceFile(file: string, clock: () => number = Date.now): NextSequence {
  return async () => {
    const held = await patientLock(`${file}.lock`);
    try {
      const number = (await lastIn(file)) ?? Math.floor(clock() / 1000);
      if (number >= LAST) throw new BureauError(`${file}: the last transaction number was given`);
      // Kept before it is used: who stops in between loses a number, and gives none twice.
      await replaceFile(file, `${number + 1}\n`, 0o600);
      return number + 1;
    } finally {
      await held.release();
    }
  };
}

async function lastIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new BureauError(`${file}: cannot be read (${error.code})`);
  });
  if (text === undefined) return undefined;
  const [, digits] = /^([0-9]{1,10})\n$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new BureauError(`${file}: is no transaction number; remove it to begin with the clock's`);
  }
  return Number(digits);
}

async function patientLock(path: string): Promise<Lock> {
  for (let round = 1; ; round++) {
    try {
      return await lock(path);
    } catch (error) {
      if (!(error instanceof JournalError) || round === ROUNDS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
