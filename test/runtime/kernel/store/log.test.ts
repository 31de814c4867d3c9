// The log below the objects: power that never lasts, full stores, damaged memory.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../../emulator/card.ts";
import { SW_NOT_ENOUGH_MEMORY, SW_SUCCESS } from "../../../../runtime/spec/status-words.ts";
import { cutDuring, tears } from "../../../helpers/power-loss.ts";
import { dice } from "../../../helpers/random.ts";
import { PROBE_AIDS, perform, probeImage, selectProbe } from "../../probe.ts";
import { capacity, contentsOf, Model, type Operation, type Step, scriptOf } from "./model.ts";

const PAGES = 24;
const image = await probeImage({ pageCount: PAGES });
const slots = capacity(512, PAGES) - PROBE_AIDS.length;

function run(card: Card, operation: Operation): number[] {
  const { calls, payload } = scriptOf(operation);
  selectProbe(card, operation.probe);
  return perform(card, calls, payload).results;
}

function powerCycle(card: Card): void {
  card.powerOff();
  card.reset();
}

/** A card whose store is full to its last slot, and worn: objects of one chunk and of several. */
function fullCard(seed: number): { card: Card; model: Model } {
  const card = Card.boot(image, { seed });
  card.reset();
  const random = dice(seed);
  let model = new Model(slots);
  const step = (operation: Operation): void => {
    const { after, results } = model.run(operation);
    assert.equal(run(card, operation), results);
    model = after;
  };
  const sizes = [100, 600, 40, 500, 300, 20, 200];
  sizes.forEach((size, number) => {
    step({ probe: number & 1, steps: [{ kind: "create", number, size }] });
  });
  for (let number = 0; number < sizes.length; number++) {
    const write: Step = { kind: "write", number, at: 0, data: random.bytes(sizes[number]!) };
    step({ probe: number & 1, steps: [write] });
  }
  while (run(card, { probe: 0, steps: [] }).length > 0);
  return { card, model };
}

const log = suite("log");

log("makes headway however often the power is cut at the same point", () => {
  let cuts = 0;
  for (let point = 0; point < 14; point++) {
    const { card, model } = fullCard(point);
    const random = dice(point);
    const data = random.bytes(100);
    for (let turn = 0; turn < 400; turn++) {
      // One byte here and there, so that what lies in the log dies slowly and the collector runs.
      const number = turn % 7;
      const write: Step = { kind: "write", number, at: 0, data: data.subarray(0, 1) };
      const lost = cutDuring(card, point, random.pick(tears(random)), () => {
        run(card, { probe: number & 1, steps: [write] });
      });
      if (lost) cuts += 1;
      powerCycle(card);
      assert.is(
        lineCount(contentsOf(card)),
        lineCount(String(model)),
        `point ${point}, turn ${turn}`,
      );
    }
    const write: Step = { kind: "write", number: 0, at: 0, data };
    assert.equal(run(card, { probe: 0, steps: [write] }), [SW_SUCCESS], `point ${point}`);
  }
  console.log(`  ${cuts} power cuts`);
});

function lineCount(text: string): number {
  return text.split("\n").length;
}

log.run();
void SW_NOT_ENOUGH_MEMORY;
