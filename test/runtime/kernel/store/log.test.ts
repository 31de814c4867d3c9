// The log below the objects: power that never lasts, a full store, the first boot, damaged memory.

import { crc32 } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../../emulator/card.ts";
import {
  CARD_OBJECT_CREATE,
  CARD_OBJECT_RESIZE,
  CARD_OBJECT_SIZE,
  CARD_OBJECT_WRITE_COMMAND,
  CARD_REPLY_OBJECT,
} from "../../../../runtime/spec/card-api.ts";
import { INS_SELECT } from "../../../../runtime/spec/instructions.ts";
import {
  SW_MEMORY_FAILURE,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
} from "../../../../runtime/spec/status-words.ts";
import { MAX_OBJECTS, PAGE_HEADER_BYTES, SLOT_BYTES } from "../../../../runtime/spec/store.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import { accept, apdu, send } from "../../../helpers/card.ts";
import { cutDuring, operationsOf, tearName, tears } from "../../../helpers/power-loss.ts";
import { type Dice, dice } from "../../../helpers/random.ts";
import {
  ask,
  type Call,
  PROBE_AIDS,
  payloadAt,
  probeImage,
  scriptCommand,
  selectProbe,
} from "../../probe.ts";
import type { Step } from "./model.ts";
import { contentsOf, KERNEL_OBJECTS, WIPE, WITH_DOORS } from "./script.ts";
import {
  answersDamaged,
  bootProbes,
  FULL,
  flipsHold,
  fullCard,
  headwayHolds,
  PAGE_BYTES,
  PAGES,
  powerCycle,
  run,
  wornCard,
} from "./trials.ts";

const image = await probeImage({ pageCount: PAGES, broken: WITH_DOORS });

/** Of an answer to reset, with TS. ISO/IEC 7816-3:2006, 8.2.1. */
const MOST_ATR_BYTES = 33;

/** Changes a byte of a slot's header and makes the CRC hold again. */
function forgeSlot(page: Uint8Array, at: number, random: Dice): void {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const length = page[at + 3]!;
  if (length > 100 || at + SLOT_BYTES > page.length) return;
  page[at + random.below(10)] = random.pick([0, 1, 2, 99, 250, 253, 254, 255, random.below(256)]);
  const data = page.subarray(at + 16, at + 16 + Math.min(100, page[at + 3]!));
  const crc = crc32(data, crc32(page.subarray(at, at + 12), view.getUint32(0, true)));
  view.setUint32(at + 12, crc, true);
}

const log = suite("log");

log("refuses what does not fit with 6A84, loses nothing, and keeps every promise", () => {
  const { card, model } = fullCard(image, 1);
  const before = String(model);
  for (let probe = 0; probe < 2; probe++) {
    selectProbe(card, probe);
    for (const size of [0, 1, 100, 25_000, 25_001, 0x7fffffff]) {
      assert.is(ask(card, CARD_OBJECT_CREATE, 100, size), SW_NOT_ENOUGH_MEMORY, `size ${size}`);
    }
    assert.is(ask(card, CARD_OBJECT_SIZE, 100), -1);
  }
  assert.is(contentsOf(card), before);
  let now = model;
  const random = dice(2);
  for (let turn = 0; turn < 300; turn++) {
    const number = turn % FULL.length;
    const data = random.bytes(FULL[number]!);
    const write: Step = { kind: "write", number: number >> 1, at: 0, data };
    const operation = { probe: number & 1, steps: [write] };
    now = now.run(operation).after;
    assert.equal(run(card, operation), [SW_SUCCESS], `a full store refused write ${turn}`);
  }
  assert.is(contentsOf(card), String(now));
  powerCycle(card);
  assert.is(contentsOf(card), String(now));
});

