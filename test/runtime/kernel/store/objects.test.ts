// The store beside a model: random operations by seed, with the power cut wherever it can be.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../../emulator/card.ts";
import { traceOf } from "../../../helpers/card.ts";
import { cutDuring, operationsOf, tearName, tears } from "../../../helpers/power-loss.ts";
import { dice } from "../../../helpers/random.ts";
import { PROBE_AIDS, perform, probeImage, selectProbe } from "../../probe.ts";
import { capacity, contentsOf, Model, type Operation, scriptOf } from "./model.ts";

const PAGES = 24;
const image = await probeImage({ pageCount: PAGES });
/** The kernel's own rows: one for each instance. */
const slots = capacity(512, PAGES) - PROBE_AIDS.length;

function run(card: Card, operation: Operation): number[] {
  const { calls, payload } = scriptOf(operation);
  selectProbe(card, operation.probe);
  return perform(card, calls, payload).results;
}

function bootProbes(seed: number): Card {
  const card = Card.boot(image, { seed });
  card.reset();
  return card;
}

const store = suite("store");

store("does what a map does, and keeps it over power-off", () => {
  for (let seed = 1; seed <= 3; seed++) {
    const card = bootProbes(seed);
    const random = dice(seed);
    let model = new Model(slots);
    for (let step = 0; step < 1500; step++) {
      const operation = model.choose(random);
      const { after, results } = model.run(operation);
      const at = `seed ${seed}, step ${step}`;
      assert.equal(run(card, operation), results, `${at}: ${JSON.stringify(operation.steps)}`);
      model = after;
      if (random.below(8) === 0) {
        card.powerOff();
        card.reset();
      }
      assert.is(contentsOf(card), String(model), at);
    }
    const worn = Math.min(...card.memory.erases);
    assert.ok(worn > 20, `the ring went round ${worn} times: this proves nothing`);
  }
});

store("equals before or after, wherever the power is cut and cut again", () => {
  let cuts = 0;
  for (let seed = 11; seed <= 13; seed++) {
    const card = bootProbes(seed);
    const random = dice(seed);
    let model = new Model(slots);
    for (let step = 0; step < 60; step++) {
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
  console.log(`  ${cuts} power cuts`);
  assert.ok(cuts > 2000, `${cuts} cuts: this proves little`);
});

store("goes on from cut to cut, as a card in a shaking hand", () => {
  let cuts = 0;
  for (let seed = 21; seed <= 28; seed++) {
    const card = bootProbes(seed);
    const random = dice(seed);
    let model = new Model(slots);
    for (let step = 0; step < 400; step++) {
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
  console.log(`  ${cuts} power cuts`);
});

store.run();
