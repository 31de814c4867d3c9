// The store beside a model: random operations by seed, with the power cut wherever it can be.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Card } from "../../../../emulator/card.ts";
import { readStore } from "../../../../emulator/lab/store-reader.ts";
import { CARD_OBJECT_CREATE, CARD_OBJECT_RESIZE } from "../../../../runtime/spec/card-api.ts";
import {
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
} from "../../../../runtime/spec/status-words.ts";
import { KIND_COUNTER, KIND_DATA } from "../../../../runtime/spec/store.ts";
import { hex } from "../../../helpers/bytes.ts";
import { cutDuring, sweepCuts, tears } from "../../../helpers/power-loss.ts";
import { dice } from "../../../helpers/random.ts";
import { ask, type Call, perform, probeImage, selectProbe } from "../../probe.ts";
import { capacity, Model, type Step } from "./model.ts";
import { COUNT_OF, contentsOf, PROMISED_TO, WIPE, WITH_DOORS } from "./script.ts";
import {
  bootProbes,
  both,
  everyCutHolds,
  fullCard,
  mapHolds,
  PAGE_BYTES,
  PAGES,
  powerCycle,
  run,
  SLOTS,
  shakingHolds,
} from "./trials.ts";

const image = await probeImage({ pageCount: PAGES, broken: WITH_DOORS });

const store = suite("store");

store("does what a map does, and keeps it over power-off", () => {
  const worn = mapHolds(image, [1, 2, 3], 1500);
  assert.ok(worn > 20, `the ring went round ${worn} times: this proves nothing`);
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

store("counts the slots that it writes, but not what the collector moves", () => {
  const written = (card: Card): number => {
    selectProbe(card);
    return ask(card, PROMISED_TO, 1);
  };
  const slots = (card: Card, ...steps: Step[]): number => {
    const before = written(card);
    run(card, { probe: 0, steps });
    return written(card) - before;
  };
  const card = bootProbes(image, 1);
  const number = 0;
  assert.is(slots(card, { kind: "create", number, size: 300 }), 1);
  assert.is(slots(card, { kind: "write", number, at: 50, data: new Uint8Array(200) }), 3);
  assert.is(slots(card, { kind: "resize", number, size: 100 }), 1);
  assert.is(slots(card, { kind: "resize", number, size: 100 }), 0);
  assert.is(slots(card, { kind: "begin" }, { kind: "delete", number }, { kind: "abort" }), 1);
  assert.is(slots(card, { kind: "wipe" }), 1);
  assert.is(slots(card, { kind: "wipe" }), 0);
  const { card: full } = fullCard(image, 5);
  let all = 0;
  for (let turn = 0; turn < 200; turn++) {
    all += slots(full, { kind: "resize", number, size: 1 + (turn % 100) });
  }
  assert.is(all, 200);
});

store("gives an object any size and back: what it lost is gone, what it gains is zeros", () => {
  const card = bootProbes(image, 1);
  const random = dice(61);
  const sizes = [0, 1, 99, 100, 101, 199, 200, 201, 450];
  const number = 3;
  const begin: Step = { kind: "begin" };
  let model = both(card, new Model(SLOTS), [{ kind: "create", number, size: 0 }], "create");
  for (const from of sizes) {
    for (const to of sizes) {
      const fill: Step = { kind: "write", number, at: 0, data: random.bytes(from) };
      const smaller: Step = { kind: "resize", number, size: to };
      const back: Step = { kind: "resize", number, size: from };
      const what = `${from} to ${to} and back`;
      model = both(card, model, [back, fill], what);
      // Taken back, kept, and in two operations.
      both(card, model, [begin, smaller, back, { kind: "abort" }], what);
      both(card, model, [begin, smaller, { ...fill, data: random.bytes(to) }], what);
      model = both(card, model, [begin, smaller, back, { kind: "commit" }], what);
      model = both(card, model, [back, fill], what);
      model = both(card, model, [smaller], what);
      model = both(card, model, [back], what);
      powerCycle(card);
      assert.is(contentsOf(card), String(model), what);
    }
  }
  selectProbe(card);
  for (const size of [-1, 25_001, 0x7fffffff, -0x80000000]) {
    assert.is(ask(card, CARD_OBJECT_RESIZE, number, size), SW_NOT_ENOUGH_MEMORY, `size ${size}`);
  }
  assert.is(ask(card, CARD_OBJECT_RESIZE, number + 1, 1), SW_REFERENCED_DATA_NOT_FOUND);
  assert.is(contentsOf(card), String(model));
});

store(
  "deletes all objects of an owner, more than a transaction holds, and none comes back",
  async () => {
    const pageCount = 60;
    const big = await probeImage({ pageCount, broken: WITH_DOORS });
    const card = bootProbes(big, 3);
    selectProbe(card);
    const many = 150;
    const kept = 9;
    for (let from = 0; from < many; from += 30) {
      const calls = Array.from(
        { length: 30 },
        (_, i): Call => [CARD_OBJECT_CREATE, 100 + from + i, 60],
      );
      assert.ok(perform(card, calls).results.every((status) => status === SW_SUCCESS));
    }
    const random = dice(63);
    let model = new Model(capacity(PAGE_BYTES, pageCount));
    const other = (step: Step): void => {
      const operation = { probe: 1, steps: [step] };
      const { after, results } = model.run(operation);
      assert.equal(run(card, operation), results);
      model = after;
    };
    for (let number = 0; number < 5; number++) other({ kind: "create", number, size: kept });
    const count = (): number => {
      selectProbe(card);
      return ask(card, COUNT_OF);
    };
    const found = new Set<number>();
    sweepCuts(card, {
      action: () => {
        selectProbe(card);
        assert.is(ask(card, WIPE), SW_SUCCESS);
      },
      check: (_, cut) => {
        found.add(count());
        assert.ok([0, many].includes(count()), cut);
      },
    });
    assert.equal([...found].sort(), [0, many]);
    // Round the ring and round again: the tombstone's page goes after all that it deleted.
    const pagesErased = (): number => card.memory.erases.reduce((sum, erases) => sum + erases, 0);
    const start = pagesErased();
    while (pagesErased() < start + 2 * pageCount + 5) {
      other({ kind: "write", number: random.below(5), at: 0, data: random.bytes(kept) });
      if (random.below(3) === 0) powerCycle(card);
      assert.is(count(), 0);
      assert.is(contentsOf(card), String(model));
    }
  },
);

store.run();