log("lets an object grow only into room that nobody was promised", () => {
  const start = fullCard(image, 4);
  const { card } = start;
  let { model } = start;
  const step = (...steps: Step[]): number[] => {
    const operation = { probe: 0, steps };
    const { after, results } = model.run(operation);
    assert.equal(run(card, operation), results, JSON.stringify(steps));
    assert.is(contentsOf(card), String(after));
    model = after;
    return results;
  };
  const grow = (number: number, size: number): Step => ({ kind: "resize", number, size });
  for (const number of [0, 1, 2, 3]) {
    const size = FULL[number * 2]!;
    assert.equal(step(grow(number, Math.ceil(size / 100) * 100 + 1)), [SW_NOT_ENOUGH_MEMORY]);
  }
  // 301 bytes become 201: a chunk is free, but inside a transaction only once it is committed.
  const shrink = grow(2, 201);
  const refused = [SW_SUCCESS, SW_SUCCESS, SW_NOT_ENOUGH_MEMORY];
  assert.equal(step({ kind: "begin" }, shrink, grow(0, 101)), refused);
  assert.equal(step(shrink), [SW_SUCCESS]);
  assert.equal(step(grow(0, 101)), [SW_SUCCESS]);
  assert.equal(step(grow(2, 301)), [SW_NOT_ENOUGH_MEMORY]);
  const random = dice(3);
  for (let turn = 0; turn < 100; turn++) {
    const at = random.below(2);
    step({ kind: "write", number: at * 2, at: 0, data: random.bytes(at === 0 ? 101 : 201) });
  }
  powerCycle(card);
  assert.is(contentsOf(card), String(model));
});

log("holds MAX_OBJECTS objects and refuses one more", async () => {
  const card = Card.boot(await probeImage({ pageCount: 256, broken: WITH_DOORS }), { seed: 1 });
  card.reset();
  selectProbe(card);
  const room = MAX_OBJECTS - KERNEL_OBJECTS;
  for (let number = 0; number < room; number++) {
    assert.is(ask(card, CARD_OBJECT_CREATE, number, number & 7), SW_SUCCESS, `object ${number}`);
  }
  assert.is(ask(card, CARD_OBJECT_CREATE, room, 1), SW_NOT_ENOUGH_MEMORY);
  powerCycle(card);
  selectProbe(card);
  for (let number = 0; number < room; number++) {
    assert.is(ask(card, CARD_OBJECT_SIZE, number), number & 7);
  }
});

log("makes headway however often the power is cut at the same point", () => {
  const cuts = headwayHolds(image, 14);
  console.log(`  ${cuts} power cuts`);
  assert.ok(cuts > 500, `${cuts} cuts: this proves little`);
});

const SECRET = bytes("31323334");
/** Two objects, one of them written: what a probe's install makes here. */
const INSTALL: Call[] = [
  [CARD_OBJECT_CREATE, 1, 250],
  [CARD_OBJECT_WRITE_COMMAND, 1, 98, payloadAt(3), SECRET.length],
  [CARD_OBJECT_CREATE, 2, 10],
];

log("comes up whole although its first boot was cut, and cut again", async () => {
  const card = Card.boot(await probeImage({ install: INSTALL, payload: SECRET }), { seed: 1 });
  card.reset();
  const whole = contentsOf(card);
  assert.ok(whole.includes(hex(SECRET)));
  const made = card.memory.content().length;
  const blank = (): void => {
    card.powerOff();
    card.memory.overwrite(new Uint8Array(0));
  };
  blank();
  const operations = operationsOf(card, () => card.powerOn());
  const random = dice(7);
  let cuts = 0;
  for (let at = 0; at < operations; at++) {
    for (const tear of tears(random)) {
      blank();
      assert.ok(cutDuring(card, at, tear, () => card.powerOn()));
      cuts += 1;
      for (let more = random.below(3); more > 0; more--) {
        const after = random.below(operations);
        if (cutDuring(card, after, random.pick(tears(random)), () => card.powerOn())) cuts += 1;
      }
      const where = `cut at ${at} of ${operations}, ${tearName(tear)}`;
      card.powerOff();
      assert.is(card.powerOn(), SW_SUCCESS, where);
      card.reset();
      assert.is(contentsOf(card), whole, where);
      for (const aid of PROBE_AIDS) accept(card, apdu(0x00, INS_SELECT, 0x04, 0x00, aid));
    }
  }
  console.log(`  ${cuts} power cuts`);
  assert.ok(operations > 20 && made > 0);
});

