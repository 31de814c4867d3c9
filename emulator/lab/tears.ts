// What a cut may leave of the memory operation it hits: named, and the same for the same seed.

import type { Tear } from "../chip/memory.ts";

/** One way to tear, with the name that messages give it. */
export interface NamedTear {
  readonly name: string;
  readonly tear: Tear;
}

/** Longest run of bytes that a prefix tear chooses from: a page of the largest kind. */
const LOG2_LONGEST = 12;

/** The extremes: as before, as after, and (of an erase) erased. */
export const EXTREMES: readonly NamedTear[] = [
  { name: "old", tear: "old" },
  { name: "new", tear: "new" },
  { name: "erased", tear: "erased" },
];

/**
 * Pattern number `round` of a half-done operation: each bit that was to change went either way. Half
 * of the bits, few, nearly all, the first bytes only, or all but the first.
 */
export function randomTear(round: number, ...seeds: readonly number[]): NamedTear {
  const next = noise(round, ...seeds);
  const byte = () => next() & 0xff;
  const first = (next() & ((2 << (next() % LOG2_LONGEST)) - 1)) + 1;
  let at = 0;
  const kinds: (() => number)[] = [
    byte,
    () => byte() & byte() & byte(),
    () => byte() | byte() | byte(),
    () => (at++ < first ? 0xff : 0),
    () => (at++ < first ? 0 : 0xff),
  ];
  return { name: `random ${round}`, tear: { random: kinds[round % kinds.length] as () => number } };
}

/** Numbers of 32 bits that look random and depend on the seeds alone. Fit for nothing else. */
function noise(...seeds: readonly number[]): () => number {
  let state = 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let word = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return (word ^ (word >>> 16)) >>> 0;
  };
  for (const seed of seeds) {
    state = (state ^ seed) | 0;
    state = next() | 0;
  }
  return next;
}
