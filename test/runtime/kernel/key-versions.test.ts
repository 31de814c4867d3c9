// Keys of several versions, session keys that derive on, and keys that become session keys themselves.

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
  MODE_ECB,
} from "../../../runtime/spec/chip.ts";
import { CLA_PROPRIETARY } from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
} from "../../../runtime/spec/status-words.ts";
import {
  encipheredBlocks,
  type Family,
  SM4,
  sessionKey,
  TDES,
} from "../../applets/social-security/family.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { apdu } from "../../helpers/card.ts";
import { openChannel, through, underDek } from "../../helpers/secure-channel.ts";
import {
  ask,
  type Call,
  outcome,
  PROBE_POKE,
  PROBE_SCRATCH_AT,
  payloadAt,
  perform,
  probeImage,
  script,
  selectProbe,
} from "../probe.ts";

const VALUES = [
  "00112233445566778899aabbccddeeff",
  "1021324354657687980a1b2c3d4e5f60",
  "f0e1d2c3b4a5968778695a4b3c2d1e0f",
] as const;
const USES = api.KEY_USE_ENCRYPT | api.KEY_USE_DECRYPT | api.KEY_USE_DERIVE;
const TRIES = 3;
const INS_SCRIPT = 0x10;
const NUMBERS = { tdes: 10, sm4: 20, noDerive: 30, two: 31, alone: 32, none: 33 } as const;

const how = (kind: number, uses: number, tries: number, versions: number) =>
  kind | (uses << 8) | (tries << 16) | (versions << 24);
const made: readonly [number: number, how: number, versions: number][] = [
  [NUMBERS.tdes, how(CIPHER_TDES, USES, TRIES, 3), 3],
  [NUMBERS.sm4, how(CIPHER_SM4, USES, TRIES, 3), 3],
  [NUMBERS.noDerive, how(CIPHER_SM4, api.KEY_USE_ENCRYPT, 0, 3), 3],
  [NUMBERS.two, how(CIPHER_SM4, USES, 0, 2), 2],
  [NUMBERS.alone, how(CIPHER_SM4, USES, 0, 1), 1],
  // 0 versions are one.
  [NUMBERS.none, how(CIPHER_SM4, USES, 0, 0), 1],
];

const card = Card.boot(await probeImage({ domain: true }), { seed: 1 });
card.reset();
selectProbe(card);
const blank = card.snapshot();
let channel = await openChannel(card);

/** Has the probe make a key; what the card API says. */
function create(number: number, what: number, values: string): number {
  const secret = bytes(underDek(values));
  const call: Call = [api.CARD_KEY_CREATE, number, what, payloadAt(1), values.length / 2];
  const data = script([call], secret);
  const command = apdu(CLA_PROPRIETARY, INS_SCRIPT, 0, 0, data, 0);
  return outcome(through(card, channel, command), 1).results[0]!;
}

for (const [number, what, versions] of made) {
  assert.is(create(number, what, VALUES.slice(0, versions).join("")), SW_SUCCESS);
}
card.reset();
selectProbe(card);
const scratch = ask(card, PROBE_SCRATCH_AT);
const fresh = card.snapshot();
const tests = suite("keys of several versions");
tests.before.each(() => card.restore(fresh));

const BLOCKS = "a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7b8";

/** Puts bytes into scratch RAM, makes the calls, and reads the scratch RAM. */
function work(data: string, ...calls: readonly Call[]): { results: number[]; data: string } {
  const length = data.length / 2;
  const pokes = [...bytes(data)].map((byte, at): Call => [PROBE_POKE, scratch + at, byte]);
  const done = perform(card, [...pokes, ...calls, [api.CARD_REPLY, scratch, length]]);
  return { results: done.results.slice(length, -1), data: hex(done.data) };
}

const cipher = (
  number: number,
  version: number,
  direction = DIRECTION_ENCRYPT,
  length = 16,
): Call => [
  ...([api.CARD_KEY_CIPHER, number] as const),
  ...([MODE_ECB | (direction << 8) | (version << 16), scratch, length] as const),
];
const derive = (number: number, length: number, version = 0): Call => [
  ...([api.CARD_KEY_DERIVE, number, scratch, length, version] as const),
];
const fold = (number: number, version = 0): Call => [api.CARD_KEY_FOLD, number, version];
const session = (length: number, direction = DIRECTION_ENCRYPT) =>
  cipher(api.SESSION_KEY, 0, direction, length);
/** Both families, the number of their key, and bytes of the block. */
const FAMILIES: readonly [Family, number][] = [
  [TDES, NUMBERS.tdes],
  [SM4, NUMBERS.sm4],
];

