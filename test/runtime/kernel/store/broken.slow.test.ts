// Stores broken on purpose: the trials must see each. A test of the tests.

import { suite } from "uvu";
import type { Image } from "../../../../assembler/image/types.ts";
import { type Breakage, everyCut, seen, shaking } from "./breakage.ts";
import { Model } from "./model.ts";
import { bootProbes, both, flipsHold, headwayHolds, mapHolds, SLOTS } from "./trials.ts";
import { unsteadyCommitsHold } from "./unsteady.ts";

const FOLDER = "runtime/kernel/store";
const COLLECTOR = `${FOLDER}/collector.ts`;
const LOG = `${FOLDER}/log.ts`;
const OBJECTS = `${FOLDER}/objects.ts`;
const RECOVERY = `${FOLDER}/recovery.ts`;
const RING = `${FOLDER}/ring.ts`;
const TABLE = `${FOLDER}/table.ts`;
const TRANSACTIONS = `${FOLDER}/transactions.ts`;

/** An object is made smaller and as large as before in one transaction: what it lost stays lost. */
function shrinksAndGrows(image: Image): void {
  const card = bootProbes(image, 1);
  const [number, size] = [1, 300];
  const data = new Uint8Array(size).fill(0x5a);
  let model = both(card, new Model(SLOTS), [{ kind: "create", number, size }], "made");
  model = both(card, model, [{ kind: "write", number, at: 0, data }], "written");
  const small = { kind: "resize", number, size: 40 } as const;
  const large = { kind: "resize", number, size } as const;
  both(card, model, [{ kind: "begin" }, small, large, { kind: "commit" }], "smaller and back");
}

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
      from: "  for (let index = 0; index < log.slotsPerPage(); index++) {\n    const place = log.tailSlot(index);",
      to: "  const old = log.tailSlot(0);\n  log.dropTail();\n  for (let index = 0; index < log.slotsPerPage(); index++) {\n    const place = old | index;",
    },
    trial: everyCut,
  },
  {
    name: "a torn slot that is never killed",
    change: { file: RING, from: "    settleSlot(lastSlot);\n", to: "" },
    trial: shaking,
  },
  {
    name: "a commit word that counts but is not programmed again",
    change: {
      file: RING,
      from: "    memoryProgram(addressOf(slot) + SLOT_COMMIT, WORD, 4);\n",
      to: "",
    },
    trial: (image) => unsteadyCommitsHold(image, 51, 400),
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
  {
    name: "a slot that moves with the size it was written with",
    change: {
      file: COLLECTOR,
      from: "    store<u16>(SLOT + SLOT_SIZE, table.sizeOf(row) as u16);\n",
      to: "",
    },
    trial: shaking,
  },
  {
    name: "a size that recovery takes from an object's first slot",
    change: { file: RECOVERY, from: "table.sizeOf(row) != size", to: "table.sizeOf(row) < size" },
    trial: shaking,
  },
  {
    name: "dropped chunks that come back when the object grows again",
    change: { file: TABLE, from: ": UNWRITTEN);", to: ": entry & ~DROPPED);" },
    trial: shrinksAndGrows,
  },
  {
    name: "a size that is not taken back",
    change: { file: TRANSACTIONS, from: "table.setSize(row, old);", to: "continue;" },
    trial: shaking,
  },
  {
    name: "an object that grows by what lies in RAM",
    change: {
      file: OBJECTS,
      from: "  memory.fill(SLOT + SLOT_DATA, 0, SLOT_DATA_BYTES);\n  getChunk(row, border",
      to: "  getChunk(row, border",
    },
    trial: shaking,
  },
  {
    name: "an owner's tombstone that recovery passes over",
    change: { file: RECOVERY, from: "    releaseAllOf(owner);\n", to: "" },
    trial: shaking,
  },
  {
    name: "room that a transaction gives away before it is committed",
    change: {
      file: OBJECTS,
      from: "return table.entriesInUse() + more <=",
      to: "return promisedTo(1) + promisedTo(2) + promisedTo(3) + promisedTo(0) + more <=",
    },
    trial: (image) => mapHolds(image, [1, 2], 1500),
  },
];

const broken = suite("broken stores");
for (const breakage of BREAKAGES) {
  broken(`${breakage.name} does not pass`, async () => {
    console.log(`  ${await seen(breakage)}`);
  });
}
broken.run();
