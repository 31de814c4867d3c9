// Objects, keys, PINs and counters of others, and keys put to uses that are not theirs.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Card } from "../../../emulator/card.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import {
  CIPHER_AES,
  CIPHER_SM4,
  CIPHER_TDES,
  DIRECTION_DECRYPT,
  DIRECTION_ENCRYPT,
  MODE_CBC,
  MODE_CBC_MAC,
  MODE_ECB,
} from "../../../runtime/spec/chip.ts";
import { CLA_PROPRIETARY } from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_EXISTS,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu } from "../../helpers/card.ts";
import { selectApplication, through, underDek } from "../../helpers/secure-channel.ts";
import { close, onChannel, open } from "../channel.ts";
import {
  ask,
  askOn,
  type Call,
  outcome,
  PROBE_SCRATCH_AT,
  payloadAt,
  perform,
  probeImage,
  script,
  selectProbe,
} from "../probe.ts";
import { installer, NEW_AID, sessionOn } from "./installer.ts";
import {
  ATTACKER,
  afterwardsAllIsWell,
  COUNTER,
  DATA,
  KEY,
  NEW,
  PIN,
  results,
  scene,
  TRIED_KEY,
} from "./witness.ts";

const INS_PROBE = 0x10;
const at = await scene({ channels: 8 });
const { card, scratch } = at;
const start = card.snapshot();

/** Every operation on a numbered object, which kinds it is for, and its answer for "none such". */
const NUMBERED: readonly { kinds: number[]; call: (number: number) => Call; none: number }[] = [
  ...[
    (number: number): Call => [api.CARD_REPLY_OBJECT, number, 0, 1],
    (number: number): Call => [api.CARD_OBJECT_READ, number, 0, scratch, 1],
    (number: number): Call => [api.CARD_OBJECT_WRITE, number, 0, scratch, 1],
    (number: number): Call => [api.CARD_OBJECT_WRITE_COMMAND, number, 0, 0, 1],
    (number: number): Call => [api.CARD_OBJECT_RESIZE, number, 300],
  ].map((call) => ({ kinds: [DATA], call, none: SW_REFERENCED_DATA_NOT_FOUND })),
  { kinds: [DATA], call: (number) => [api.CARD_OBJECT_SIZE, number], none: -1 },
  ...[
    (number: number): Call => [api.CARD_KEY_CIPHER, number, MODE_ECB, scratch, 16],
    (number: number): Call => [api.CARD_KEY_DERIVE, number, scratch, 16],
    (number: number): Call => [api.CARD_KEY_ATTEMPT, number],
    (number: number): Call => [api.CARD_KEY_SUCCEED, number],
    (number: number): Call => [api.CARD_KEY_SIGN, number, scratch, scratch],
  ].map((call) => ({ kinds: [KEY, TRIED_KEY], call, none: SW_REFERENCED_DATA_NOT_FOUND })),
  { kinds: [KEY, TRIED_KEY], call: (number) => [api.CARD_KEY_TRIES, number], none: -1 },
  {
    kinds: [PIN],
    call: (number) => [api.CARD_PIN_VERIFY, number, 0, 4],
    none: SW_REFERENCED_DATA_NOT_FOUND,
  },
  { kinds: [PIN], call: (number) => [api.CARD_PIN_TRIES, number], none: -1 },
  {
    kinds: [COUNTER],
    call: (number) => [api.CARD_COUNTER_UP, number],
    none: SW_REFERENCED_DATA_NOT_FOUND,
  },
  { kinds: [COUNTER], call: (number) => [api.CARD_COUNTER_READ, number], none: -1 },
];

const secrets = suite("secrets of others");
secrets.before.each(() => card.restore(start));

secrets("no kind of object is another, for every operation and kind", () => {
  for (const number of [DATA, PIN, KEY, TRIED_KEY, COUNTER]) {
    for (const { kinds, call, none } of NUMBERED) {
      const result = ask(card, ...call(number));
      const what = `object ${number}, operation ${call(number)[0].toString(16)}`;
      if (kinds.includes(number)) assert.not.equal(result, none, what);
      else assert.is(result, none, what);
    }
    for (const make of [
      [api.CARD_OBJECT_CREATE, number, 1],
      [api.CARD_COUNTER_CREATE, number],
      [api.CARD_KEY_PAIR_CREATE, number, scratch],
    ] as Call[]) {
      assert.is(ask(card, ...make), SW_FILE_EXISTS);
    }
  }
});

