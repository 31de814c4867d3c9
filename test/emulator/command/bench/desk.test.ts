// The basic read of a desk keeps its goals wherever a goal can be kept: they are counts, not times of
// this machine.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { deskFigures } from "../../../../emulator/command/bench/desk.ts";
import { referenceImage } from "../../../helpers/card.ts";

const desk = suite("basic read of the bench");

desk(
  "takes fewer than 15 commands and less than 300 ms on every line but the slowest",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "wafer-bench-"));
    try {
      const figures = await deskFigures(await referenceImage(), folder);
      const missed = figures.filter(({ value, goal }) => goal !== undefined && value > goal);
      // At 9600 baud 240 characters are 300 ms, and each of these reads has more.
      assert.equal(
        missed.map(({ name }) => name),
        ["basic read 3.0: contact D=1", "basic read 2.0: contact D=1"],
      );
      assert.is(figures.filter(({ goal }) => goal !== undefined).length, 12);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

desk.run();
