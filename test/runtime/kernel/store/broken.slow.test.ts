// Stores broken on purpose: the trials must see each. A test of the tests.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Image } from "../../../../assembler/image/types.ts";
import { type Change, probeImage } from "../../probe.ts";
import { WITH_WIPE } from "./model.ts";
import { everyCutHolds, flipsHold, headwayHolds, PAGES, shakingHolds } from "./trials.ts";

const COLLECTOR = "runtime/kernel/store/collector.ts";
const LOG = "runtime/kernel/store/log.ts";
const RECOVERY = "runtime/kernel/store/recovery.ts";
const RING = "runtime/kernel/store/ring.ts";
const TRANSACTIONS = "runtime/kernel/store/transactions.ts";

interface Breakage {
  readonly name: string;
  readonly change: Change;
  readonly trial: (image: Image) => unknown;
}

const everyCut = (image: Image): unknown => everyCutHolds(image, [11, 12, 13], 60);
const shaking = (image: Image): unknown => shakingHolds(image, [21, 22, 23], 400);

const BREAKAGES: readonly Breakage[] = [
  {
    name: "a commit word that counts only the last slot",
    change: { file: LOG, from: "const n = log.pending as u32;", to: "const n: u32 = 1;" },
    trial: everyCut,
  },
  {
    name: "a page given back before its slots are safe",
    change: {
      file: COLLECTOR,
      from: "  for (let index = 0; index < log.slotsPerPage(); index++) {\n    const slot = log.tailSlot(index);",
      to: "  const old = log.tailSlot(0);\n  log.dropTail();\n  for (let index = 0; index < log.slotsPerPage(); index++) {\n    const slot = old | index;",
    },
    trial: everyCut,
  },
  {
    name: "a torn slot that is never killed",
    change: { file: RING, from: "    settleSlot(lastSlot);\n", to: "" },
    trial: shaking,
  },
  {
    name: "a transaction that only takes back its last slot",
    change: {
      file: TRANSACTIONS,
      from: "i = state.undone - 1; i >= 0; i--",
      to: "i = 0; i < 1; i++",
    },
    trial: shaking,
  },
  {
    name: "a head page in which nothing counts, kept",
    change: { file: RING, from: "if (!counts && log.tail != log.head) leaveHead();", to: "" },
    trial: (image) => headwayHolds(image, 14),
  },
  {
    name: "slots believed without their CRC",
    change: {
      file: RECOVERY,
      from: "const whole = slotIsWhole(sequence);",
      to: "const whole = true;",
    },
    trial: (image) => flipsHold(image, [31]),
  },
];

/** uvu's `throws` lets its own assertions through. */
function faultOf(action: () => unknown): Error | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

const broken = suite("broken stores");
for (const { name, change, trial } of BREAKAGES) {
  broken(`${name} does not pass`, async () => {
    const image = await probeImage({ pageCount: PAGES, broken: [WITH_WIPE, change] });
    const fault = faultOf(() => trial(image));
    assert.ok(fault, "passed every trial");
    console.log(`  ${fault.message.split("\n")[0]}`);
  });
}
broken.run();
