// The sandbox: what an applet asks wrongly is refused, and costs nobody but itself.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import {
  CIPHER_AES,
  DIRECTION_DECRYPT,
  DIRECTION_ENCRYPT,
  MODE_CBC_MAC,
  MODE_ECB,
} from "../../../runtime/spec/chip.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_EXISTS,
  SW_INTERNAL_ERROR,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { dice } from "../../helpers/random.ts";
import { isKnownStatusWord } from "../../helpers/status-words.ts";
import {
  ask,
  type Call,
  PROBE_AIDS,
  PROBE_PEEK,
  PROBE_POKE,
  PROBE_RAM,
  PROBE_SCRATCH_AT,
  PROBE_TRAP_DIVISION,
  PROBE_TRAP_MEMORY,
  PROBE_TRAP_UNREACHABLE,
  payloadAt,
  perform,
  probeImage,
  scriptCommand,
  selectProbe,
} from "../probe.ts";

const DATA = 1;
const PIN = 9;
const KEY = 10;
const PIN_VALUE = bytes("31323334");
const KEY_VALUE = bytes("000102030405060708090a0b0c0d0e0f");
const SIZE = 250;
/** Command data of a script of one call without payload. */
const LC = payloadAt(1);

const all = api.KEY_USE_ENCRYPT | api.KEY_USE_DECRYPT | api.KEY_USE_DERIVE;
const install: Call[] = [
  [api.CARD_OBJECT_CREATE, DATA, SIZE],
  [api.CARD_PIN_CREATE, PIN, 15, payloadAt(3), PIN_VALUE.length],
  [api.CARD_KEY_CREATE, KEY, CIPHER_AES | (all << 8), payloadAt(3) + PIN_VALUE.length, 16],
];
const payload = Uint8Array.of(...PIN_VALUE, ...KEY_VALUE);
const image = await probeImage({ install, payload, domain: true });
const privileged = await probeImage({ install, payload, privileged: true });

const blank = Card.boot(image, { seed: 1 });
blank.reset();
selectProbe(blank);
const scratch = ask(blank, PROBE_SCRATCH_AT);
const start = blank.snapshot();
let card: Card;

const sandbox = suite("card API");
sandbox.before.each(() => {
  card = blank;
  card.restore(start);
});

/** [offset, length] pairs that reach outside `limit`; several wrap round 2^32. */
function outside(limit: number): [number, number][] {
  return [
    [limit, 1],
    [limit - 1, 2],
    [0, limit + 1],
    [0x7fffffff, 1],
    [-1, 1],
    [-1, 2],
    [-4, 8],
    [0x80000000, 0x80000000],
    [1, -1],
    [0, -1],
    [limit, -limit],
    [0, 0x7fffffff],
    [limit + 1, 0],
    [-1, 0],
  ];
}

/** Operations with a range in RAM: how a call looks for an offset and a length. */
const RAM_RANGES: Readonly<Record<string, (at: number, length: number) => Call>> = {
  "command read": (at, length) => [api.CARD_COMMAND_READ, 0, at, length],
  reply: (at, length) => [api.CARD_REPLY, at, length],
  "object read": (at, length) => [api.CARD_OBJECT_READ, DATA, 0, at, length],
  "object write": (at, length) => [api.CARD_OBJECT_WRITE, DATA, 0, at, length],
  cipher: (at, length) => [api.CARD_KEY_CIPHER, KEY, MODE_ECB, at, length],
  derive: (at, length) => [api.CARD_KEY_DERIVE, KEY, at, length],
  random: (at, length) => [api.CARD_RANDOM, at, length],
};

/** Operations with a range in the command data. */
const COMMAND_RANGES: Readonly<Record<string, (at: number, length: number) => Call>> = {
  "command read": (at, length) => [api.CARD_COMMAND_READ, at, scratch, length],
  "object write": (at, length) => [api.CARD_OBJECT_WRITE_COMMAND, DATA, 0, at, length],
  "PIN verify": (at, length) => [api.CARD_PIN_VERIFY, PIN, at, length],
};

