// Power loss for tests: cut in the middle of an action, power up, perhaps cut again.

import type { Card } from "../../emulator/card.ts";
import type { Tear } from "../../emulator/chip/memory.ts";
import { PowerLoss } from "../../emulator/errors.ts";
import { hex } from "./bytes.ts";
import { type Dice, dice } from "./random.ts";

/** What a cut may leave of the operation it hits: every extreme, and some bits of it. */
export function tears(noise: Dice): readonly Tear[] {
  const half = { random: () => noise.below(256) };
  // Few bits get through, or all but a few.
  const little = { random: () => noise.below(256) & noise.below(256) & noise.below(256) };
  const most = { random: () => noise.below(256) | noise.below(256) | noise.below(256) };
  return ["old", "new", "erased", half, little, most];
}

/** A name of a tear, for messages. */
export function tearName(tear: Tear): string {
  return typeof tear === "string" ? tear : "torn at random";
}

/** Runs the action with the power cut at memory operation `after`; whether the cut came. */
export function cutDuring(card: Card, after: number, tear: Tear, action: () => void): boolean {
  card.cutPower(after, tear);
  try {
    action();
    return false;
  } catch (error) {
    if (error instanceof PowerLoss) return true;
    throw error;
  } finally {
    card.cutPower(undefined);
  }
}

/** Memory operations, programs and erases, that the action takes. */
export function operationsOf(card: Card, action: () => void): number {
  const before = card.memory.operations;
  action();
  return card.memory.operations - before;
}

/** What the action programs and erases, in order. */
export function writesOf(card: Card, action: () => void): string[] {
  const { memory } = card;
  const writes: string[] = [];
  memory.program = (address, from, at, length) => {
    writes.push(`${address}: ${hex(from.slice(at, at + length))}`);
    Object.getPrototypeOf(memory).program.call(memory, address, from, at, length);
  };
  memory.erase = (page) => {
    writes.push(`erase ${page}`);
    Object.getPrototypeOf(memory).erase.call(memory, page);
  };
  action();
  Reflect.deleteProperty(memory, "program");
  Reflect.deleteProperty(memory, "erase");
  return writes;
}

export interface Sweep {
  /** Does what is to be cut. It always starts from the state that the card had at the call. */
  readonly action: (card: Card) => void;
  /** Looks at the card after it came up again. */
  readonly check: (card: Card, cut: string) => void;
  readonly seed?: number;
}

/**
 * Cuts the power at every memory operation of the action, in every way it can tear, and every other
 * time once more while the card comes up. The card is left as the action leaves it.
 * @returns cuts made
 */
export function sweepCuts(card: Card, { action, check, seed = 1 }: Sweep): number {
  const noise = dice(seed);
  const start = card.snapshot();
  const operations = operationsOf(card, () => action(card));
  let cuts = 0;
  for (let at = 0; at < operations; at++) {
    for (const tear of tears(noise)) {
      card.restore(start);
      if (!cutDuring(card, at, tear, () => action(card))) throw new Error(`no cut at ${at}`);
      cuts += 1;
      const second = noise.below(2) === 0 ? noise.pick(tears(noise)) : undefined;
      if (second !== undefined && cutDuring(card, 0, second, () => void card.powerOn())) cuts += 1;
      card.powerOff();
      card.reset();
      check(card, `cut at operation ${at} of ${operations}, ${tearName(tear)}`);
    }
  }
  card.restore(start);
  action(card);
  return cuts;
}
