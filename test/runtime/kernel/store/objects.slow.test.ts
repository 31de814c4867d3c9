// The trials of objects.test.ts and log.test.ts again, with many more seeds.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { probeImage } from "../../probe.ts";
import { WITH_DOORS } from "./script.ts";
import { everyCutHolds, flipsHold, mapHolds, PAGES, shakingHolds } from "./trials.ts";

const image = await probeImage({ pageCount: PAGES, broken: WITH_DOORS });

function seeds(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

const store = suite("store, at length");

store("does what a map does", () => {
  assert.ok(mapHolds(image, seeds(100, 15), 2000) > 20);
});

store("equals before or after, wherever the power is cut", () => {
  const cuts = everyCutHolds(image, seeds(200, 12), 120);
  console.log(`  ${cuts} power cuts`);
  assert.ok(cuts > 30_000);
});

store("goes on from cut to cut", () => {
  const cuts = shakingHolds(image, seeds(300, 40), 600);
  console.log(`  ${cuts} power cuts`);
  assert.ok(cuts > 5000);
});

store("tells the truth or nothing when a bit has flipped", () => {
  const { flips, damaged } = flipsHold(image, seeds(400, 6));
  console.log(`  ${flips} flips, ${damaged} refused`);
  assert.ok(damaged > flips / 4);
});

store.run();
