// PINs that are set anew, unblocked, or taken away: all at once, or not at all.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { sweepCuts } from "../../helpers/power-loss.ts";
import {
  ask,
  type Call,
  PROBE_POKE,
  PROBE_SCRATCH_AT,
  payloadAt,
  perform,
  probeImage,
  selectProbe,
} from "../probe.ts";

const PIN = 9;
const KEY = 10;
const OLD = "31323334";
const NEW = "363738393a3b";
const LONGEST = "a1".repeat(api.MAX_PIN_BYTES);
const WRONG = "99999999";
const TRIES = 3;

const payload = bytes(OLD + "00".repeat(16));
const install: Call[] = [
  [api.CARD_PIN_CREATE, PIN, TRIES, payloadAt(2), OLD.length / 2],
  [api.CARD_KEY_CREATE, KEY, 1 | (1 << 8), payloadAt(2) + OLD.length / 2, 16],
];
const card = Card.boot(await probeImage({ install, payload }), { seed: 1 });
card.reset();
selectProbe(card);
const scratch = ask(card, PROBE_SCRATCH_AT);
const fresh = card.snapshot();
const tests = suite("PINs that are set");
tests.before.each(() => card.restore(fresh));

function verify(value: string): number {
  const call: Call = [api.CARD_PIN_VERIFY, PIN, payloadAt(1), value.length / 2];
  return perform(card, [call], bytes(value)).results[0]!;
}
const tries = () => ask(card, api.CARD_PIN_TRIES, PIN);
const poke = (value: string) =>
  [...bytes(value)].map((byte, at): Call => [PROBE_POKE, scratch + at, byte]);
const set = (value: string, number = PIN): Call => [
  api.CARD_PIN_SET,
  number,
  scratch,
  value.length / 2,
];
const setPin = (value: string) => perform(card, [...poke(value), set(value)]).results.at(-1)!;
const unblock = () => ask(card, api.CARD_PIN_SET, PIN, 0, 0, 1);

function block(): void {
  for (const left of [2, 1, 0]) assert.is(verify(WRONG), swTriesLeft(left));
  assert.is(verify(OLD), SW_AUTHENTICATION_BLOCKED);
}

tests(
  "a new value of any length is right at once, after a reset too, and the old one wrong",
  () => {
    for (const value of ["31", NEW, LONGEST, OLD, "00".repeat(5)]) {
      const before = value === OLD ? WRONG : OLD;
      assert.is(setPin(value), SW_SUCCESS, value);
      assert.is(verify(value), SW_SUCCESS, value);
      card.powerOff();
      card.reset();
      selectProbe(card);
      assert.is(verify(before), swTriesLeft(2), value);
      assert.is(verify(`${value.slice(2)}77`), swTriesLeft(1), value);
      assert.is(verify(value), SW_SUCCESS, value);
      assert.is(tries(), TRIES);
    }
  },
);

tests("a shorter value leaves nothing of the longer one", () => {
  assert.is(setPin(LONGEST), SW_SUCCESS);
  assert.is(setPin("31"), SW_SUCCESS);
  assert.is(verify(`31${LONGEST.slice(2)}`), swTriesLeft(2));
  assert.is(verify("31a1"), swTriesLeft(1));
  assert.is(verify("31"), SW_SUCCESS);
});

tests("a new value gives all tries back, also to a PIN that was blocked", () => {
  block();
  assert.is(setPin(NEW), SW_SUCCESS);
  assert.is(tries(), TRIES);
  assert.is(verify(NEW), SW_SUCCESS);
});

tests("unblocking gives all tries back, and leaves the value", () => {
  block();
  assert.is(unblock(), SW_SUCCESS);
  assert.is(tries(), TRIES);
  assert.is(verify(WRONG), swTriesLeft(2));
  assert.is(verify(OLD), SW_SUCCESS);
});

tests("a PIN without a value says so; nothing is right for it, and wrong ones count", () => {
  assert.is(setPin(""), SW_SUCCESS);
  assert.is(tries(), api.NO_PIN_SET);
  for (const [value, left] of [
    [OLD, 2],
    ["00", 1],
    ["00".repeat(16), 0],
  ] as const) {
    assert.is(verify(value), swTriesLeft(left), value);
  }
  assert.is(verify(OLD), SW_AUTHENTICATION_BLOCKED);
  assert.is(tries(), api.NO_PIN_SET);
  assert.is(setPin(NEW), SW_SUCCESS);
  assert.is(tries(), TRIES);
  assert.is(verify(NEW), SW_SUCCESS);
});

