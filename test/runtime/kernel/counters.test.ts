// Counters: up by one, for good.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES, MODE_ECB } from "../../../runtime/spec/chip.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { bytes } from "../../helpers/bytes.ts";
import { cutDuring, sweepCuts, tears, writesOf } from "../../helpers/power-loss.ts";
import { dice } from "../../helpers/random.ts";
import { ask, type Call, payloadAt, perform, probeImage, selectProbe } from "../probe.ts";

const COUNTER = 1;
const DATA = 2;
const PIN = 3;
const KEY = 4;
const secrets = bytes("31323334 000102030405060708090a0b0c0d0e0f".replaceAll(" ", ""));
const install: readonly Call[] = [
  [api.CARD_COUNTER_CREATE, COUNTER],
  [api.CARD_OBJECT_CREATE, DATA, 4],
  [api.CARD_PIN_CREATE, PIN, 3, payloadAt(4), 4],
  [
    api.CARD_KEY_CREATE,
    KEY,
    CIPHER_AES | (api.KEY_USE_ENCRYPT << 8) | (3 << 16),
    payloadAt(4) + 4,
    16,
  ],
];
const image = await probeImage({ install, payload: secrets });

function freshCard(of = image): Card {
  const card = Card.boot(of, { seed: 1 });
  card.reset();
  selectProbe(card);
  return card;
}

function up(card: Card): number {
  return ask(card, api.CARD_COUNTER_UP, COUNTER);
}

function value(card: Card): number {
  return ask(card, api.CARD_COUNTER_READ, COUNTER);
}

function powerCycle(card: Card): void {
  card.powerOff();
  card.reset();
  selectProbe(card);
}

const counters = suite("counters");

counters("begin at 0, go up by one and stay there without power", () => {
  const card = freshCard();
  assert.is(value(card), 0);
  for (let count = 1; count <= 300; count++) {
    assert.is(up(card), SW_SUCCESS);
    assert.is(value(card), count);
  }
  powerCycle(card);
  assert.is(value(card), 300);
  selectProbe(card, 1);
  assert.is(value(card), 0, "another applet's counter went up");
});

counters("are made once, under a number of their own", () => {
  const card = freshCard();
  for (const number of [COUNTER, DATA, PIN, KEY]) {
    assert.is(ask(card, api.CARD_COUNTER_CREATE, number), SW_FILE_EXISTS);
  }
  assert.is(ask(card, api.CARD_OBJECT_CREATE, COUNTER, 4), SW_FILE_EXISTS);
  for (const number of [-1, 0xf000, 0x10001, 0x7fffffff]) {
    assert.is(ask(card, api.CARD_COUNTER_CREATE, number), SW_WRONG_DATA);
    assert.is(ask(card, api.CARD_COUNTER_UP, number), SW_WRONG_DATA);
    assert.is(ask(card, api.CARD_COUNTER_READ, number), -1);
  }
});

counters("are counters only, and nothing else is one", () => {
  const card = freshCard();
  up(card);
  const calls: Call[] = [
    [api.CARD_OBJECT_READ, COUNTER, 0, 0, 4],
    [api.CARD_OBJECT_WRITE, COUNTER, 0, 0, 4],
    [api.CARD_OBJECT_WRITE_COMMAND, COUNTER, 0, 0, 4],
    [api.CARD_OBJECT_RESIZE, COUNTER, 0],
    [api.CARD_REPLY_OBJECT, COUNTER, 0, 4],
    [api.CARD_PIN_VERIFY, COUNTER, 0, 4],
    [api.CARD_KEY_CIPHER, COUNTER, MODE_ECB, 0, 16],
    [api.CARD_KEY_ATTEMPT, COUNTER],
    [api.CARD_KEY_SUCCEED, COUNTER],
    ...[DATA, PIN, KEY, 9].map((number): Call => [api.CARD_COUNTER_UP, number]),
  ];
  for (const call of calls) {
    assert.is(ask(card, ...call), SW_REFERENCED_DATA_NOT_FOUND, call.join());
  }
  for (const number of [DATA, PIN, KEY, 9]) {
    assert.is(ask(card, api.CARD_COUNTER_READ, number), -1);
  }
  assert.is(ask(card, api.CARD_OBJECT_SIZE, COUNTER), -1);
  assert.is(value(card), 1);
});

