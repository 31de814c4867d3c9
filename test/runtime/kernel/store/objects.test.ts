// The store beside a model: random operations by seed, with the power cut wherever it can be.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readStore } from "../../../../emulator/lab/store-reader.ts";
import { KIND_COUNTER, KIND_DATA } from "../../../../runtime/spec/store.ts";
import { hex } from "../../../helpers/bytes.ts";
import { cutDuring, tears } from "../../../helpers/power-loss.ts";
import { dice } from "../../../helpers/random.ts";
import { probeImage } from "../../probe.ts";
import { contentsOf, Model, WITH_WIPE } from "./model.ts";
import {
  bootProbes,
  everyCutHolds,
  PAGE_BYTES,
  PAGES,
  powerCycle,
  run,
  SLOTS,
  shakingHolds,
} from "./trials.ts";

const image = await probeImage({ pageCount: PAGES, broken: [WITH_WIPE] });

const store = suite("store");

store("does what a map does, and keeps it over power-off", () => {
  for (let seed = 1; seed <= 3; seed++) {
    const card = bootProbes(image, seed);
    const random = dice(seed);
    let model = new Model(SLOTS);
    for (let step = 0; step < 1500; step++) {
      const operation = model.choose(random);
      const { after, results } = model.run(operation);
      const at = `seed ${seed}, step ${step}`;
      assert.equal(run(card, operation), results, `${at}: ${JSON.stringify(operation.steps)}`);
      model = after;
      if (random.below(8) === 0) powerCycle(card);
      assert.is(contentsOf(card), String(model), at);
    }
    const worn = Math.min(...card.memory.erases);
    assert.ok(worn > 20, `the ring went round ${worn} times: this proves nothing`);
  }
});

store("equals before or after, wherever the power is cut and cut again", () => {
  const cuts = everyCutHolds(image, [11, 12, 13], 60);
  console.log(`  ${cuts} power cuts`);
  assert.ok(cuts > 2000, `${cuts} cuts: this proves little`);
});

store("goes on from cut to cut, as a card in a shaking hand", () => {
  const cuts = shakingHolds(image, [21, 22, 23, 24, 25, 26, 27, 28], 400);
  console.log(`  ${cuts} power cuts`);
  assert.ok(cuts > 500, `${cuts} cuts: this proves little`);
});

store("is as its page says: a reader written from STORE.md finds the same", () => {
  for (let seed = 41; seed <= 60; seed++) {
    const card = bootProbes(image, seed);
    const random = dice(seed);
    let model = new Model(SLOTS);
    for (let step = 0; step < 120; step++) {
      const operation = model.choose(random);
      if (random.below(3) > 0) {
        model = model.run(operation).after;
        run(card, operation);
        continue;
      }
      cutDuring(card, random.below(9), random.pick(tears(random)), () => run(card, operation));
      powerCycle(card);
      if (contentsOf(card) === String(model.run(operation).after))
        model = model.run(operation).after;
    }
    powerCycle(card);
    const found = readStore(card.memory.content(), PAGE_BYTES, PAGES)
      .filter(({ kind }) => kind === KIND_DATA || kind === KIND_COUNTER)
      .map(({ owner, number, content }) => `${owner - 1}:${number} ${hex(content)}`);
    assert.is(found.sort().join("\n"), String(model), `seed ${seed}`);
  }
});

store.run();