sandbox("refuses each range outside the applet's RAM with 6F00, also one that wraps", () => {
  for (const [name, call] of Object.entries(RAM_RANGES)) {
    for (const [at, length] of outside(PROBE_RAM)) {
      const result = ask(card, ...call(at, length));
      assert.is(result, SW_INTERNAL_ERROR, `${name} of ${length} at ${at}`);
    }
    const last = ask(card, ...call(PROBE_RAM - 16, 16));
    assert.is(last, SW_SUCCESS, `${name} at the end of RAM`);
    card.restore(start);
  }
});

sandbox("refuses each range outside the command data with 6F00", () => {
  for (const [name, call] of Object.entries(COMMAND_RANGES)) {
    for (const [at, length] of outside(LC)) {
      const result = ask(card, ...call(at, length));
      assert.is(result, SW_INTERNAL_ERROR, `${name} of ${length} at ${at}`);
    }
  }
  assert.is(ask(card, api.CARD_PIN_TRIES, PIN), 15, "a refused range cost a try");
});

sandbox("refuses each range outside an object with 6B00", () => {
  for (const [at, length] of outside(SIZE)) {
    const where = `${length} at ${at}`;
    const known = Math.max(0, Math.min(length, 16));
    assert.is(ask(card, api.CARD_REPLY_OBJECT, DATA, at, length), SW_WRONG_OFFSET, where);
    if (length !== known) continue;
    const read = ask(card, api.CARD_OBJECT_READ, DATA, at, scratch, length);
    assert.is(read, SW_WRONG_OFFSET, where);
    assert.is(ask(card, api.CARD_OBJECT_WRITE, DATA, at, scratch, length), SW_WRONG_OFFSET, where);
    const write = ask(card, api.CARD_OBJECT_WRITE_COMMAND, DATA, at, 0, length);
    assert.is(write, SW_WRONG_OFFSET, where);
  }
});

sandbox("refuses secrets that the command data do not hold, and makes nothing", () => {
  const how = CIPHER_AES | (all << 8);
  for (const [at, length] of outside(LC)) {
    assert.not.equal(ask(card, api.CARD_PIN_CREATE, 20, 3, at, length), SW_SUCCESS);
    assert.not.equal(ask(card, api.CARD_KEY_CREATE, 21, how, at, length), SW_SUCCESS);
  }
  // Outside an install a secret comes under the DEK of a session; there is none.
  assert.is(ask(card, api.CARD_PIN_CREATE, 20, 3, 0, 16), SW_SECURITY_NOT_SATISFIED);
  assert.is(ask(card, api.CARD_KEY_CREATE, 21, how, 0, 16), SW_SECURITY_NOT_SATISFIED);
  assert.is(ask(card, api.CARD_PIN_TRIES, 20), -1);
  assert.is(ask(card, api.CARD_KEY_TRIES, 21), -1);
});

/** Every operation on a numbered object, the kind that it is for, and its answer for "none such". */
const BY_KIND: readonly { kind: number; call: (number: number) => Call; none: number }[] = [
  ...[
    (number: number): Call => [api.CARD_REPLY_OBJECT, number, 0, 1],
    (number: number): Call => [api.CARD_OBJECT_READ, number, 0, scratch, 1],
    (number: number): Call => [api.CARD_OBJECT_WRITE, number, 0, scratch, 1],
    (number: number): Call => [api.CARD_OBJECT_WRITE_COMMAND, number, 0, 0, 1],
  ].map((call) => ({ kind: DATA, call, none: SW_REFERENCED_DATA_NOT_FOUND })),
  { kind: DATA, call: (number) => [api.CARD_OBJECT_SIZE, number], none: -1 },
  {
    kind: PIN,
    call: (number) => [api.CARD_PIN_VERIFY, number, 0, 4],
    none: SW_REFERENCED_DATA_NOT_FOUND,
  },
  { kind: PIN, call: (number) => [api.CARD_PIN_TRIES, number], none: -1 },
  ...[
    (number: number): Call => [api.CARD_KEY_CIPHER, number, MODE_ECB, scratch, 16],
    (number: number): Call => [api.CARD_KEY_DERIVE, number, scratch, 16],
    (number: number): Call => [api.CARD_KEY_ATTEMPT, number],
    (number: number): Call => [api.CARD_KEY_SUCCEED, number],
  ].map((call) => ({ kind: KEY, call, none: SW_REFERENCED_DATA_NOT_FOUND })),
  { kind: KEY, call: (number) => [api.CARD_KEY_TRIES, number], none: -1 },
];