for (const [family, number] of FAMILIES) {
  tests(
    `${family.name}: each version enciphers and deciphers with its own value, 0 with the first`,
    () => {
      for (const [version, value] of [VALUES[0], ...VALUES].entries()) {
        const expected = encipheredBlocks(family, value, BLOCKS);
        const there = work(BLOCKS, cipher(number, version));
        assert.equal(there, { results: [SW_SUCCESS], data: expected }, `version ${version}`);
        const back = work(expected, cipher(number, version, DIRECTION_DECRYPT));
        assert.equal(back, { results: [SW_SUCCESS], data: BLOCKS }, `version ${version}`);
      }
    },
  );

  tests(`${family.name}: a session key is derived of the version that is named`, () => {
    for (const [version, value] of [VALUES[0], ...VALUES].entries()) {
      const block = BLOCKS.slice(0, 2 * family.block);
      const key = sessionKey(family, value, bytes(block));
      const done = work(block, derive(number, family.block, version), session(family.block));
      const expected = encipheredBlocks(family, key, block);
      assert.equal(done, { results: [SW_SUCCESS, SW_SUCCESS], data: expected });
    }
  });

  tests(`${family.name}: a session key derives the next one, as often as one likes`, () => {
    const block = BLOCKS.slice(0, 2 * family.block);
    let key = sessionKey(family, VALUES[1], bytes(block));
    assert.equal(work(block, derive(number, family.block, 2)).results, [SW_SUCCESS]);
    for (let i = 0; i < 5; i++) {
      const input = `0${i}`.repeat(family.block);
      key = sessionKey(family, key, bytes(input));
      assert.equal(work(input, derive(api.SESSION_KEY, family.block)).results, [SW_SUCCESS]);
      const used = work(block, session(family.block));
      assert.equal(used, { results: [SW_SUCCESS], data: encipheredBlocks(family, key, block) });
      const back = work(used.data, session(family.block, DIRECTION_DECRYPT));
      assert.is(back.data, block);
    }
  });

  tests(
    `${family.name}: versions share their tries: blocked is blocked for all, and given back for all`,
    () => {
      for (let left = TRIES - 1; left >= 0; left--) {
        assert.is(ask(card, api.CARD_KEY_ATTEMPT, number), SW_SUCCESS);
        assert.is(ask(card, api.CARD_KEY_TRIES, number), left);
      }
      for (const version of [0, 1, 2, 3]) {
        const { results } = work(
          BLOCKS,
          cipher(number, version),
          derive(number, family.block, version),
          fold(number, version),
        );
        assert.equal(results, Array(3).fill(SW_AUTHENTICATION_BLOCKED), `version ${version}`);
      }
      assert.is(ask(card, api.CARD_KEY_SUCCEED, number), SW_SUCCESS);
      assert.equal(work(BLOCKS, cipher(number, 3)).results, [SW_SUCCESS]);
    },
  );
}

tests(
  "a version that a key does not have is 6A88, for each operation, and nothing is enciphered",
  () => {
    const beyond: readonly [number, readonly number[]][] = [
      [NUMBERS.tdes, [4, 5, 0xff, 0x100, 0xffff]],
      [NUMBERS.two, [3, 4]],
      [NUMBERS.alone, [2, 3]],
      [NUMBERS.none, [2]],
    ];
    for (const [number, versions] of beyond) {
      for (const version of versions) {
        const done = work(
          BLOCKS,
          cipher(number, version),
          derive(number, 16, version),
          fold(number, version),
        );
        const expected = { results: Array(3).fill(SW_REFERENCED_DATA_NOT_FOUND), data: BLOCKS };
        assert.equal(done, expected, `key ${number}, version ${version}`);
      }
    }
    for (const version of [-1, -2, 0x10001, 0x7fffffff, -0x80000000]) {
      for (const call of [derive(NUMBERS.alone, 16, version), fold(NUMBERS.alone, version)]) {
        assert.is(ask(card, ...call), SW_REFERENCED_DATA_NOT_FOUND, `version ${version}`);
      }
    }
    assert.is(
      ask(card, ...session(16)),
      SW_REFERENCED_DATA_NOT_FOUND,
      "a refusal left a session key",
    );
  },
);

tests("TDES folds to single DES of the XOR of its halves; SM4 stays as it is", () => {
  for (const [version, value] of [VALUES[0], ...VALUES].entries()) {
    const halves = [bytes(value.slice(0, 16)), bytes(value.slice(16))] as const;
    const folded = hex(halves[0].map((byte, i) => byte ^ halves[1][i]!));
    const tdes = work(BLOCKS, fold(NUMBERS.tdes, version), session(16));
    assert.is(tdes.data, encipheredBlocks(TDES, folded, BLOCKS));
    const sm4 = work(BLOCKS, fold(NUMBERS.sm4, version), session(16));
    assert.is(sm4.data, encipheredBlocks(SM4, value, BLOCKS));
    assert.equal([...tdes.results, ...sm4.results], Array(4).fill(SW_SUCCESS));
  }
});

tests("a session key folds, too: of single DES nothing is left but zeros", () => {
  const done = work(BLOCKS, derive(NUMBERS.tdes, 8), fold(api.SESSION_KEY), session(16));
  assert.equal(done.results, Array(3).fill(SW_SUCCESS));
  const input = encipheredBlocks(TDES, "00".repeat(8), BLOCKS);
  assert.is(done.data, input);
});

