// CIPHER DATA: encipherment and MACs, in one command and in several; what a session key may do, and when.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  INS_CIPHER_DATA,
  P1_FIRST_OF_MAC,
  P1_LAST_OF_MAC,
  P1_LAST_TO_ENCIPHER,
  P1_MORE_TO_ENCIPHER,
  P1_NEXT_OF_MAC,
  P1_WHOLE_MAC,
  TYPE_ENCIPHER,
  TYPE_MAC,
  TYPE_MAC_AND_ENCIPHER,
  TYPE_TAC,
} from "../../../applets/psam/spec.ts";
import { CLA_PROPRIETARY } from "../../../runtime/spec/instructions.ts";
import {
  SW_CLA_NOT_SUPPORTED,
  SW_COMMAND_NOT_ACCEPTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_MORE_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, refuse, send } from "../../helpers/card.ts";
import { dice } from "../../helpers/random.ts";
import { hex16 } from "../../helpers/secure-channel.ts";
import {
  ALGORITHMS,
  cipherData,
  deliver,
  enter,
  INPUT,
  PROVINCE_KEY,
  psamCard,
  usage,
  userCardKey,
} from "./psam-card.ts";
import { BLOCK, encipher, macOfBlocks, pad80, sessionKey } from "./rules.ts";

const ID = 0x24;
const card = await psamCard((algorithm) =>
  [TYPE_MAC, TYPE_ENCIPHER, TYPE_MAC_AND_ENCIPHER, TYPE_TAC].map((type) =>
    userCardKey(algorithm, usage(0, type), ID, PROVINCE_KEY),
  ),
);
const ready = card.snapshot();
const tests = suite("CIPHER DATA");
tests.before.each(() => card.restore(ready));

/** The medical purchase of the check vectors, computed with toy keys from the rules of part 7, 12. */
const PURCHASE = {
  key: PROVINCE_KEY,
  tacKey: "A0A1A2A3A4A5A6A7101B2C3D4E5F6071",
  input: "0102030400050007",
  mac1: "0000006400000032000000003251010000000120260101120000",
  mac2: "000000640000003200000000",
  tac: "000000640000003200000000325101000000010000000720260101120000",
  tdes: { mac1: "4A7CE954", mac2: "F74BE930", tac: "42CD914D" },
  sm4: { mac1: "CF62B27A", mac2: "7817A6E5", tac: "B429EF7B" },
} as const;

const random = dice(7);
const some = (length: number) => Uint8Array.from({ length }, () => random.below(256));

