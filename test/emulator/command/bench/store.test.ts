// Programs of a small write: two where no page is opened, and not many more with all that goes on.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as bench from "../../../../emulator/command/bench/bench-card.ts";
import { median } from "../../../../emulator/command/bench/measure.ts";
import { programsOfWrites } from "../../../../emulator/command/bench/store.ts";
import { referenceImage } from "../../../helpers/card.ts";

const store = suite("store of the bench");

store("a small atomic write takes two programs, and under three with the ring's own", async () => {
  const card = await bench.makeBenchCard(await referenceImage());
  card.exchange(bench.SELECT);
  card.exchange(bench.SELECT_EF);
  // Four times round the ring of 256 pages of 4 slots.
  const programs = programsOfWrites(card, 4096);
  assert.is(Math.min(...programs), 2);
  assert.is(median(programs), 2);
  assert.ok(programs.reduce((sum, count) => sum + count, 0) < 3 * programs.length);
});

store.run();
