// A figure of the bench as a line: the number, and how it stands to its goal.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { line, rate, time } from "../../../../emulator/command/bench/figure.ts";

const figure = suite("figure of the bench");

figure("turns the microseconds of one into so many in a second", () => {
  assert.equal(rate("SELECT", 0.5, 1e6), {
    name: "SELECT",
    value: 2e6,
    unit: "/s",
    better: "more",
    goal: 1e6,
  });
});

figure("says whether a rate meets its goal, and by how much", () => {
  assert.match(
    line(rate("SELECT", 0.5, 1e6)),
    /^SELECT +2,000,000 \/s +goal 1,000,000: met, 2\.00 ×$/,
  );
  assert.match(line(rate("SELECT", 2, 1e6)), /500,000 \/s +goal 1,000,000: MISSED, 0\.50 ×$/);
});

figure("says of a time that less is better", () => {
  assert.match(line(time("boot", 2500, 5000)), /2,500 µs +goal 5,000: met, 2\.00 ×$/);
  assert.match(line(time("boot", 5001, 5000)), /MISSED, 1\.00 ×$/);
});

figure("stands without a goal where there is none", () => {
  assert.not.match(line(time("INSTALL", 42)), /goal/);
  assert.is("goal" in time("INSTALL", 42), false);
});

figure.run();
