// INIT SAM FOR PURCHASE: MAC1 against the rules, the terminal's number, refusals, power cuts.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TAG_83_FILE_IDENTIFIER } from "../../../applets/filesystem/spec.ts";
import {
  AID_PSAM,
  FID_SEQUENCE,
  FID_TERMINAL,
  INS_INIT_SAM_FOR_PURCHASE,
  P1_INIT_SAM_FOR_PURCHASE,
  SEQUENCE_BYTES,
  TYPE_MAC,
  TYPE_PURCHASE,
} from "../../../applets/psam/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import { CLA_PROPRIETARY } from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_NOT_ACCEPTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, freshCard, refuse } from "../../helpers/card.ts";
import { sweepCuts } from "../../helpers/power-loss.ts";
import { ACTIVATE, hex16, personalize, selectApplication } from "../../helpers/secure-channel.ts";
import { tlv } from "../filesystem/file-tree.ts";
import {
  AIDS,
  ALGORITHMS,
  cipherData,
  deliver,
  enter,
  FACTORS,
  FIRST_SEQUENCE,
  INPUT,
  initSam,
  OTHER_KEY,
  PROVINCE_KEY,
  psamCard,
  psamImage,
  readFile,
  tree,
  usage,
  userCardKey,
} from "./psam-card.ts";
import { purchaseData, purchaseMacs } from "./purchase.ts";
import type { Algorithm } from "./rules.ts";

const keys = (algorithm: Algorithm) => [
  ...[1, 2, 3].map((level) => userCardKey(algorithm, usage(level, TYPE_PURCHASE), 1, PROVINCE_KEY)),
  userCardKey(algorithm, usage(2, TYPE_PURCHASE), 3, OTHER_KEY),
  userCardKey(algorithm, usage(1, TYPE_MAC), 2, PROVINCE_KEY),
];
const card = await psamCard(keys);
const ready = card.snapshot();
const tests = suite("INIT SAM FOR PURCHASE");
tests.before.each(() => card.restore(ready));

const sequenceText = (sequence: number) => sequence.toString(16).padStart(8, "0");
const readSequence = (one: Card) => readFile(one, FID_SEQUENCE, SEQUENCE_BYTES);

