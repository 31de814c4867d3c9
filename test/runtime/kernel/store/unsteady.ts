// A commit word whose cells a cut left between two values: they read one way at this power-on, the
// other way at the next, until they are programmed again.

import * as assert from "uvu/assert";
import type { Image } from "../../../../assembler/image/types.ts";
import type { Card } from "../../../../emulator/card.ts";
import { cutDuring, operationsOf } from "../../../helpers/power-loss.ts";
import { type Dice, dice } from "../../../helpers/random.ts";
import { Model } from "./model.ts";
import { contentsOf } from "./script.ts";
import { bootProbes, run, SLOTS } from "./trials.ts";

const COMMIT_BYTES = 4;

/** Which bits of the memory are unsteady, by byte. */
type Unsteady = Map<number, number>;

/** Cuts the action in its last operation; what is unsteady when that is a commit word, else nothing. */
function cutLastWord(card: Card, operations: number, action: () => void): Unsteady {
  const { memory } = card;
  const unsteady: Unsteady = new Map();
  memory.program = (address, from, at, length) => {
    unsteady.clear();
    for (let i = 0; length === COMMIT_BYTES && i < length; i++) {
      unsteady.set(address + i, 0xff & ~(from[at + i] as number));
    }
    Object.getPrototypeOf(memory).program.call(memory, address, from, at, length);
  };
  assert.ok(cutDuring(card, operations - 1, "old", action));
  Reflect.deleteProperty(memory, "program");
  return unsteady;
}

/** Powers up with each unsteady bit as it happens to read now; what is programmed to 0 is steady. */
function powerUp(card: Card, unsteady: Unsteady, random: Dice): void {
  const { memory } = card;
  card.powerOff();
  const some = { none: 0, all: 0xff, half: random.below(256) };
  const zeros = random.pick([some.none, some.all, some.all, some.half]);
  const content = new Uint8Array(memory.size).fill(0xff);
  content.set(memory.content());
  for (const [address, bits] of unsteady) {
    content[address] = ((content[address] as number) | bits) & ~(bits & zeros);
  }
  memory.overwrite(content);
  memory.program = (address, from, at, length) => {
    for (const [byte, bits] of unsteady) {
      const programmed = byte >= address && byte < address + length;
      if (programmed) unsteady.set(byte, bits & (from[at + byte - address] as number));
    }
    Object.getPrototypeOf(memory).program.call(memory, address, from, at, length);
  };
  card.reset();
  Reflect.deleteProperty(memory, "program");
}

/**
 * Leaves the last commit word of a random run's operations unsteady: what the first power-on took it
 * for, every later one takes it for. Answers how often it was taken to count, and how often not.
 */
export function unsteadyCommitsHold(
  image: Image,
  seed: number,
  steps: number,
): { counted: number; killed: number } {
  const card = bootProbes(image, seed);
  const random = dice(seed);
  const seen = { counted: 0, killed: 0 };
  let model = new Model(SLOTS);
  for (let step = 0; step < steps; step++) {
    const operation = model.choose(random);
    const { after } = model.run(operation);
    if (String(after) === String(model)) continue;
    const start = card.snapshot();
    const operations = operationsOf(card, () => run(card, operation));
    card.restore(start);
    const unsteady = cutLastWord(card, operations, () => run(card, operation));
    powerUp(card, unsteady, random);
    const found = contentsOf(card);
    const where = `seed ${seed}, step ${step}`;
    if (found !== String(model)) assert.is(found, String(after), where);
    if (found === String(after)) seen.counted += 1;
    else seen.killed += 1;
    for (let more = 0; more < 3; more++) {
      powerUp(card, unsteady, random);
      assert.is(contentsOf(card), found, `${where}: another reading at a later power-on`);
    }
    if (found === String(after)) model = after;
  }
  return seen;
}