tests("unblocking a PIN without a value gives it none", () => {
  assert.is(setPin(""), SW_SUCCESS);
  assert.is(unblock(), SW_SUCCESS);
  assert.is(tries(), api.NO_PIN_SET);
});

tests("a value that is too long, or of a PIN that is none, is refused and changes nothing", () => {
  const before = hex(card.memory.content());
  for (const length of [17, 64]) {
    assert.is(ask(card, api.CARD_PIN_SET, PIN, scratch, length), SW_WRONG_DATA, `${length} bytes`);
  }
  for (const number of [KEY, PIN + 100]) {
    assert.is(ask(card, ...set(NEW, number)), SW_REFERENCED_DATA_NOT_FOUND);
    assert.is(ask(card, api.CARD_PIN_SET, number, 0, 0, 1), SW_REFERENCED_DATA_NOT_FOUND);
  }
  assert.ok(hex(card.memory.content()) === before, "a refusal changed the store");
  selectProbe(card, 1);
  assert.is(setPin(NEW), SW_SUCCESS);
  selectProbe(card, 0);
  assert.is(verify(OLD), SW_SUCCESS, "another applet's PIN of the same number");
});

tests("a transaction that is taken back takes the new value back, and keeps no spent try", () => {
  assert.is(verify(WRONG), swTriesLeft(2));
  const ends: readonly [number, string, number][] = [
    [api.CARD_TRANSACTION_ABORT, OLD, 2],
    [api.CARD_TRANSACTION_COMMIT, NEW, TRIES],
  ];
  for (const [end, right, left] of ends) {
    const calls: Call[] = [...poke(NEW), [api.CARD_TRANSACTION_BEGIN], set(NEW), [end]];
    assert.equal(perform(card, calls).results.slice(-3), Array(3).fill(SW_SUCCESS));
    assert.is(tries(), left);
    assert.is(verify(right), SW_SUCCESS);
    assert.is(verify(WRONG), swTriesLeft(2));
  }
});

tests("neither value stays in RAM", () => {
  // With bytes that nothing else on the card has.
  const [first, second] = ["5ac35ac35ac3", "3ca53ca53ca5"] as const;
  assert.is(setPin(first), SW_SUCCESS);
  assert.is(setPin(second), SW_SUCCESS);
  // The store's own buffer may hold the slot that it wrote last: another one.
  assert.is(ask(card, api.CARD_OBJECT_CREATE, PIN + 50, 90), SW_SUCCESS);
  assert.is(ask(card, api.CARD_OBJECT_WRITE, PIN + 50, 0, scratch + 8, 50), SW_SUCCESS);
  const held = hex(card.chip.kernelRam);
  assert.not.ok(held.includes(first), "the old one");
  assert.not.ok(held.includes(second), "the new one");
});

for (const [what, act, right] of [
  ["a new value", () => setPin(NEW), NEW],
  ["no value", () => setPin(""), ""],
  ["unblocking", () => unblock(), OLD],
] as const) {
  tests(`${what}: a cut leaves a blocked PIN blocked, or all of it done`, () => {
    block();
    const seen = new Set<string>();
    const cuts = sweepCuts(card, {
      action: () => assert.is(act(), SW_SUCCESS),
      check: (_, cut) => {
        selectProbe(card);
        const left = tries();
        if (left === 0) {
          assert.is(verify(OLD), SW_AUTHENTICATION_BLOCKED, cut);
        } else if (right === "") assert.is(left, api.NO_PIN_SET, cut);
        else {
          assert.is(left, TRIES, cut);
          assert.is(verify(right), SW_SUCCESS, cut);
        }
        seen.add(`${left}`);
      },
    });
    assert.ok(cuts > 10, `${cuts} cuts: this proves nothing`);
    assert.is(seen.size, 2, "the cuts did not reach both sides of the write");
  });
}

tests.run();