secrets("numbers that are not the applet's reach nothing, in no operation", () => {
  // Objects of the kernel, key sets, the number of the session key, and numbers that wrap to its own.
  const numbers = [0x100, 0x101, 0x103, 0xf000, 0xf001, 0xf0ff, 0xffff, 0x10000, -1, -0x10000];
  for (const own of [DATA, PIN, KEY, COUNTER]) {
    for (const beyond of [0x10000, 0x20000, 0x30000, -0x80000000]) numbers.push(beyond + own);
  }
  afterwardsAllIsWell(at, () => {
    for (const number of numbers) {
      for (const { call } of NUMBERED) {
        const result = ask(card, ...call(number));
        const known = [-1, SW_WRONG_DATA, SW_REFERENCED_DATA_NOT_FOUND].includes(result);
        assert.ok(known, `${number}, operation ${call(number)[0].toString(16)}: ${result}`);
      }
      const gone = ask(card, api.CARD_OBJECT_DELETE, number);
      assert.ok([SW_WRONG_DATA, SW_REFERENCED_DATA_NOT_FOUND].includes(gone), `${number}`);
      if (number >= 0 && number <= api.MAX_OBJECT_NUMBER) continue;
      assert.is(ask(card, api.CARD_OBJECT_CREATE, number, 1), SW_WRONG_DATA);
      assert.is(ask(card, api.CARD_COUNTER_CREATE, number), SW_WRONG_DATA);
      assert.is(ask(card, api.CARD_KEY_PAIR_CREATE, number, scratch), SW_WRONG_DATA);
    }
  });
});

secrets("the same numbers are other objects of another applet", () => {
  afterwardsAllIsWell(at, () => {
    const calls: Call[] = [
      [api.CARD_OBJECT_WRITE_COMMAND, DATA, 0, 0, 100],
      [api.CARD_PIN_VERIFY, PIN, 0, 4],
      [api.CARD_KEY_ATTEMPT, TRIED_KEY],
      [api.CARD_COUNTER_UP, COUNTER],
      [api.CARD_KEY_DERIVE, KEY, scratch, 16],
      [api.CARD_OBJECT_DELETE, DATA],
      [api.CARD_OBJECT_DELETE, PIN],
      [api.CARD_OBJECT_DELETE, KEY],
    ];
    const done = results(card, ...calls);
    assert.equal(done.slice(0, 1).concat(done.slice(2)), Array(7).fill(SW_SUCCESS));
  });
  // A counter stays: made anew it would begin at 0.
  assert.is(ask(card, api.CARD_OBJECT_DELETE, COUNTER), SW_CONDITIONS_NOT_SATISFIED);
});

secrets("the victim's session key is not the attacker's, who has none", () => {
  afterwardsAllIsWell(at, () => {
    const use: Call = [api.CARD_KEY_CIPHER, api.SESSION_KEY, MODE_ECB, scratch, 16];
    for (const direction of [DIRECTION_ENCRYPT, DIRECTION_DECRYPT]) {
      const how = MODE_ECB | (direction << 8);
      const result = ask(card, api.CARD_KEY_CIPHER, api.SESSION_KEY, how, scratch, 16);
      assert.is(result, SW_REFERENCED_DATA_NOT_FOUND);
    }
    assert.is(ask(card, ...use), SW_REFERENCED_DATA_NOT_FOUND);
    for (const operation of [api.CARD_KEY_ATTEMPT, api.CARD_KEY_SUCCEED]) {
      assert.is(ask(card, operation, api.SESSION_KEY), SW_REFERENCED_DATA_NOT_FOUND);
    }
    const make: Call = [api.CARD_KEY_CREATE, api.SESSION_KEY, CIPHER_AES | 0x0700, 0, 16];
    assert.is(ask(card, ...make), SW_WRONG_DATA);
  });
});

