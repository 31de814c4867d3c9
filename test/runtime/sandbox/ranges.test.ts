// Pointers and lengths that reach outside, in every operation of the card API.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as api from "../../../runtime/spec/card-api.ts";
import {
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  SIGNED_DIGEST_BYTES,
} from "../../../runtime/spec/chip.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INTERNAL_ERROR,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
} from "../../../runtime/spec/status-words.ts";
import { dice } from "../../helpers/random.ts";
import { isKnownStatusWord } from "../../helpers/status-words.ts";
import { type Call, PROBE_RAM, payloadAt, perform, scriptCommand } from "../probe.ts";
import { afterwardsAllIsWell, COUNTER, DATA, DATA_BYTES, KEY, PIN, scene } from "./witness.ts";

/** Calls in each script, so that the length of the command data is known. */
const BATCH = 40;
const LC = payloadAt(BATCH);

const plain = await scene();
const domain = await scene({ privileged: true });
const { scratch } = plain;

/** One range that an operation takes: how long what it must lie in is, and how it is refused. */
interface Range {
  readonly limit: number;
  readonly refusals: readonly number[];
  readonly call: (at: number, length: number) => Call;
}

function inRam(call: Range["call"]): Range {
  return { limit: PROBE_RAM, refusals: [SW_INTERNAL_ERROR], call };
}
/** A range in RAM whose length is the operation's own. */
function rowInRam(length: number, call: (at: number) => Call): Range {
  const limit = PROBE_RAM - length + 1;
  // Of the pairs below only the offset is used; those that would fit are left out.
  const at = (offset: number): number => (offset >>> 0 < limit ? limit : offset);
  return inRam((offset) => call(at(offset)));
}
function inCommand(refusal: number, call: Range["call"]): Range {
  return { limit: LC, refusals: [refusal], call };
}
function inObject(call: Range["call"]): Range {
  return { limit: DATA_BYTES, refusals: [SW_WRONG_OFFSET], call };
}

/** A number that is no object's. */
const KEY_PAIR = 32;

const NONE: readonly Range[] = [];
const encrypt = api.KEY_USE_ENCRYPT << 8;