sandbox("uses no kind of object as another, for every pair", () => {
  for (const number of [DATA, PIN, KEY]) {
    for (const { kind, call, none } of BY_KIND) {
      const result = ask(card, ...call(number));
      const what = `object ${number}, operation ${call(number)[0].toString(16)}`;
      if (kind === number) assert.not.equal(result, none, what);
      else assert.is(result, none, what);
    }
    assert.is(ask(card, api.CARD_OBJECT_CREATE, number, 1), SW_FILE_EXISTS);
  }
});

sandbox("leaves numbers of other applets and of the kernel out of reach", () => {
  const numbers = [0xf000, 0xf0ff, 0xf001, 0xffff, 0x10000, -1, 0x100, 0x101];
  numbers.push(0x10000 + DATA, 0x10000 + PIN, 0x10000 + KEY, api.MAX_OBJECT_NUMBER + 1);
  const refusals = [-1, SW_WRONG_DATA, SW_REFERENCED_DATA_NOT_FOUND];
  for (const number of numbers) {
    for (const { call } of BY_KIND) {
      const result = ask(card, ...call(number));
      assert.ok(refusals.includes(result), `${number}, ${call(number)[0]}: ${result}`);
    }
    if (number >= 0 && number <= api.MAX_OBJECT_NUMBER) continue;
    assert.is(ask(card, api.CARD_OBJECT_CREATE, number, 1), SW_WRONG_DATA);
    assert.is(ask(card, api.CARD_OBJECT_DELETE, number), SW_WRONG_DATA);
  }
  // The same numbers are free to another applet.
  assert.is(ask(card, api.CARD_OBJECT_DELETE, DATA), SW_SUCCESS);
  selectProbe(card, 1);
  assert.is(ask(card, api.CARD_OBJECT_SIZE, DATA), SIZE);
});

sandbox("keeps a key to its permitted uses and to whole blocks", () => {
  const cipher = (direction: number, mode: number, length: number): number =>
    ask(card, api.CARD_KEY_CIPHER, KEY, mode | (direction << 8), scratch, length);
  for (const length of [0, 1, 15, 17, 63]) {
    assert.is(cipher(DIRECTION_ENCRYPT, MODE_ECB, length), SW_WRONG_LENGTH, `${length} bytes`);
  }
  assert.is(cipher(DIRECTION_ENCRYPT, MODE_ECB, 64), SW_SUCCESS);
  assert.is(cipher(DIRECTION_DECRYPT, MODE_CBC_MAC, 16), SW_WRONG_LENGTH);
  for (const mode of [3, 0x7f, 0xff]) {
    assert.is(cipher(DIRECTION_ENCRYPT, mode, 16), SW_WRONG_LENGTH, `mode ${mode}`);
  }
  assert.is(cipher(2, MODE_ECB, 16), SW_WRONG_LENGTH);
  assert.is(
    ask(card, api.CARD_KEY_CIPHER, api.SESSION_KEY, 0, scratch, 16),
    SW_REFERENCED_DATA_NOT_FOUND,
  );
  const derive: Call = [api.CARD_KEY_DERIVE, KEY, scratch, 16];
  const session: Call = [api.CARD_KEY_CIPHER, api.SESSION_KEY, 0, scratch, 16];
  assert.equal(perform(card, [derive, session]).results, [SW_SUCCESS, SW_SUCCESS]);
  // A derived key derives the next one, belongs to its applet, and ends with the selection.
  const again = ask(card, api.CARD_KEY_DERIVE, api.SESSION_KEY, scratch, 16);
  assert.is(again, SW_SUCCESS);
  selectProbe(card, 1);
  assert.is(ask(card, ...session), SW_REFERENCED_DATA_NOT_FOUND);
  selectProbe(card, 0);
  assert.is(ask(card, ...session), SW_REFERENCED_DATA_NOT_FOUND);
});

