// A store broken on purpose, and whether a trial sees it: the test of the tests.

import * as assert from "uvu/assert";
import type { Image } from "../../../../assembler/image/types.ts";
import { type Change, probeImage } from "../../probe.ts";
import { WITH_DOORS } from "./script.ts";
import { everyCutHolds, PAGES, shakingHolds } from "./trials.ts";

export interface Breakage {
  readonly name: string;
  readonly change: Change;
  readonly trial: (image: Image) => unknown;
}

export const everyCut = (image: Image): unknown => everyCutHolds(image, [11, 12, 13], 60);
export const shaking = (image: Image): unknown => shakingHolds(image, [21, 22, 23], 400);

/** The commit word goes into each slot before what it is to commit. */
export const COMMIT_FIRST: Breakage = {
  name: "a commit word written first",
  change: {
    file: "runtime/kernel/store/log.ts",
    from: "  memoryProgram(addressOf(slot), SLOT, SLOT_HEADER_BYTES + length);\n  log.pending += 1;",
    to: `  log.pending += 1;
  store<u32>(WORD, commitWord(log.pending));
  memoryProgram(addressOf(slot) + SLOT_COMMIT, WORD, 4);
  memoryProgram(addressOf(slot), SLOT, SLOT_HEADER_BYTES + length);`,
  },
  trial: everyCut,
};

/** Fails unless the trial of the broken store fails; what it said. uvu's `throws` would let it through. */
export async function seen({ change, trial }: Breakage): Promise<string> {
  const image = await probeImage({ pageCount: PAGES, broken: [...WITH_DOORS, change] });
  let said: string | undefined;
  try {
    trial(image);
  } catch (error) {
    said = (error as Error).message.split("\n")[0];
  }
  assert.ok(said, "passed every trial");
  return said as string;
}
