// Trials that any sound store passes and a broken one does not; each throws at the first lie.

import * as assert from "uvu/assert";
import type { Image } from "../../../../assembler/image/types.ts";
import { Card } from "../../../../emulator/card.ts";
import { INS_SELECT } from "../../../../runtime/spec/instructions.ts";
import { SW_MEMORY_FAILURE, SW_SUCCESS } from "../../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import { apdu, send, traceOf } from "../../../helpers/card.ts";
import { cutDuring, operationsOf, tearName, tears } from "../../../helpers/power-loss.ts";
import { dice } from "../../../helpers/random.ts";
import { PROBE_AIDS, perform, selectProbe } from "../../probe.ts";
import { capacity, Model, type Operation, type Step } from "./model.ts";
import { COUNT_OF, contentsOf, KERNEL_OBJECTS, PROMISED_TO, scriptOf } from "./script.ts";

/** Geometry of the small cards: the ring wraps and the collector runs often. */
export const PAGES = 24;
export const PAGE_BYTES = 512;
/** Slots for objects of the probes. */
export const SLOTS: number = capacity(PAGE_BYTES, PAGES) - KERNEL_OBJECTS;

export function run(card: Card, operation: Operation): number[] {
  const { calls, payload } = scriptOf(operation);
  selectProbe(card, operation.probe);
  return perform(card, calls, payload).results;
}

export function bootProbes(image: Image, seed: number): Card {
  const card = Card.boot(image, { seed });
  card.reset();
  return card;
}

export function powerCycle(card: Card): void {
  card.powerOff();
  card.reset();
}

/** Runs an operation on card and model; what the model then is. */
export function both(card: Card, model: Model, steps: readonly Step[], what: string): Model {
  const operation: Operation = { probe: 0, steps };
  const { after, results } = model.run(operation);
  assert.equal(run(card, operation), results, what);
  assert.is(contentsOf(card), String(after), what);
  return after;
}

/** A random run beside a map, with power-off now and then. Answers erases of the page that had fewest. */
export function mapHolds(image: Image, seeds: readonly number[], steps: number): number {
  let worn = Number.POSITIVE_INFINITY;
  for (const seed of seeds) {
    const card = bootProbes(image, seed);
    const random = dice(seed);
    let model = new Model(SLOTS);
    for (let step = 0; step < steps; step++) {
      const operation = model.choose(random);
      const { after, results } = model.run(operation);
      const at = `seed ${seed}, step ${step}`;
      assert.equal(run(card, operation), results, `${at}: ${JSON.stringify(operation.steps)}`);
      model = after;
      if (random.below(8) === 0) powerCycle(card);
      assert.is(contentsOf(card), String(model), at);
      const { probe } = operation;
      selectProbe(card, probe);
      const totals = perform(card, [[COUNT_OF], [PROMISED_TO]]).results;
      assert.equal(totals, model.totals(probe), at);
    }
    worn = Math.min(worn, ...card.memory.erases);
  }
  return worn;
}

/** Cuts every operation of a random run wherever it can be cut. Answers how many cuts. */
export function everyCutHolds(image: Image, seeds: readonly number[], steps: number): number {
  let cuts = 0;
  for (const seed of seeds) {
    const card = bootProbes(image, seed);
    const random = dice(seed);
    let model = new Model(SLOTS);
    for (let step = 0; step < steps; step++) {
      const operation = model.choose(random);
      const { after } = model.run(operation);
      const start = card.snapshot();
      const operations = operationsOf(card, () => run(card, operation));
      for (let cut = 0; cut < operations; cut++) {
        for (const tear of tears(random)) {
          card.restore(start);
          const lost = cutDuring(card, cut, tear, () => run(card, operation));
          assert.ok(lost, "the card took another way");
          cuts += 1;
          if (random.below(2) === 0) {
            const again = random.pick(tears(random));
            if (cutDuring(card, 0, again, () => card.powerOn())) cuts += 1;
          }
          card.powerOff();
          card.reset();
          const found = contentsOf(card);
          if (found === String(model) || found === String(after)) continue;
          const where = `seed ${seed}, step ${step}, cut ${cut} of ${operations}, ${tearName(tear)}`;
          assert.is(found, String(after), `${where}\n${traceOf(card)}`);
        }
      }
      card.restore(start);
      run(card, operation);
      model = after;
    }
  }
  return cuts;
}

/** A random run that is cut now and then and goes on from what is left. */
export function shakingHolds(image: Image, seeds: readonly number[], steps: number): number {
  let cuts = 0;
  for (const seed of seeds) {
    const card = bootProbes(image, seed);
    const random = dice(seed);
    let model = new Model(SLOTS);
    for (let step = 0; step < steps; step++) {
      const operation = model.choose(random);
      const { after } = model.run(operation);
      const where = `seed ${seed}, step ${step}`;
      const lost = cutDuring(card, random.below(12), random.pick(tears(random)), () => {
        run(card, operation);
      });
      if (lost) {
        cuts += 1;
        card.powerOff();
        card.reset();
      }
      const found = contentsOf(card);
      if (found === String(after)) model = after;
      else assert.is(found, String(model), `${where}\n${traceOf(card)}`);
    }
  }
  return cuts;
}