tests("what may not derive does not fold either, in no version", () => {
  for (const version of [0, 1, 2, 3]) {
    const calls = [fold(NUMBERS.noDerive, version), derive(NUMBERS.noDerive, 16, version)];
    for (const call of calls) assert.is(ask(card, ...call), SW_CONDITIONS_NOT_SATISFIED);
  }
  assert.is(ask(card, ...fold(99)), SW_REFERENCED_DATA_NOT_FOUND);
  assert.is(ask(card, ...fold(api.SESSION_KEY)), SW_REFERENCED_DATA_NOT_FOUND);
  assert.is(ask(card, ...session(16)), SW_REFERENCED_DATA_NOT_FOUND);
});

tests("a session key is a whole key of the cipher, or 8 bytes of single DES", () => {
  for (const length of [0, 1, 7, 15, 17, 31, 48]) {
    for (const number of [NUMBERS.tdes, NUMBERS.sm4]) {
      assert.is(
        ask(card, ...derive(number, length)),
        SW_WRONG_LENGTH,
        `${number}, ${length} bytes`,
      );
    }
  }
  assert.is(ask(card, ...derive(NUMBERS.sm4, 8)), SW_WRONG_LENGTH);
  for (const length of [8, 16, 24])
    assert.is(ask(card, ...derive(NUMBERS.tdes, length)), SW_SUCCESS);
});

tests("a session key ends with the selection, folded or derived, and belongs to its applet", () => {
  for (const make of [derive(NUMBERS.sm4, 16, 3), fold(NUMBERS.sm4, 3)]) {
    assert.equal(work(BLOCKS, make, session(16)).results, [SW_SUCCESS, SW_SUCCESS]);
    selectProbe(card, 1);
    assert.is(ask(card, ...session(16)), SW_REFERENCED_DATA_NOT_FOUND);
    selectProbe(card, 0);
    assert.is(ask(card, ...session(16)), SW_REFERENCED_DATA_NOT_FOUND);
  }
});

tests("the versions outlive the power", () => {
  card.powerOff();
  card.reset();
  selectProbe(card);
  for (const [index, value] of VALUES.entries()) {
    const { data } = work(BLOCKS, cipher(NUMBERS.sm4, index + 1));
    assert.is(data, encipheredBlocks(SM4, value, BLOCKS));
  }
});

tests("no value is left in RAM once it was used, in any version", () => {
  // The store's own buffer may hold the slot that it looked at last: the key's is asked for first.
  const copies = (value: string) => hex(card.chip.kernelRam).split(value).length - 1;
  ask(card, api.CARD_KEY_TRIES, NUMBERS.sm4);
  for (const [index, value] of VALUES.entries()) {
    const before = copies(value);
    work(BLOCKS, cipher(NUMBERS.sm4, index + 1));
    ask(card, api.CARD_KEY_TRIES, NUMBERS.sm4);
    assert.is(copies(value), before, `version ${index + 1}`);
  }
});

tests(
  "keys come in one to three versions of a length that the cipher has, 48 bytes at most",
  async () => {
    card.restore(blank);
    channel = await openChannel(card);
    const make = (number: number, kind: number, versions: number, length: number) =>
      create(number, how(kind, USES, 0, versions), "5a".repeat(length));
    const possible: readonly [number, number, number][] = [
      [CIPHER_SM4, 1, 16],
      [CIPHER_SM4, 2, 32],
      [CIPHER_SM4, 3, 48],
      [CIPHER_TDES, 1, 24],
      [CIPHER_TDES, 2, 48],
      [CIPHER_AES, 1, 32],
      [CIPHER_AES, 2, 48],
    ];
    for (const [index, [kind, versions, length]] of possible.entries()) {
      assert.is(
        make(100 + index, kind, versions, length),
        SW_SUCCESS,
        `${kind} ${versions} ${length}`,
      );
    }
    for (const kind of [CIPHER_AES, CIPHER_SM4, CIPHER_TDES]) {
      for (const [versions, length] of [
        ...([
          [1, 48],
          [2, 16],
          [2, 31],
          [2, 33],
          [3, 16],
          [3, 32],
          [3, 47],
        ] as const),
        ...([
          [4, 48],
          [6, 48],
          [48, 48],
          [255, 48],
        ] as const),
      ]) {
        assert.is(
          make(120, kind, versions, length),
          SW_WRONG_DATA,
          `${kind}: ${versions} of ${length}`,
        );
      }
      for (const [versions, length] of [
        [3, 49],
        [3, 72],
        [4, 64],
      ] as const) {
        assert.is(
          make(120, kind, versions, length),
          SW_WRONG_LENGTH,
          `${kind}: ${versions} of ${length}`,
        );
      }
    }
  },
);

tests.run();