secrets(
  "four applets have a session key each; a fifth is refused and takes none away",
  async () => {
    const install = await installer(at);
    const make: Call = [api.CARD_KEY_CREATE, KEY, CIPHER_AES | (ALL_USES << 8), payloadAt(1), 16];
    const names = [NEW_AID, "F0000000530005"];
    for (const name of names)
      assert.is(install([make], bytes(VALUE).slice(0, 16), name).sw, SW_SUCCESS);
    for (const channel of [2, 3, 5]) accept(card, open(channel));
    selectProbe(card, 2, 2);
    accept(card, onChannel(3, selectApplication(names[0]!)));
    accept(card, onChannel(5, selectApplication(names[1]!)));
    const derive: Call = [api.CARD_KEY_DERIVE, KEY, scratch, 16];
    const use: Call = [api.CARD_KEY_CIPHER, api.SESSION_KEY, MODE_ECB, scratch, 16];
    for (const channel of [0, 2]) assert.is(askOn(card, channel, ...derive), SW_SUCCESS);
    assert.is(askOn(card, 3, ...derive), SW_SUCCESS);
    const flood = (): void => {
      for (let turn = 0; turn < 3; turn++) {
        assert.is(askOn(card, 5, ...derive), SW_CONDITIONS_NOT_SATISFIED);
      }
    };
    afterwardsAllIsWell(at, flood, "", [ATTACKER, NEW + 1]);
    for (const channel of [0, 2, 3]) assert.is(askOn(card, channel, ...use), SW_SUCCESS);
    // Its own can be made anew, and who is deselected makes room.
    assert.is(ask(card, ...derive), SW_SUCCESS);
    accept(card, close(3));
    assert.is(askOn(card, 5, ...derive), SW_SUCCESS);
  },
);

// Keys

const CIPHERS: readonly { name: string; kind: number; bytes: number; block: number }[] = [
  { name: "AES-128", kind: CIPHER_AES, bytes: 16, block: 16 },
  { name: "AES-192", kind: CIPHER_AES, bytes: 24, block: 16 },
  { name: "AES-256", kind: CIPHER_AES, bytes: 32, block: 16 },
  { name: "TDES-2", kind: CIPHER_TDES, bytes: 16, block: 8 },
  { name: "TDES-3", kind: CIPHER_TDES, bytes: 24, block: 8 },
  { name: "SM4", kind: CIPHER_SM4, bytes: 16, block: 16 },
];
const VALUE = "404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F";
const ALL_USES = api.KEY_USE_ENCRYPT | api.KEY_USE_DECRYPT | api.KEY_USE_DERIVE;
const NUMBER = 40;

/** A probe with a key of each cipher for one choice of uses. */
async function keyCard(uses: number): Promise<Card> {
  const at = payloadAt(CIPHERS.length);
  const install = CIPHERS.map(
    ({ kind, bytes: length }, index): Call => [
      api.CARD_KEY_CREATE,
      NUMBER + index,
      kind | (uses << 8),
      at,
      length,
    ],
  );
  // Each takes the same bytes, which the first wipes: what the values are is of no matter here.
  const payload = bytes(VALUE);
  const own = Card.boot(await probeImage({ install, payload, pageCount: 40 }), { seed: 1 });
  own.reset();
  selectProbe(own);
  return own;
}

secrets("a key does what its uses allow, for every cipher, use and operation", async () => {
  const inScratch = scratch;
  for (let uses = 0; uses <= ALL_USES; uses++) {
    const own = await keyCard(uses);
    for (const [index, { name, block }] of CIPHERS.entries()) {
      const number = NUMBER + index;
      for (const mode of [MODE_ECB, MODE_CBC, MODE_CBC_MAC]) {
        for (const direction of [DIRECTION_ENCRYPT, DIRECTION_DECRYPT]) {
          const use = direction === DIRECTION_ENCRYPT ? api.KEY_USE_ENCRYPT : api.KEY_USE_DECRYPT;
          const how = mode | (direction << 8);
          const what = `${name} for ${uses}, mode ${mode}, direction ${direction}`;
          const impossible = mode === MODE_CBC_MAC && direction === DIRECTION_DECRYPT;
          const possible = impossible ? SW_WRONG_LENGTH : SW_SUCCESS;
          const may = (uses & use) !== 0;
          const result = ask(own, api.CARD_KEY_CIPHER, number, how, inScratch, 48);
          assert.is(result, may ? possible : SW_CONDITIONS_NOT_SATISFIED, what);
          // A block of another cipher's size.
          const other = ask(own, api.CARD_KEY_CIPHER, number, how, inScratch, 24);
          const fits = 24 % block === 0 ? possible : SW_WRONG_LENGTH;
          assert.is(other, may ? fits : SW_CONDITIONS_NOT_SATISFIED, what);
        }
      }
      const may = (uses & api.KEY_USE_DERIVE) !== 0;
      const derived = ask(own, api.CARD_KEY_DERIVE, number, inScratch, 16);
      assert.is(derived, may ? SW_SUCCESS : SW_CONDITIONS_NOT_SATISFIED, `${name} for ${uses}`);
    }
  }
});