for (const algorithm of ALGORITHMS) {
  const block = BLOCK[algorithm];
  const session = sessionKey(algorithm, bytes(PROVINCE_KEY), bytes(INPUT[algorithm]));
  const start = (type: number) => {
    enter(card, algorithm);
    accept(card, deliver(usage(0, type), ID, INPUT[algorithm]));
  };
  const ONE = "5A".repeat(block);
  const TWO = ONE + "A5".repeat(block);

  tests(`${algorithm}: enciphers 1 to 8 blocks, and more in several commands`, () => {
    for (let blocks = 1; blocks <= 8; blocks++) {
      start(TYPE_ENCIPHER);
      const data = some(blocks * block);
      const expected = hex(encipher(algorithm, session, data));
      answers(card, cipherData(P1_MORE_TO_ENCIPHER, data), expected);
      answers(card, cipherData(P1_LAST_TO_ENCIPHER, data), expected);
      refuse(card, cipherData(P1_LAST_TO_ENCIPHER, data), SW_COMMAND_NOT_ACCEPTED);
    }
  });

  tests(`${algorithm}: makes a MAC over 1 to 7 blocks behind any first block`, () => {
    for (let blocks = 2; blocks <= 8; blocks++) {
      start(TYPE_MAC);
      const data = some(blocks * block);
      const [iv, rest] = [data.slice(0, block), data.slice(block)];
      const expected = macOfBlocks(algorithm, session, iv, rest);
      answers(card, cipherData(P1_WHOLE_MAC, data), hex(expected));
      refuse(card, cipherData(P1_WHOLE_MAC, data), SW_COMMAND_NOT_ACCEPTED);
    }
  });

  tests(`${algorithm}: makes the same MAC in several parts, however they are cut`, () => {
    const data = some(20 * block);
    const expected = hex(macOfBlocks(algorithm, session, data.slice(0, block), data.slice(block)));
    for (const cuts of [
      [1, 2],
      [8, 16],
      [1, 9, 12],
      [7, 8, 9, 15, 19],
      [3, 11, 19],
    ]) {
      start(TYPE_MAC);
      const ends = [...cuts, 20];
      for (const [at, end] of ends.entries()) {
        const from = at === 0 ? 0 : ends[at - 1]!;
        for (let part = from; part < end; part += 8) {
          const to = Math.min(part + 8, end);
          const piece = data.slice(part * block, to * block);
          if (part === 0) answers(card, cipherData(P1_FIRST_OF_MAC, piece), "");
          else if (to === 20) answers(card, cipherData(P1_LAST_OF_MAC, piece), expected);
          else answers(card, cipherData(P1_NEXT_OF_MAC, piece), "");
        }
      }
      refuse(card, cipherData(P1_WHOLE_MAC, TWO), SW_COMMAND_NOT_ACCEPTED);
    }
  });

  tests(`${algorithm}: a MAC that begins again forgets its parts`, () => {
    start(TYPE_MAC);
    accept(card, cipherData(P1_FIRST_OF_MAC, TWO));
    accept(card, cipherData(P1_NEXT_OF_MAC, TWO));
    accept(card, cipherData(P1_FIRST_OF_MAC, ONE));
    const expected = macOfBlocks(algorithm, session, bytes(ONE), bytes(TWO));
    answers(card, cipherData(P1_LAST_OF_MAC, TWO), hex(expected));
  });

  tests(`${algorithm}: a key for both does each to its end once, in any order`, () => {
    const enciphered = hex(encipher(algorithm, session, bytes(TWO)));
    const mac = hex(macOfBlocks(algorithm, session, bytes(ONE), bytes(TWO).slice(block)));
    start(TYPE_MAC_AND_ENCIPHER);
    answers(card, cipherData(P1_LAST_TO_ENCIPHER, TWO), enciphered);
    refuse(card, cipherData(P1_LAST_TO_ENCIPHER, TWO), SW_CONDITIONS_NOT_SATISFIED);
    answers(card, cipherData(P1_WHOLE_MAC, TWO), mac);
    refuse(card, cipherData(P1_WHOLE_MAC, TWO), SW_COMMAND_NOT_ACCEPTED);
    start(TYPE_MAC_AND_ENCIPHER);
    answers(card, cipherData(P1_FIRST_OF_MAC, ONE), "");
    answers(card, cipherData(P1_LAST_TO_ENCIPHER, TWO), enciphered);
    answers(card, cipherData(P1_LAST_OF_MAC, bytes(TWO).slice(block)), mac);
    refuse(card, cipherData(P1_LAST_TO_ENCIPHER, TWO), SW_COMMAND_NOT_ACCEPTED);
  });

  tests(`${algorithm}: a key does nothing but what its type says`, () => {
    start(TYPE_MAC);
    refuse(card, cipherData(P1_LAST_TO_ENCIPHER, ONE), SW_CONDITIONS_NOT_SATISFIED);
    refuse(card, cipherData(P1_MORE_TO_ENCIPHER, ONE), SW_CONDITIONS_NOT_SATISFIED);
    accept(card, cipherData(P1_WHOLE_MAC, TWO));
    start(TYPE_ENCIPHER);
    for (const p1 of [P1_WHOLE_MAC, P1_FIRST_OF_MAC, P1_NEXT_OF_MAC, P1_LAST_OF_MAC]) {
      refuse(card, cipherData(p1, TWO), SW_CONDITIONS_NOT_SATISFIED);
    }
    accept(card, cipherData(P1_LAST_TO_ENCIPHER, ONE));
    start(TYPE_TAC);
    refuse(card, cipherData(P1_LAST_TO_ENCIPHER, ONE), SW_CONDITIONS_NOT_SATISFIED);
    accept(card, cipherData(P1_WHOLE_MAC, TWO));
  });

  const part = "00".repeat(block);
  const lengths: readonly [number, string][] = [
    [P1_LAST_TO_ENCIPHER, ""],
    [P1_LAST_TO_ENCIPHER, part.slice(2)],
    [P1_LAST_TO_ENCIPHER, `${part}00`],
    [P1_LAST_TO_ENCIPHER, part.repeat(9)],
    [P1_MORE_TO_ENCIPHER, part.repeat(9)],
    [P1_WHOLE_MAC, part],
    [P1_WHOLE_MAC, `${part}${part}00`],
    [P1_WHOLE_MAC, part.repeat(9)],
    [P1_FIRST_OF_MAC, ""],
    [P1_FIRST_OF_MAC, part.slice(2)],
    [P1_FIRST_OF_MAC, part.repeat(9)],
  ];
  for (const [p1, data] of lengths) {
    const what = `${data.length / 2} bytes with P1 ${p1}`;
    tests(`${algorithm}: refuses ${what} with ${hex16(SW_WRONG_LENGTH)}, and works next`, () => {
      start(TYPE_MAC_AND_ENCIPHER);
      refuse(card, cipherData(p1, data), SW_WRONG_LENGTH);
      accept(card, cipherData(P1_LAST_TO_ENCIPHER, ONE));
      accept(card, cipherData(P1_WHOLE_MAC, TWO));
    });
  }

  tests(`${algorithm}: refuses every other P1 and P2, and works next`, () => {
    start(TYPE_MAC_AND_ENCIPHER);
    const known: readonly number[] = [
      P1_LAST_TO_ENCIPHER,
      P1_LAST_OF_MAC,
      P1_MORE_TO_ENCIPHER,
      P1_NEXT_OF_MAC,
      P1_WHOLE_MAC,
      P1_FIRST_OF_MAC,
    ];
    for (let p1 = 0; p1 < 256; p1++) {
      if (!known.includes(p1)) refuse(card, cipherData(p1, TWO), SW_WRONG_P1P2);
    }
    for (const p1 of known) {
      refuse(card, apdu(CLA_PROPRIETARY, INS_CIPHER_DATA, p1, 1, TWO, 0), SW_WRONG_P1P2);
    }
    accept(card, cipherData(P1_WHOLE_MAC, TWO));
  });

  tests(`${algorithm}: refuses to go on with a MAC that has not begun`, () => {
    start(TYPE_MAC);
    for (const p1 of [P1_NEXT_OF_MAC, P1_LAST_OF_MAC]) {
      refuse(card, cipherData(p1, TWO), SW_CONDITIONS_NOT_SATISFIED);
    }
    accept(card, cipherData(P1_FIRST_OF_MAC, TWO));
    // A delivery ends what the one before has begun.
    accept(card, deliver(usage(0, TYPE_MAC), ID, INPUT[algorithm]));
    refuse(card, cipherData(P1_LAST_OF_MAC, TWO), SW_CONDITIONS_NOT_SATISFIED);
    accept(card, cipherData(P1_WHOLE_MAC, TWO));
  });

  tests(`${algorithm}: without Le the answer waits`, () => {
    start(TYPE_ENCIPHER);
    const request = apdu(CLA_PROPRIETARY, INS_CIPHER_DATA, P1_LAST_TO_ENCIPHER, 0, ONE);
    const { sw } = send(card, request);
    assert.is(sw, SW_MORE_DATA + block);
  });

  tests(`${algorithm}: gives MAC1, MAC2 and TAC of the check vectors`, async () => {
    const other = await psamCard((one) => [
      userCardKey(one, usage(0, TYPE_MAC), 1, PURCHASE.key),
      userCardKey(one, usage(0, TYPE_TAC), 1, PURCHASE.tacKey),
    ]);
    enter(other, algorithm);
    const input = PURCHASE.input.padEnd(2 * block, "0");
    for (const [type, name] of [
      [TYPE_MAC, "mac1"],
      [TYPE_MAC, "mac2"],
      [TYPE_TAC, "tac"],
    ] as const) {
      accept(other, deliver(usage(0, type), 1, input));
      const data = Buffer.concat([Buffer.alloc(block), pad80(bytes(PURCHASE[name]), block)]);
      answers(other, cipherData(P1_WHOLE_MAC, data), PURCHASE[algorithm][name]);
    }
  });
}

tests("another class is refused", () => {
  enter(card, "sm4");
  const request = apdu(CLA_PROPRIETARY | 0x04, INS_CIPHER_DATA, 0, 0, "00".repeat(16), 0);
  refuse(card, request, SW_CLA_NOT_SUPPORTED);
});

tests.run();
