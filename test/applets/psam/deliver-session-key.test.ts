// DELIVERY SESSION KEY: diversification down from every level, kinds of keys, refusals.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  AID_PSAM,
  CLA_PSAM,
  INS_DELIVER_SESSION_KEY,
  P1_LAST_TO_ENCIPHER,
  P1_WHOLE_MAC,
  TYPE_ENCIPHER,
  TYPE_LOAD,
  TYPE_MAC,
  TYPE_MAC_AND_ENCIPHER,
  TYPE_PURCHASE,
  TYPE_TAC,
} from "../../../applets/psam/spec.ts";
import { cityFactor, diversify, provinceFactor } from "../../../personalization/keys/diversify.ts";
import {
  SW_COMMAND_NOT_ACCEPTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { hex16, selectApplication } from "../../helpers/secure-channel.ts";
import { loadVectors } from "../../helpers/vectors.ts";
import {
  AIDS,
  ALGORITHMS,
  cipherData,
  deliver,
  enter,
  FACTORS,
  INPUT,
  OTHER_KEY,
  PROVINCE_KEY,
  psamCard,
  SINGLE_KEY,
  usage,
  userCardKey,
} from "./psam-card.ts";
import {
  BLOCK,
  cardKey,
  encipher,
  mac,
  macOfBlocks,
  pad80,
  padZero,
  sessionKey,
  tacKey,
} from "./rules.ts";

interface Case {
  readonly kind: string;
  readonly authentication: string;
  readonly macData: string;
  readonly mac: string;
}

const ID = 0x24;
const TYPES = [TYPE_MAC, TYPE_ENCIPHER, TYPE_MAC_AND_ENCIPHER, TYPE_LOAD, TYPE_TAC];
const SINGLE_ID = 0x20;

const card = await psamCard((algorithm) => [
  ...[0, 1, 2, 3].flatMap((level) =>
    TYPES.map((type) => userCardKey(algorithm, usage(level, type), ID, PROVINCE_KEY)),
  ),
  userCardKey(algorithm, usage(1, TYPE_PURCHASE), 1, PROVINCE_KEY),
  userCardKey(algorithm, usage(2, TYPE_ENCIPHER), 0x25, OTHER_KEY),
  ...(algorithm === "tdes" ? [userCardKey("tdes", usage(3, TYPE_MAC), SINGLE_ID, SINGLE_KEY)] : []),
]);
const ready = card.snapshot();
const tests = suite("DELIVERY SESSION KEY");
tests.before.each(() => card.restore(ready));

const vectors = loadVectors<Case>("social-security-diversification") as ReturnType<
  typeof loadVectors<Case>
> & { readonly random: string; readonly original: string };

/** Factors of the lowest levels, as a command carries them. */
const below = (level: number) => FACTORS.slice(0, level);

for (const algorithm of ALGORITHMS) {
  const input = INPUT[algorithm];
  const block = BLOCK[algorithm];
  const vector = vectors.cases.find(({ kind }) => kind === algorithm)!;
  const good = deliver(usage(2, TYPE_ENCIPHER), ID, below(2).join("") + input);
  const encipherOne = cipherData(P1_LAST_TO_ENCIPHER, "A1".repeat(block));

  tests(`${algorithm}: gives the authentication data and the MAC of the check vectors`, () => {
    enter(card, algorithm);
    accept(card, good);
    const original = padZero(bytes(vectors.original), block);
    const x = accept(card, cipherData(P1_LAST_TO_ENCIPHER, original));
    const answer = block === 8 ? x : x.slice(0, 8).map((byte, i) => byte ^ x[8 + i]!);
    assert.is(hex(answer), vector.authentication.toLowerCase());
    accept(card, deliver(usage(2, TYPE_MAC), ID, below(2).join("") + input));
    const data = hex(Buffer.alloc(block)) + hex(pad80(bytes(vector.macData), block));
    answers(card, cipherData(P1_WHOLE_MAC, data), vector.mac);
  });

  for (const level of [0, 1, 2, 3]) {
    tests(`${algorithm}: diversifies through ${level} levels as the bureau does`, () => {
      enter(card, algorithm);
      const key = cardKey(algorithm, PROVINCE_KEY, below(level));
      let bureau = bytes(PROVINCE_KEY);
      for (const factor of below(level).toReversed()) {
        bureau = diversify(algorithm, bureau, bytes(factor)) as typeof bureau;
      }
      assert.is(hex(bureau), hex(key));
      const session = sessionKey(algorithm, key, bytes(input));
      const data = bytes("0011223344556677".repeat(block / 8));
      accept(card, deliver(usage(level, TYPE_ENCIPHER), ID, below(level).join("") + input));
      answers(card, cipherData(P1_LAST_TO_ENCIPHER, data), hex(encipher(algorithm, session, data)));
    });
  }

  tests(`${algorithm}: a load key makes MACs, a TAC key works folded and without input`, () => {
    enter(card, algorithm);
    const key = cardKey(algorithm, PROVINCE_KEY, below(2));
    const data = bytes("010203");
    const blocks = Buffer.concat([Buffer.alloc(block), pad80(data, block)]);
    accept(card, deliver(usage(2, TYPE_LOAD), ID, below(2).join("") + input));
    const load = mac(algorithm, sessionKey(algorithm, key, bytes(input)), data);
    answers(card, cipherData(P1_WHOLE_MAC, blocks), hex(load));
    const tac = hex(mac(algorithm, tacKey(algorithm, key), data));
    for (const any of [input, "F".repeat(2 * block)]) {
      accept(card, deliver(usage(2, TYPE_TAC), ID, below(2).join("") + any));
      answers(card, cipherData(P1_WHOLE_MAC, blocks), tac);
    }
    // A TAC key of no level: the key of the record itself.
    accept(card, deliver(usage(0, TYPE_TAC), ID, input));
    const own = mac(algorithm, tacKey(algorithm, bytes(PROVINCE_KEY)), data);
    answers(card, cipherData(P1_WHOLE_MAC, blocks), hex(own));
  });

  const refusals: readonly [string, Uint8Array, number][] = [
    ["level 4", deliver(usage(4, TYPE_ENCIPHER), ID, input), SW_WRONG_P1P2],
    ["a type that is none", deliver(usage(2, 1), ID, below(2).join("") + input), SW_WRONG_P1P2],
    ["type 16 and more", deliver(usage(2, 0x17), ID, below(2).join("") + input), SW_WRONG_P1P2],
    [
      "a purchase key",
      deliver(usage(1, TYPE_PURCHASE), 1, below(1).join("") + input),
      SW_CONDITIONS_NOT_SATISFIED,
    ],
    ["no data", deliver(usage(2, TYPE_ENCIPHER), ID, ""), SW_WRONG_LENGTH],
    [
      "a byte less",
      deliver(usage(2, TYPE_ENCIPHER), ID, (below(2).join("") + input).slice(2)),
      SW_WRONG_LENGTH,
    ],
    [
      "a byte more",
      deliver(usage(2, TYPE_ENCIPHER), ID, `${below(2).join("")}${input}00`),
      SW_WRONG_LENGTH,
    ],
    [
      "four factors",
      deliver(usage(3, TYPE_ENCIPHER), ID, below(3).join("") + FACTORS[0] + input),
      SW_WRONG_LENGTH,
    ],
    [
      "an identifier that is not there",
      deliver(usage(2, TYPE_ENCIPHER), 0x26, below(2).join("") + input),
      SW_REFERENCED_DATA_NOT_FOUND,
    ],
    [
      "a level that the key is not on",
      deliver(usage(3, TYPE_ENCIPHER), 0x25, below(3).join("") + input),
      SW_REFERENCED_DATA_NOT_FOUND,
    ],
    [
      "a factor less than the key's level",
      deliver(usage(2, TYPE_ENCIPHER), ID, below(1).join("") + input),
      SW_WRONG_DATA,
    ],
    [
      "a factor more than the key's level",
      deliver(usage(2, TYPE_ENCIPHER), ID, below(3).join("") + input),
      SW_WRONG_DATA,
    ],
  ];

  for (const [what, request, sw] of refusals) {
    tests(`${algorithm}: refuses ${what} with ${hex16(sw)}, and works next`, () => {
      enter(card, algorithm);
      refuse(card, request, sw);
      refuse(card, encipherOne, SW_COMMAND_NOT_ACCEPTED);
      accept(card, good);
      // What was delivered stays when the next one is refused.
      refuse(card, request, sw);
      accept(card, encipherOne);
    });
  }

  tests(`${algorithm}: is refused outside the application, and ends with a selection`, () => {
    accept(card, selectApplication(AIDS[algorithm]));
    refuse(card, good, SW_CONDITIONS_NOT_SATISFIED);
    accept(card, selectApplication(AID_PSAM));
    accept(card, good);
    enter(card, algorithm);
    refuse(card, encipherOne, SW_COMMAND_NOT_ACCEPTED);
    accept(card, good);
    card.reset();
    enter(card, algorithm);
    refuse(card, encipherOne, SW_COMMAND_NOT_ACCEPTED);
  });
}

tests("a single DES key has children of 8 bytes on every level", () => {
  enter(card, "tdes");
  const key = cardKey("tdes", SINGLE_KEY, FACTORS);
  assert.is(key.length, 8);
  const session = sessionKey("tdes", key, bytes(INPUT.tdes));
  const data = bytes("00112233445566778899AABBCCDDEEFF");
  accept(card, deliver(usage(3, TYPE_MAC), SINGLE_ID, FACTORS.join("") + INPUT.tdes));
  const expected = macOfBlocks("tdes", session, bytes("0011223344556677"), data.slice(8));
  answers(card, cipherData(P1_WHOLE_MAC, data), hex(expected));
});

tests("factors of the vectors are those that the bureau forms of the region", () => {
  assert.is(hex(provinceFactor("519900")), FACTORS[2]!.toLowerCase());
  assert.is(hex(cityFactor("519900")), FACTORS[1]!.toLowerCase());
});

tests("another class is no such command", () => {
  enter(card, "sm4");
  const other = apdu(0x80, INS_DELIVER_SESSION_KEY, usage(2, TYPE_ENCIPHER), ID, "00");
  assert.not.equal(other[0], CLA_PSAM);
  assert.is(card.exchange(other).length, 2);
});

tests.run();
