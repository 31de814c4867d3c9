// The bench's clock: processor time, and medians that an odd round does not move.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  median,
  microseconds,
  microsecondsOf,
  processorTime,
} from "../../../../emulator/command/bench/measure.ts";

const measure = suite("measure of the bench");

function work(rounds: number): number {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum += Math.sqrt(i);
  return sum;
}

measure("takes the middle of what was measured, in any order", () => {
  assert.is(median([9, 1, 5]), 5);
  assert.is(median([1, 1000, 2, 3, 2]), 2);
  assert.ok(Number.isNaN(median([])));
});

measure("counts what the processor does, not what it waits for", () => {
  const waited = processorTime(() => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  });
  assert.ok(waited < 100_000, `${waited} µs for a sleep of 200 ms`);
});

measure("tells more work from less", () => {
  assert.ok(microseconds(() => work(20_000)) > 2 * microseconds(() => work(2_000)));
});

measure("leaves the preparation of a round out, and runs each thing once", () => {
  const runs: number[] = [];
  let prepared = 0;
  const spent = microsecondsOf(() => {
    prepared += 1;
    work(3_000_000);
    return Array.from({ length: 4 }, (_, n) => () => void runs.push(n));
  });
  assert.ok(spent < 1000, `${spent} µs`);
  assert.is(runs.length, 4 * prepared);
  assert.equal(runs.slice(0, 4), [0, 1, 2, 3]);
});

measure.run();