secrets(
  "a derived key is of its parent's cipher, enciphers, deciphers, and derives the next one",
  async () => {
    const own = await keyCard(api.KEY_USE_DERIVE);
    for (const [index, { name, block }] of CIPHERS.entries()) {
      const use = (how: number, length: number): Call => [
        api.CARD_KEY_CIPHER,
        api.SESSION_KEY,
        how,
        scratch,
        length,
      ];
      const calls: Call[] = [
        [api.CARD_KEY_DERIVE, NUMBER + index, scratch, 16],
        use(MODE_ECB, block),
        use(MODE_ECB | (DIRECTION_DECRYPT << 8), block),
        use(MODE_ECB, 8),
        [api.CARD_KEY_DERIVE, api.SESSION_KEY, scratch, 16],
      ];
      const short = block === 8 ? SW_SUCCESS : SW_WRONG_LENGTH;
      const expected = [SW_SUCCESS, SW_SUCCESS, SW_SUCCESS, short, SW_SUCCESS];
      assert.equal(perform(own, calls).results, expected, name);
    }
  },
);

secrets("no value is taken for a key that its cipher does not have", async () => {
  const wrong: [number, number][] = [];
  for (const kind of [CIPHER_AES, CIPHER_TDES, CIPHER_SM4, 0, 4, 0xff]) {
    for (const length of [1, 8, 15, 16, 17, 24, 31, 32]) {
      const fits = CIPHERS.some((one) => one.kind === kind && one.bytes === length);
      if (!fits) wrong.push([kind, length]);
    }
  }
  const image = await probeImage({ domain: true });
  const own = Card.boot(image, { seed: 1 });
  own.reset();
  selectProbe(own);
  const session = await sessionOn({ card: own }, 0);
  const value = underDek(VALUE);
  for (const [kind, length] of wrong) {
    const make: Call = [api.CARD_KEY_CREATE, NUMBER, kind | 0x0700, payloadAt(1), length];
    const command = apdu(CLA_PROPRIETARY, INS_PROBE, 0, 0, script([make], bytes(value)), 0);
    const { results: done } = outcome(through(own, session, command), 1);
    assert.equal(done, [SW_WRONG_DATA], `cipher ${kind}, ${length} bytes`);
  }
});

secrets(
  "of a secret in the command an applet reads nothing, not even what stands as its padding",
  async () => {
    const own = Card.boot(await probeImage({ domain: true }), { seed: 1 });
    own.reset();
    selectProbe(own);
    const at = ask(own, PROBE_SCRATCH_AT);
    const session = await sessionOn({ card: own }, 0);
    const secretAt = payloadAt(3);
    for (const [operation, how, length] of [
      [api.CARD_PIN_CREATE, 3, 1],
      [api.CARD_PIN_CREATE, 99, 5],
      [api.CARD_KEY_CREATE, CIPHER_AES | 0x0100, 16],
      [api.CARD_KEY_CREATE, CIPHER_AES | 0x0100, 17],
    ] as const) {
      const calls: Call[] = [
        [operation, NUMBER + length, how, secretAt, length],
        [api.CARD_COMMAND_READ, secretAt, at, 32],
        [api.CARD_REPLY, at, 32],
      ];
      const data = script(calls, bytes(underDek(VALUE)));
      const command = apdu(CLA_PROPRIETARY, INS_PROBE, 0, 0, data, 0);
      const found = hex(outcome(through(own, session, command), 3).data);
      for (let from = 0; from < VALUE.length; from += 2) {
        const piece = VALUE.slice(from, from + 6).toLowerCase();
        if (piece.length < 6) break;
        assert.not.ok(found.includes(piece), `${piece} of ${length} bytes in ${found}`);
      }
    }
  },
);

secrets("a secret in plain is refused after install", () => {
  const make: Call[] = [
    [api.CARD_PIN_CREATE, 50, 3, 0, 4],
    [api.CARD_KEY_CREATE, 51, CIPHER_AES | 0x0100, 0, 16],
  ];
  afterwardsAllIsWell(at, () => {
    assert.equal(results(card, ...make), [SW_SECURITY_NOT_SATISFIED, SW_SECURITY_NOT_SATISFIED]);
    assert.equal(results(card, [api.CARD_PIN_TRIES, 50], [api.CARD_KEY_TRIES, 51]), [-1, -1]);
  });
});

secrets.run();
