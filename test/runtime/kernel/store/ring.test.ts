// What power-on does to the last slot that a cut may have torn.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Card } from "../../../../emulator/card.ts";
import type { Tear } from "../../../../emulator/chip/memory.ts";
import { cutDuring, writesOf } from "../../../helpers/power-loss.ts";
import { probeImage } from "../../probe.ts";
import type { Operation, Step } from "./model.ts";
import { WITH_DOORS } from "./script.ts";
import { bootProbes, PAGES, run } from "./trials.ts";
import { unsteadyCommitsHold } from "./unsteady.ts";

const image = await probeImage({ pageCount: PAGES, broken: WITH_DOORS });

/** Kill word and commit word, both 0. */
const KILLED = "00".repeat(8);
const KILL_BYTES = 4;

const CREATE: Step = { kind: "create", number: 0, size: 300 };
const WRITE: Step = { kind: "write", number: 0, at: 50, data: new Uint8Array(200).fill(7) };
const OPERATIONS: readonly Operation[] = [
  { probe: 0, steps: [CREATE] },
  { probe: 0, steps: [WRITE] },
  { probe: 0, steps: [{ kind: "begin" }, WRITE, WRITE, { kind: "commit" }] },
  { probe: 0, steps: [{ kind: "delete", number: 0 }] },
];

/** What power-on writes when each operation was cut in its commit word; the commit word beside it. */
function afterCut(tear: Tear): { commit: string; settled: string[] }[] {
  const card: Card = bootProbes(image, 1);
  return OPERATIONS.map((operation) => {
    const act = (): void => void run(card, operation);
    const start = card.snapshot();
    const writes = writesOf(card, act);
    card.restore(start);
    assert.ok(cutDuring(card, writes.length - 1, tear, act));
    card.powerOff();
    const settled = writesOf(card, () => void card.powerOn());
    card.restore(start);
    act();
    return { commit: writes.at(-1) as string, settled };
  });
}

const ring = suite("ring");

ring("programs a last commit word that counts once more, these four bytes and nothing else", () => {
  for (const { commit, settled } of afterCut("new")) {
    assert.match(commit, /^\d+: [0-9a-f]{8}$/);
    assert.equal(settled, [commit]);
  }
});

ring("kills a last slot whose commit word does not count", () => {
  for (const { commit, settled } of afterCut({ random: () => 0x55 })) {
    const address = Number.parseInt(commit, 10) - KILL_BYTES;
    assert.equal(settled, [`${address}: ${KILLED}`]);
  }
});

ring(
  "a commit word that reads now this way, now that way is what the first power-on took it for",
  () => {
    const { counted, killed } = unsteadyCommitsHold(image, 51, 400);
    console.log(`  ${counted} counted, ${killed} did not`);
    assert.ok(counted > 50 && killed > 50, "this proves little");
  },
);

ring.run();