/** Every operation, and each range that it takes. */
const RANGES: Readonly<Record<string, readonly Range[]>> = {
  CARD_COMMAND_READ: [
    inCommand(SW_INTERNAL_ERROR, (at, length) => [api.CARD_COMMAND_READ, at, scratch, length]),
    inRam((at, length) => [api.CARD_COMMAND_READ, 0, at, length]),
  ],
  CARD_REPLY: [inRam((at, length) => [api.CARD_REPLY, at, length])],
  CARD_REPLY_OBJECT: [inObject((at, length) => [api.CARD_REPLY_OBJECT, DATA, at, length])],
  CARD_REPLY_CLEAR: NONE,
  CARD_REPLY_LENGTH: NONE,
  CARD_LOGICAL_CHANNEL: NONE,
  CARD_INTERFACE: NONE,
  CARD_OBJECT_CREATE: NONE,
  CARD_OBJECT_DELETE: NONE,
  CARD_OBJECT_SIZE: NONE,
  CARD_OBJECT_READ: [
    inRam((at, length) => [api.CARD_OBJECT_READ, DATA, 0, at, length]),
    inObject((at, length) => [api.CARD_OBJECT_READ, DATA, at, 0, small(length)]),
  ],
  CARD_OBJECT_WRITE: [
    inRam((at, length) => [api.CARD_OBJECT_WRITE, DATA, 0, at, length]),
    inObject((at, length) => [api.CARD_OBJECT_WRITE, DATA, at, 0, small(length)]),
  ],
  CARD_OBJECT_WRITE_COMMAND: [
    inCommand(SW_INTERNAL_ERROR, (at, length) => [
      api.CARD_OBJECT_WRITE_COMMAND,
      DATA,
      0,
      at,
      length,
    ]),
    inObject((at, length) => [api.CARD_OBJECT_WRITE_COMMAND, DATA, at, 0, small(length)]),
  ],
  CARD_OBJECT_RESIZE: NONE,
  CARD_TRANSACTION_BEGIN: NONE,
  CARD_TRANSACTION_COMMIT: NONE,
  CARD_TRANSACTION_ABORT: NONE,
  CARD_COUNTER_CREATE: NONE,
  CARD_COUNTER_UP: NONE,
  CARD_COUNTER_READ: NONE,
  CARD_PIN_CREATE: [
    inCommand(SW_WRONG_LENGTH, (at, length) => [api.CARD_PIN_CREATE, 30, 3, at, length]),
  ],
  CARD_PIN_VERIFY: [
    inCommand(SW_INTERNAL_ERROR, (at, length) => [api.CARD_PIN_VERIFY, PIN, at, length]),
  ],
  CARD_PIN_TRIES: NONE,
  CARD_PIN_SET: [inRam((at, length) => [api.CARD_PIN_SET, PIN, at, length])],
  CARD_KEY_CREATE: [
    inCommand(SW_WRONG_LENGTH, (at, length) => [api.CARD_KEY_CREATE, 31, encrypt | 1, at, length]),
  ],
  CARD_KEY_CIPHER: [inRam((at, length) => [api.CARD_KEY_CIPHER, KEY, 0, at, length])],
  CARD_KEY_DERIVE: [inRam((at, length) => [api.CARD_KEY_DERIVE, KEY, at, length])],
  CARD_KEY_ATTEMPT: NONE,
  CARD_KEY_SUCCEED: NONE,
  CARD_KEY_TRIES: NONE,
  CARD_KEY_FOLD: NONE,
  CARD_KEY_PAIR_CREATE: [
    rowInRam(PUBLIC_KEY_BYTES, (at) => [api.CARD_KEY_PAIR_CREATE, KEY_PAIR, at]),
  ],
  CARD_KEY_SIGN: [
    rowInRam(SIGNED_DIGEST_BYTES, (at) => [api.CARD_KEY_SIGN, KEY_PAIR, at, scratch]),
    rowInRam(SIGNATURE_BYTES, (at) => [api.CARD_KEY_SIGN, KEY_PAIR, scratch, at]),
  ],
  CARD_RANDOM: [inRam((at, length) => [api.CARD_RANDOM, at, length])],
  CARD_CHANNEL_INITIALIZE: NONE,
  CARD_CHANNEL_AUTHENTICATE: NONE,
  CARD_CHANNEL_LEVEL: NONE,
  CARD_CHANNEL_PARAMETER: NONE,
  CARD_CHANNEL_DECIPHER: [
    inCommand(SW_WRONG_LENGTH, (at, length) => [api.CARD_CHANNEL_DECIPHER, at, length]),
  ],
  CARD_REGISTRY_READ: [rowInRam(api.REGISTRY_ROW_BYTES, (at) => [api.CARD_REGISTRY_READ, 1, at])],
  CARD_MODULE_READ: [rowInRam(api.MODULE_ROW_BYTES, (at) => [api.CARD_MODULE_READ, 0, at])],
  CARD_INSTALL: NONE,
  CARD_KEY_SET_CREATE: [
    // Outside an install it is refused before anything is looked at.
    inCommand(SW_CONDITIONS_NOT_SATISFIED, (at, length) => [
      api.CARD_KEY_SET_CREATE,
      1,
      at,
      length,
    ]),
  ],
  CARD_KEY_SET_PUT: NONE,
  CARD_KEY_SET_READ: NONE,
  CARD_HISTORICAL_BYTES: [
    inCommand(SW_WRONG_LENGTH, (at, length) => [api.CARD_HISTORICAL_BYTES, at, length]),
  ],
  CARD_KEY_SET_COUNTER: NONE,
  CARD_LOAD_BLOCK: NONE,
  CARD_DELETE: [inCommand(SW_WRONG_LENGTH, (at, length) => [api.CARD_DELETE, at, length])],
  CARD_STATUS_SET: NONE,
  CARD_KEY_SET_DELETE: NONE,
  CARD_MAY_CHANGE: NONE,
  CARD_PERSONALIZE_FIND: NONE,
  CARD_PERSONALIZE: NONE,
  CARD_ROOM: NONE,
  CARD_SELF: NONE,
  CARD_LIFE_CYCLE: NONE,
  CARD_LIFE_CYCLE_SET: NONE,
  CARD_LOCK: NONE,
  CARD_TERMINATE: NONE,
};

/** A length that RAM and command hold, or as it is when they do not matter. */
function small(length: number): number {
  return length >= 0 && length <= 1000 ? length : 100;
}