sandbox("answers what only a security domain may ask with 6982", () => {
  for (let operation = 0x50; operation < 0x60; operation++) {
    assert.is(ask(card, operation, 1, scratch, 0, 0), SW_SECURITY_NOT_SATISFIED);
  }
});

sandbox("refuses a security domain ranges outside, too", () => {
  const domain = Card.boot(privileged, { seed: 1 });
  domain.reset();
  selectProbe(domain);
  for (const at of [PROBE_RAM, PROBE_RAM - 15, -1, -24, 0x7fffffff]) {
    assert.is(ask(domain, api.CARD_REGISTRY_READ, 1, at), SW_INTERNAL_ERROR, `at ${at}`);
    assert.is(ask(domain, api.CARD_MODULE_READ, 0, at), SW_INTERNAL_ERROR, `at ${at}`);
  }
  for (const instance of [0, -1, 4, 17, 0x7fffffff]) {
    const row = ask(domain, api.CARD_REGISTRY_READ, instance, scratch);
    assert.is(row, SW_REFERENCED_DATA_NOT_FOUND, `instance ${instance}`);
  }
  for (const module of [2, -1, 16, 0x7fffffff]) {
    const row = ask(domain, api.CARD_MODULE_READ, module, scratch);
    assert.is(row, SW_REFERENCED_DATA_NOT_FOUND, `module ${module}`);
  }
  for (const [at, length] of outside(LC)) {
    assert.not.equal(ask(domain, api.CARD_HISTORICAL_BYTES, at, length), SW_SUCCESS);
    assert.not.equal(ask(domain, api.CARD_INSTALL, 0, at, length), SW_SUCCESS);
    assert.not.equal(ask(domain, api.CARD_INSTALL, 0, length, at), SW_SUCCESS);
    assert.not.equal(ask(domain, api.CARD_KEY_SET_CREATE, at, length), SW_SUCCESS);
  }
  assert.not.equal(ask(domain, api.CARD_KEY_SET_PUT, 0), SW_SUCCESS);
});

sandbox(
  "answers calls of any words with a status word or a small number, and nothing breaks",
  () => {
    for (const one of [image, privileged]) {
      const noisy = Card.boot(one, { seed: 1 });
      noisy.reset();
      selectProbe(noisy, 1);
      const before = fingerprint(noisy);
      selectProbe(noisy, 0);
      const values = [0, 1, 2, 9, 10, 16, 24, 64, 100, 255, 256, scratch, PROBE_RAM - 1, PROBE_RAM];
      values.push(1024, 4200, 0x7fff, 0xefff, 0xf0ff, 0xffff, 0x10000, 0x7fffffff, -0x80000000, -1);
      const random = dice(1);
      for (let turn = 0; turn < 1500; turn++) {
        const calls = Array.from({ length: 20 }, (): Call => {
          const operation = random.below(4) > 0 ? random.below(0x60) : random.pick(values);
          // What ends the life of the applet or the card may be asked, but ends this test too.
          const ends = operation >= api.CARD_LIFE_CYCLE_SET && operation <= api.CARD_TERMINATE;
          const known = ends || (operation >= 0x1000 && operation <= 0x10ff) ? 0 : operation;
          return [known, ...Array.from({ length: 4 }, () => random.pick(values))];
        });
        // The noise may overwrite the applet's own script and results: only the card must hold.
        noisy.exchange(scriptCommand(calls, random.bytes(60)));
        assert.is(noisy.takeTrap(), undefined, `turn ${turn}: ${JSON.stringify(calls)}`);
        if (turn % 50 === 0) noisy.reset();
        selectProbe(noisy, 0);
      }
      noisy.reset();
      selectProbe(noisy, 1);
      assert.is(fingerprint(noisy), before, "another applet's objects changed");
    }
    for (const operation of [0, 8, 0x17, 0x1f, 0x24, 0x3f, 0x45, 0x65, 0xff, -1, 0x7fffffff]) {
      assert.ok(isKnownStatusWord(ask(card, operation, DATA)), `operation ${operation}`);
    }
  },
);