log("answers 6581 or the truth when any bit of its memory has flipped", () => {
  const { flips, damaged } = flipsHold(image, [31, 32]);
  console.log(`  ${flips} flips, ${damaged} refused`);
  assert.ok(damaged > flips / 4, `${damaged} of ${flips}: the flips hit nothing`);
});

log("sees pairs of flipped bits in one slot", () => {
  const { card, now, before } = wornCard(image, 33);
  const whole = card.memory.content();
  for (let at = PAGE_HEADER_BYTES; at + SLOT_BYTES <= PAGE_BYTES; at += SLOT_BYTES) {
    for (let page = 0; page < PAGES; page++) {
      const slot = page * PAGE_BYTES + at;
      const length = whole[slot + 3]!;
      if (length < 1 || length > 100) continue;
      // The last byte of the header that is checked, and the last byte of the data.
      const broken = whole.slice();
      broken[slot + 11] = broken[slot + 11]! ^ 1;
      broken[slot + 15 + length] = broken[slot + 15 + length]! ^ 1;
      card.memory.overwrite(broken);
      if (answersDamaged(card)) continue;
      const found = contentsOf(card);
      if (found !== now) assert.is(found, before, `slot at ${at} of page ${page}`);
    }
  }
});

log("neither hangs nor traps on slots that lie under a CRC that holds", () => {
  const { card } = wornCard(image, 35);
  const whole = card.memory.content();
  const random = dice(6);
  const calls: Call[] = [
    ...Array.from({ length: 9 }, (_, number): Call => [CARD_REPLY_OBJECT, number, 0, 1]),
    ...Array.from({ length: 9 }, (_, number): Call => [CARD_OBJECT_RESIZE, number, 150]),
    [CARD_OBJECT_CREATE, 50, 600],
    [WIPE],
  ];
  const slots = Array.from({ length: PAGES * 4 }, (_, index) => index);
  let up = 0;
  for (let turn = 0; turn < 3000; turn++) {
    const forged = whole.slice();
    for (let more = 1 + random.below(3); more > 0; more--) {
      const index = random.pick(slots);
      const page = forged.subarray((index >> 2) * PAGE_BYTES, ((index >> 2) + 1) * PAGE_BYTES);
      forgeSlot(page, PAGE_HEADER_BYTES + (index & 3) * SLOT_BYTES, random);
    }
    card.memory.overwrite(forged);
    card.powerOff();
    assert.ok(card.reset().length <= MOST_ATR_BYTES, `turn ${turn}`);
    if (send(card, bytes("00")).sw === SW_MEMORY_FAILURE) continue;
    up += 1;
    for (const aid of PROBE_AIDS) {
      send(card, apdu(0x00, INS_SELECT, 0x04, 0x00, aid));
      for (const call of calls) send(card, scriptCommand([call]));
    }
    assert.is(card.takeTrap(), undefined, `turn ${turn}`);
  }
  assert.ok(up > 100 && up < 2900, `${up} came up: this proves little`);
});

log("neither hangs nor traps on memory full of noise", () => {
  const card = bootProbes(image, 1);
  const random = dice(5);
  const { card: worn } = wornCard(image, 34);
  const whole = worn.memory.content();
  for (let turn = 0; turn < 200; turn++) {
    const noisy = whole.slice();
    const from = random.below(noisy.length);
    noisy.set(random.bytes(Math.min(noisy.length - from, 1 + random.below(2000))), from);
    worn.memory.overwrite(noisy);
    answersDamaged(worn);
    card.memory.overwrite(random.bytes(PAGES * PAGE_BYTES));
    assert.ok(answersDamaged(card), "noise came up as a card");
    assert.is(worn.takeTrap() ?? card.takeTrap(), undefined);
  }
});

log.run();