for (const algorithm of ALGORITHMS) {
  const good = initSam(purchaseData(algorithm, 2));

  for (const levels of [1, 2, 3]) {
    tests(`${algorithm}: answers number and MAC1 with a key of level ${levels}`, () => {
      enter(card, algorithm);
      for (let at = 0; at < 4; at++) {
        const sequence = FIRST_SEQUENCE + at;
        assert.is(readSequence(card), sequenceText(sequence));
        const { mac1 } = purchaseMacs(algorithm, levels, sequence);
        const request = initSam(purchaseData(algorithm, levels));
        answers(card, request, sequenceText(sequence) + hex(mac1));
      }
    });
  }

  tests(`${algorithm}: the version picks the key`, () => {
    enter(card, algorithm);
    const { mac1 } = purchaseMacs(algorithm, 2, FIRST_SEQUENCE, OTHER_KEY);
    const request = initSam(purchaseData(algorithm, 2, { version: "03" }));
    answers(card, request, sequenceText(FIRST_SEQUENCE) + hex(mac1));
  });

  tests(`${algorithm}: each environment has numbers of its own`, () => {
    enter(card, algorithm);
    accept(card, good);
    enter(card, algorithm === "sm4" ? "tdes" : "sm4");
    assert.is(readSequence(card), sequenceText(FIRST_SEQUENCE));
    enter(card, algorithm);
    assert.is(readSequence(card), sequenceText(FIRST_SEQUENCE + 1));
  });

  tests(`${algorithm}: ends a session key that was delivered`, () => {
    enter(card, algorithm);
    accept(card, deliver(usage(1, TYPE_MAC), 2, FACTORS[0] + INPUT[algorithm]));
    accept(card, good);
    refuse(card, cipherData(5, "00".repeat(32)), SW_COMMAND_NOT_ACCEPTED);
  });

  const data = purchaseData(algorithm, 2);
  const command = (p1: number, p2: number) =>
    apdu(CLA_PROPRIETARY, INS_INIT_SAM_FOR_PURCHASE, p1, p2, data, 8);
  const refusals: readonly [string, Uint8Array, number][] = [
    ["P1 00", command(0, 0), SW_WRONG_P1P2],
    ["P1 02", command(2, 0), SW_WRONG_P1P2],
    ["P2 01", command(P1_INIT_SAM_FOR_PURCHASE, 1), SW_WRONG_P1P2],
    ["no data", initSam(""), SW_WRONG_LENGTH],
    ["no factor", initSam(purchaseData(algorithm, 0)), SW_WRONG_LENGTH],
    ["a byte less", initSam(data.slice(2)), SW_WRONG_LENGTH],
    ["a byte more", initSam(`${data}00`), SW_WRONG_LENGTH],
    ["four factors", initSam(purchaseData(algorithm, 3) + FACTORS[0]), SW_WRONG_LENGTH],
    [
      "another algorithm",
      initSam(purchaseData(algorithm, 2, { algorithm: "02" })),
      SW_REFERENCED_DATA_NOT_FOUND,
    ],
    [
      "a version that is not there",
      initSam(purchaseData(algorithm, 2, { version: "04" })),
      SW_REFERENCED_DATA_NOT_FOUND,
    ],
    [
      "the identifier of a key that is no purchase key",
      initSam(purchaseData(algorithm, 1, { version: "02" })),
      SW_REFERENCED_DATA_NOT_FOUND,
    ],
    [
      "factors for another level than the key's",
      initSam(purchaseData(algorithm, 3, { version: "03" })),
      SW_WRONG_DATA,
    ],
  ];
  for (const [what, request, sw] of refusals) {
    tests(
      `${algorithm}: refuses ${what} with ${hex16(sw)}, spends no number, and works next`,
      () => {
        enter(card, algorithm);
        refuse(card, request, sw);
        assert.is(readSequence(card), sequenceText(FIRST_SEQUENCE));
        accept(card, good);
      },
    );
  }

  tests(`${algorithm}: is refused outside the application`, () => {
    accept(card, selectApplication(AIDS[algorithm]));
    refuse(card, good, SW_CONDITIONS_NOT_SATISFIED);
    accept(card, selectApplication(AID_PSAM));
    accept(card, good);
  });

  tests(`${algorithm}: after the last number nothing is given any more`, async () => {
    const last = await psamCard(keys, 0xfffffffe);
    enter(last, algorithm);
    const { mac1 } = purchaseMacs(algorithm, 2, 0xfffffffe);
    answers(last, good, sequenceText(0xfffffffe) + hex(mac1));
    refuse(last, good, SW_CONDITIONS_NOT_SATISFIED);
    assert.is(readSequence(last), sequenceText(0xffffffff));
  });

  tests(`${algorithm}: a number is never given twice, wherever the power goes`, () => {
    enter(card, algorithm);
    const given: string[] = [];
    let answered = "";
    const cuts = sweepCuts(card, {
      action: (one) => {
        answered = "";
        enter(one, algorithm);
        answered = hex(accept(one, good)).slice(0, 8);
      },
      check: (one, cut) => {
        enter(one, algorithm);
        const next = hex(accept(one, good)).slice(0, 8);
        given.push(next);
        const known = [sequenceText(FIRST_SEQUENCE), sequenceText(FIRST_SEQUENCE + 1)];
        assert.ok(known.includes(next), `${cut}: the next number is ${next}`);
        if (answered !== "") assert.not.equal(next, answered, cut);
      },
    });
    assert.ok(cuts > 0, "nothing was written: this test proves nothing");
    assert.is(new Set(given).size, 2);
  });
}

tests("a user card may name TDES as its FCI does", () => {
  enter(card, "tdes");
  const { mac1 } = purchaseMacs("tdes", 2, FIRST_SEQUENCE);
  const request = initSam(purchaseData("tdes", 2, { algorithm: "01" }));
  answers(card, request, sequenceText(FIRST_SEQUENCE) + hex(mac1));
});

for (const [what, fid] of [
  ["the transaction number", FID_SEQUENCE],
  ["the terminal's number", FID_TERMINAL],
] as const) {
  tests(`without the file of ${what} a PSAM refuses, and spends nothing`, async () => {
    const bare = await freshCard(1, await psamImage());
    const without = tree("sm4").filter(
      (one) => !one.includes(tlv(TAG_83_FILE_IDENTIFIER, hex16(fid))),
    );
    const groupings = without.filter((one) => !one.includes(hex16(fid) + hex16(0)));
    await personalize(bare, AIDS.sm4, [...groupings, ...keys("sm4"), ACTIVATE]);
    enter(bare, "sm4");
    refuse(bare, initSam(purchaseData("sm4", 2)), SW_CONDITIONS_NOT_SATISFIED);
    if (fid === FID_SEQUENCE) return;
    assert.is(readSequence(bare), sequenceText(FIRST_SEQUENCE));
  });
}

tests.run();