/** Objects of one chunk and of several that fill the store to its last slot. */
export const FULL = [100, 500, 40, 500, 301, 20, 200, 700];

export function fullCard(image: Image, seed: number): { card: Card; model: Model } {
  const card = bootProbes(image, seed);
  const random = dice(seed);
  let model = new Model(SLOTS);
  const step = (number: number, one: Step): void => {
    const operation = { probe: number & 1, steps: [one] };
    const { after, results } = model.run(operation);
    assert.equal(run(card, operation), results);
    assert.equal(results, [SW_SUCCESS]);
    model = after;
  };
  FULL.forEach((size, number) => {
    step(number, { kind: "create", number: number >> 1, size });
  });
  FULL.forEach((size, number) => {
    step(number, { kind: "write", number: number >> 1, at: 0, data: random.bytes(size) });
  });
  const one: Step = { kind: "create", number: 6, size: 1 };
  const left = SLOTS - FULL.reduce((sum, size) => sum + Math.ceil(size / 100), 0);
  for (let i = 0; i < left; i++) step(i, { ...one, number: 4 + (i >> 1) });
  return { card, model };
}

/** Cuts the same point of every operation of a full card, turn after turn. */
export function headwayHolds(image: Image, points: number): number {
  let cuts = 0;
  const start = fullCard(image, 3);
  const fresh = start.card.snapshot();
  for (let point = 0; point < points; point++) {
    const { card } = start;
    let { model } = start;
    card.restore(fresh);
    const random = dice(point);
    for (let turn = 0; turn < 120; turn++) {
      // One byte here and there, so that what lies in the log dies slowly and the collector runs.
      const number = turn % FULL.length;
      const write: Step = { kind: "write", number: number >> 1, at: 0, data: random.bytes(1) };
      const operation = { probe: number & 1, steps: [write] };
      const { after } = model.run(operation);
      if (cutDuring(card, point, random.pick(tears(random)), () => run(card, operation))) cuts += 1;
      powerCycle(card);
      const found = contentsOf(card);
      if (found === String(after)) model = after;
      assert.is(found, String(model), `point ${point}, turn ${turn}`);
    }
    const write: Step = { kind: "write", number: 0, at: 0, data: random.bytes(100) };
    const operation = { probe: 0, steps: [write] };
    assert.equal(run(card, operation), [SW_SUCCESS], `point ${point}`);
    assert.is(contentsOf(card), String(model.run(operation).after), `point ${point}`);
  }
  return cuts;
}

/** Whether every command is answered 6581, with an ATR before it. */
export function answersDamaged(card: Card): boolean {
  card.powerOff();
  assert.is(hex(card.reset()), "3b6500000102030405");
  const commands = [
    apdu(0x00, INS_SELECT, 0x04, 0x00, PROBE_AIDS[0]),
    apdu(0x80, 0x50, 0x00, 0x00, "0102030405060708", 0),
    apdu(0x00, 0xb0, 0x00, 0x00, "", 0),
    bytes("00"),
  ];
  const answers = commands.map((command) => send(card, command));
  const damaged = answers.filter(({ sw }) => sw === SW_MEMORY_FAILURE);
  assert.ok(damaged.every(({ data }) => data.length === 0));
  assert.ok(damaged.length === 0 || damaged.length === answers.length, "damaged now and then");
  return damaged.length > 0;
}

/** Contents as before the last operation that changed any are no lie: it may have been torn. */
export interface Worn {
  readonly card: Card;
  readonly now: string;
  readonly before: string;
}

export function wornCard(image: Image, seed: number): Worn {
  const card = bootProbes(image, seed);
  const random = dice(seed);
  let model = new Model(SLOTS);
  let before = model;
  for (let step = 0; step < 300; step++) {
    const operation = model.choose(random);
    const { after } = model.run(operation);
    run(card, operation);
    if (String(after) !== String(model)) before = model;
    model = after;
  }
  return { card, now: String(model), before: String(before) };
}

/** Flips one bit at a time: the card says 6581 or tells the truth. */
export function flipsHold(
  image: Image,
  seeds: readonly number[],
): { flips: number; damaged: number } {
  let damaged = 0;
  let flips = 0;
  for (const seed of seeds) {
    const { card, now, before } = wornCard(image, seed);
    const whole = card.memory.content();
    const random = dice(seed);
    assert.not(answersDamaged(card), `seed ${seed}: refused although whole`);
    for (let at = 0; at < whole.length; at += 1 + random.below(6)) {
      const broken = whole.slice();
      broken[at] = broken[at]! ^ (1 << random.below(8));
      card.memory.overwrite(broken);
      flips += 1;
      const where = `seed ${seed}, byte ${at % 512} of page ${at >> 9}`;
      if (answersDamaged(card)) {
        damaged += 1;
        continue;
      }
      const found = contentsOf(card);
      // Only the last commit word can pass for one that a cut never let come about.
      if (found !== now) assert.is(found, before, where);
    }
  }
  return { flips, damaged };
}
