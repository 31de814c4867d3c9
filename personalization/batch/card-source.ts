// Where blank cards come from and finished cards go: a feeder, a reader on a desk, an emulator.

import type { Card } from "../card.ts";

/** One blank, from taking it to putting it away. */
export interface Blank {
  /** Tells this blank from every other one; never used twice. */
  readonly serial: string;
  readonly card: Card;
  /** Keeps the finished card under `name`. Done twice with one name, the second wins. */
  save(name: string): Promise<void>;
  /** Puts a spoiled card away. */
  discard(): Promise<void>;
}

export interface CardSource {
  /** The next blank, or undefined when none is left. `sequence` counts all blanks of the batch from 1. */
  next(sequence: number): Promise<Blank | undefined>;
}
