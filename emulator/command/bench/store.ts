// What a small atomic write costs beside the bare programs of the memory.

import { SLOT_BYTES } from "../../../runtime/spec/store.ts";
import type { Card } from "../../card.ts";
import { Memory } from "../../chip/memory.ts";
import * as bench from "./bench-card.ts";
import { commandTime } from "./commands.ts";
import type { Figure } from "./figure.ts";
import { median, microseconds } from "./measure.ts";

/** What is written, then the word by which it counts: no write that a cut leaves whole has fewer. */
const FEWEST_PROGRAMS = 2;
/** A slot up to its kill word, and its commit word. runtime/STORE.md. */
const CONTENT_BYTES = SLOT_BYTES - 8;
const COMMIT_BYTES = 4;
const WRITES = 4096;

/** The write alone is what UPDATE BINARY takes more than READ BINARY of the same bytes. */
export function storeFigures(card: Card): Figure[] {
  const update = commandTime(card, "UPDATE BINARY 16", bench.UPDATE_16);
  const read = commandTime(card, "READ BINARY 16", bench.READ_16);
  const { memory } = card;
  const bare = barePrograms(memory.pageSize);
  const programs = programsOfWrites(card);
  const mean = programs.reduce((sum, count) => sum + count, 0) / programs.length;
  const goal = FEWEST_PROGRAMS;
  return [
    { name: "programs of a small write", value: median(programs), unit: "", goal, better: "less" },
    { name: "with headers and collector", value: mean, unit: "", better: "less" },
    { name: "write to bare programs", value: (update - read) / bare, unit: "×", better: "less" },
  ];
}

/** Programs of each of many writes, erases not counted. */
export function programsOfWrites(card: Card, writes: number = WRITES): number[] {
  const { memory } = card;
  const erases = () => memory.erases.reduce((sum, count) => sum + count, 0);
  return Array.from({ length: writes }, () => {
    const before = memory.operations - erases();
    card.exchange(bench.UPDATE_16);
    return memory.operations - erases() - before;
  });
}

/** Microseconds of the two programs of a small write, with nothing around them. */
function barePrograms(pageBytes: number): number {
  const memory = new Memory(pageBytes, 1);
  const bytes = new Uint8Array(SLOT_BYTES).fill(0x5a);
  return microseconds(() => {
    memory.program(0, bytes, 0, CONTENT_BYTES);
    memory.program(SLOT_BYTES - COMMIT_BYTES, bytes, 0, COMMIT_BYTES);
  });
}