/** [offset, length] pairs that reach outside `limit`; many wrap round 2^32. */
function outside(limit: number): [number, number][] {
  const pairs: [number, number][] = [
    [limit, 1],
    [limit - 1, 2],
    [0, limit + 1],
    [1, limit],
    [limit + 1, 0],
  ];
  for (const at of [-1, -2, -4, -16, -limit, -0x80000000, 0x7fffffff, 0x7fffffff - limit]) {
    for (const length of [1, 2, 4, 16, limit]) pairs.push([at, length]);
  }
  for (const length of [-1, -2, -limit, -0x80000000, 0x7fffffff, 0x10000, 0x10001]) {
    for (const at of [0, 1, limit - 1]) pairs.push([at, length]);
  }
  return pairs;
}

/** Objects are longer than a wrong length that `small` has made fit. */
function reachesOutside({ limit, call }: Range, at: number, length: number): boolean {
  if (limit !== DATA_BYTES) return true;
  const words = call(at, length);
  const used = words.at(-1)!;
  return at < 0 || at > limit || used < 0 || at + used > limit;
}

function operationsOf(kind: RegExp): string[] {
  return Object.keys(api).filter((name) => kind.test(name));
}

function isDomains(operation: number): boolean {
  return operation >> 4 === api.CARD_REGISTRY_READ >> 4;
}

const ranges = suite("ranges of the card API");

ranges("every operation stands in the table of this test", () => {
  assert.equal(Object.keys(RANGES).sort(), operationsOf(/^CARD_/).sort());
});

for (const [who, at, isDomain] of [
  ["an applet", plain, false],
  ["a security domain", domain, true],
] as const) {
  const { card } = at;
  const start = card.snapshot();

  ranges(`no range of ${who} that reaches outside is used, whatever wraps`, () => {
    let tried = 0;
    for (const [name, all] of Object.entries(RANGES)) {
      for (const range of all) {
        const pairs = outside(range.limit).filter((pair) => reachesOutside(range, ...pair));
        const calls = pairs.map((pair) => range.call(...pair));
        const mine = isDomain || !(isDomains(calls[0]![0]) || name === "CARD_CHANNEL_DECIPHER");
        const refusals = mine ? range.refusals : [SW_SECURITY_NOT_SATISFIED];
        card.restore(start);
        afterwardsAllIsWell(
          at,
          () => {
            for (const [index, result] of performAll(calls).entries()) {
              const what = `${name} of ${calls[index]!.slice(1)}`;
              assert.ok(refusals.includes(result), `${what} answers ${result.toString(16)}`);
              tried += 1;
            }
          },
          name,
        );
      }
    }
    assert.ok(tried > 1000, `only ${tried} ranges tried`);

    function performAll(calls: readonly Call[]): number[] {
      const found: number[] = [];
      for (let from = 0; from < calls.length; from += BATCH) {
        const some = calls.slice(from, from + BATCH);
        const idle = Array.from({ length: BATCH - some.length }, (): Call => [api.CARD_SELF]);
        found.push(...perform(card, [...some, ...idle]).results.slice(0, some.length));
      }
      return found;
    }
  });

  ranges(`any words in any operation of ${who} are answered and cost nobody else`, () => {
    const words = [0, 1, 2, 15, 16, 64, 100, 255, 256, scratch, DATA, PIN, KEY, COUNTER, LC];
    words.push(PROBE_RAM - 1, PROBE_RAM, 1024, 0x7fff, 0xefff, 0xf000, 0xf0ff, 0xffff, 0x10000);
    words.push(0x10000 + DATA, 0x20000 + KEY, 0x7fffffff, -0x80000000, -1, -DATA, -0xf000 + PIN);
    const random = dice(5);
    for (const name of Object.keys(RANGES)) {
      const operation = (api as unknown as Record<string, number>)[name]!;
      card.restore(start);
      afterwardsAllIsWell(
        at,
        () => {
          for (let turn = 0; turn < 3; turn++) {
            const calls = Array.from({ length: BATCH }, (): Call => {
              const [a, b, c, d] = Array.from({ length: 4 }, () => random.pick(words));
              return [operation, a!, b!, c!, d!];
            });
            // What it reads may overwrite the attacker's own script; only the others count.
            const response = card.exchange(scriptCommand(calls, random.bytes(60)));
            const sw = (response.at(-2)! << 8) | response.at(-1)!;
            assert.ok(isKnownStatusWord(sw), `${name} answers ${sw.toString(16)}`);
            card.takeTrap();
          }
        },
        name,
      );
    }
  });
}

ranges.run();