counters("cannot be deleted, so no new one begins at 0 again", () => {
  const card = freshCard();
  up(card);
  assert.is(ask(card, api.CARD_OBJECT_DELETE, COUNTER), SW_CONDITIONS_NOT_SATISFIED);
  const calls: Call[] = [
    [api.CARD_TRANSACTION_BEGIN],
    [api.CARD_OBJECT_DELETE, COUNTER],
    [api.CARD_COUNTER_CREATE, 9],
    [api.CARD_OBJECT_DELETE, 9],
    [api.CARD_TRANSACTION_COMMIT],
  ];
  const no = SW_CONDITIONS_NOT_SATISFIED;
  assert.equal(perform(card, calls).results, [SW_SUCCESS, no, SW_SUCCESS, no, SW_SUCCESS]);
  powerCycle(card);
  assert.is(value(card), 1);
  assert.is(ask(card, api.CARD_COUNTER_READ, 9), 0);
});

counters("cannot be taken back by a transaction", () => {
  const card = freshCard();
  for (const end of [api.CARD_TRANSACTION_ABORT, api.CARD_TRANSACTION_COMMIT]) {
    const { results } = perform(card, [
      [api.CARD_TRANSACTION_BEGIN],
      [api.CARD_COUNTER_UP, COUNTER],
      [end],
    ]);
    assert.equal(results, [SW_SUCCESS, SW_CONDITIONS_NOT_SATISFIED, SW_SUCCESS]);
  }
  assert.is(value(card), 0);
});

counters("end with 6A84 and stay where they are", async () => {
  const spec = "runtime/spec/store.ts";
  const from = "MAX_COUNTER: i32 = 0x7fffffff";
  const broken = [{ file: spec, from, to: "MAX_COUNTER: i32 = 3" }];
  const card = freshCard(await probeImage({ install, payload: secrets, broken }));
  for (let count = 0; count < 3; count++) assert.is(up(card), SW_SUCCESS);
  assert.is(up(card), SW_NOT_ENOUGH_MEMORY);
  assert.is(value(card), 3);
});

counters("write once, and the same whatever they stand at", () => {
  const card = freshCard();
  const steps = Array.from({ length: 4 }, () =>
    writesOf(card, () => assert.is(up(card), SW_SUCCESS)),
  );
  // Where a page is full, the next one is erased and its header written first.
  const plain = steps.filter((writes) => writes.length === 2);
  assert.ok(plain.length >= 2, "a slot and its commit word");
  const lengths = plain.map((writes) => writes.map((write) => write.split(": ")[1]?.length));
  for (const one of lengths) assert.equal(one, lengths[0]);
});

counters("stand at one or two after any cut on the way from one to two", () => {
  const card = freshCard();
  up(card);
  const found = new Set<number>();
  const cuts = sweepCuts(card, {
    action: () => assert.is(up(card), SW_SUCCESS),
    check: (_, cut) => {
      selectProbe(card);
      found.add(value(card));
      assert.ok([1, 2].includes(value(card)), cut);
    },
  });
  assert.ok(cuts > 10, `${cuts} cuts: this proves nothing`);
  assert.equal([...found].sort(), [1, 2]);
  assert.is(value(card), 2);
});

counters("never go back in a shaking hand", () => {
  const card = freshCard();
  const random = dice(1);
  let least = 0;
  for (let turn = 0; turn < 500; turn++) {
    const lost = cutDuring(card, random.below(8), random.pick(tears(random)), () => {
      if (up(card) === SW_SUCCESS) least += 1;
    });
    if (lost) powerCycle(card);
    const now = value(card);
    assert.ok(now === least || (lost && now === least + 1), `turn ${turn}: ${least}, now ${now}`);
    least = now;
  }
  assert.ok(least > 100, `${least} times up: this proves little`);
});

counters.run();