/** What the selected probe has of its objects. */
function fingerprint(of: Card): string {
  const { results, data } = perform(of, [
    [api.CARD_REPLY_OBJECT, DATA, 0, SIZE],
    [api.CARD_PIN_TRIES, PIN],
    [api.CARD_KEY_TRIES, KEY],
    [api.CARD_OBJECT_READ, DATA, 0, scratch, 16],
    [api.CARD_KEY_CIPHER, KEY, MODE_ECB, scratch, 16],
    [api.CARD_REPLY, scratch, 16],
  ]);
  return `${hex(data)} ${results}`;
}

sandbox("a trap answers 6F00, undoes its transaction, clears its RAM and nothing else", () => {
  for (const trap of [PROBE_TRAP_UNREACHABLE, PROBE_TRAP_DIVISION, PROBE_TRAP_MEMORY]) {
    card.restore(start);
    const prints = PROBE_AIDS.map((_, index) => {
      selectProbe(card, index);
      return fingerprint(card);
    });
    selectProbe(card, 0);
    assert.is(ask(card, PROBE_POKE, scratch, 0x77), SW_SUCCESS);
    const calls: Call[] = [
      [api.CARD_TRANSACTION_BEGIN],
      [api.CARD_OBJECT_WRITE, DATA, 0, scratch, 16],
      [api.CARD_OBJECT_DELETE, PIN],
      [api.CARD_OBJECT_CREATE, 99, 10],
      [api.CARD_REPLY, 0, 10],
      [trap],
    ];
    const response = card.exchange(scriptCommand(calls));
    assert.ok(card.takeTrap(), "nothing trapped");
    assert.is(hex(response), SW_INTERNAL_ERROR.toString(16));
    assert.is(ask(card, PROBE_PEEK, scratch), 0, "RAM survived the trap");
    assert.is(ask(card, api.CARD_OBJECT_SIZE, 99), -1);
    for (const power of ["on", "cycled"]) {
      if (power === "cycled") card.powerOff();
      if (power === "cycled") card.reset();
      prints.forEach((print, index) => {
        selectProbe(card, index);
        assert.is(fingerprint(card), print, `probe ${index}, power ${power}`);
      });
    }
  }
});

sandbox("what a command leaves uncommitted is taken back when it ends", () => {
  const write: Call = [api.CARD_OBJECT_WRITE_COMMAND, DATA, 0, 0, 4];
  const open: Call[] = [[api.CARD_TRANSACTION_BEGIN], write, [api.CARD_OBJECT_CREATE, 99, 300]];
  const before = fingerprint(card);
  assert.equal(perform(card, open).results, [SW_SUCCESS, SW_SUCCESS, SW_SUCCESS]);
  assert.is(fingerprint(card), before);
  assert.is(ask(card, api.CARD_OBJECT_SIZE, 99), -1);
  const refused = SW_CONDITIONS_NOT_SATISFIED;
  assert.is(ask(card, api.CARD_TRANSACTION_COMMIT), refused, "nothing was open");
  const twice: Call[] = [[api.CARD_TRANSACTION_BEGIN], [api.CARD_TRANSACTION_BEGIN]];
  assert.equal(perform(card, twice).results, [SW_SUCCESS, refused]);
});

sandbox.run();
