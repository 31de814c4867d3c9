// INTERNAL and EXTERNAL AUTHENTICATE of the social security application: the rule, against the check
// vectors and Node's SM4; refusals; tries.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import {
  AID_SSSE,
  FID_EF06_CARDHOLDER,
  KEY_IRK,
  KEY_RKSSSE,
  KEY_UKSSSE,
} from "../../../applets/social-security/spec.ts";
import { KEY_USE_DERIVE } from "../../../runtime/spec/card-api.ts";
import { CIPHER_SM4 } from "../../../runtime/spec/chip.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_INTERNAL_AUTHENTICATE,
  INS_READ_RECORD,
  INS_UPDATE_RECORD,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_REFERENCE_DATA_NOT_USABLE,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, everyPowerCut, freshCard, refuse } from "../../helpers/card.ts";
import {
  hex16,
  keyGrouping,
  personalize,
  selectApplication,
} from "../../helpers/secure-channel.ts";
import { loadVectors } from "../../helpers/vectors.ts";
import {
  authenticationData,
  challenge,
  KEY_TRIES,
  KEYS,
  proof,
  selectEf,
  socialCard,
} from "./social-card.ts";

interface Case {
  readonly kind: string;
  readonly card: string;
  readonly authentication: string;
}

const card = await socialCard();
const ready = card.snapshot();
const tests = suite("authentication of the social security application");
tests.before.each(() => card.restore(ready));

const internal = (data: string, le: number | undefined = 8) =>
  apdu(0, INS_INTERNAL_AUTHENTICATE, 0, 0, data, le);
const external = (reference: number, data: string) =>
  apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, data);
const readCardholder = () => {
  accept(card, selectEf(FID_EF06_CARDHOLDER));
  return apdu(0, INS_READ_RECORD, 0x08, 0, "", 0x14);
};
const FACTOR = "1122334455667788";
const ORIGINAL = "A1A2A3A4A5A6A7A8";

const vectors = loadVectors<Case>("social-security-diversification") as ReturnType<
  typeof loadVectors<Case>
> & { readonly random: string; readonly original: string };
const sm4 = vectors.cases.find(({ kind }) => kind === "sm4")!;

tests("INTERNAL AUTHENTICATE gives the authentication data of the check vectors", async () => {
  const other = await freshCard();
  const key = { df: FID_MF, cipher: CIPHER_SM4, uses: KEY_USE_DERIVE, tries: 0 } as const;
  await personalize(other, AID_SSSE, [
    keyGrouping({ ...key, reference: KEY_IRK, value: sm4.card }),
  ]);
  accept(other, selectApplication(AID_SSSE));
  answers(other, internal(vectors.random + vectors.original), sm4.authentication);
  // The rule that the other tests compute with gives the same.
  const computed = authenticationData(sm4.card, bytes(vectors.random), bytes(vectors.original));
  assert.is(computed, sm4.authentication.toLowerCase());
});

tests("INTERNAL AUTHENTICATE agrees with an independent computation", () => {
  for (let i = 0; i < 20; i++) {
    const [factor, original] = [challenge(card), challenge(card)];
    const expected = authenticationData(KEYS.irk.value, factor, original);
    answers(card, internal(hex(factor) + hex(original)), expected);
  }
});

const INTERNAL_REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1", apdu(0, INS_INTERNAL_AUTHENTICATE, 1, 0, FACTOR + ORIGINAL, 8), SW_WRONG_P1P2],
  ["P2", apdu(0, INS_INTERNAL_AUTHENTICATE, 0, 1, FACTOR + ORIGINAL, 8), SW_WRONG_P1P2],
  ["no data", internal(""), SW_WRONG_LENGTH],
  ["15 bytes", internal((FACTOR + ORIGINAL).slice(2)), SW_WRONG_LENGTH],
  ["18 bytes", internal(`${FACTOR}${ORIGINAL}0100`), SW_WRONG_LENGTH],
  ["a version that is not there", internal(`${FACTOR}${ORIGINAL}02`), SW_REFERENCED_DATA_NOT_FOUND],
];

for (const [what, request, sw] of INTERNAL_REFUSALS) {
  tests(`INTERNAL AUTHENTICATE refuses ${what} with ${hex16(sw)}, and works next`, () => {
    refuse(card, request, sw);
    assert.is(accept(card, internal(FACTOR + ORIGINAL)).length, 8);
  });
}

tests("INTERNAL AUTHENTICATE without its key is refused", async () => {
  const blank = await freshCard();
  accept(blank, selectApplication(AID_SSSE));
  refuse(blank, internal(FACTOR + ORIGINAL), SW_REFERENCED_DATA_NOT_FOUND);
});

tests("EXTERNAL AUTHENTICATE opens what asks for the key", () => {
  refuse(card, readCardholder(), SW_SECURITY_NOT_SATISFIED);
  accept(card, proof(card, KEY_RKSSSE, KEYS.rkssse.value));
  accept(card, readCardholder());
  const update = apdu(0, INS_UPDATE_RECORD, 4, 4, "0A0132");
  refuse(card, update, SW_SECURITY_NOT_SATISFIED);
  accept(card, proof(card, KEY_UKSSSE, KEYS.uksse.value));
  accept(card, update);
});

tests("EXTERNAL AUTHENTICATE fills a challenge of 4 bytes with zeros", () => {
  accept(card, proof(card, KEY_RKSSSE, KEYS.rkssse.value, 4));
});

tests("EXTERNAL AUTHENTICATE takes the last challenge as factor, once", () => {
  const [original, factor] = [challenge(card), challenge(card)];
  const right = authenticationData(KEYS.rkssse.value, factor, original) + hex(original);
  const swapped = authenticationData(KEYS.rkssse.value, original, factor) + hex(factor);
  refuse(card, external(KEY_RKSSSE, swapped), swTriesLeft(2));
  refuse(card, external(KEY_RKSSSE, right), SW_REFERENCE_DATA_NOT_USABLE);
});

tests(
  "a wrong answer counts down to blocked, even for the right one; others are not touched",
  () => {
    for (let left = KEY_TRIES - 1; left >= 0; left--) {
      challenge(card);
      refuse(card, external(KEY_RKSSSE, "00".repeat(16)), swTriesLeft(left));
    }
    refuse(card, proof(card, KEY_RKSSSE, KEYS.rkssse.value), SW_AUTHENTICATION_BLOCKED);
    card.powerOff();
    card.reset();
    accept(card, selectApplication(AID_SSSE));
    refuse(card, proof(card, KEY_RKSSSE, KEYS.rkssse.value), SW_AUTHENTICATION_BLOCKED);
    refuse(card, readCardholder(), SW_SECURITY_NOT_SATISFIED);
    accept(card, proof(card, KEY_UKSSSE, KEYS.uksse.value));
  },
);

tests("the right answer gives the tries back, also on the last try", () => {
  for (const left of [2, 1]) {
    challenge(card);
    refuse(card, external(KEY_RKSSSE, "00".repeat(16)), swTriesLeft(left));
  }
  accept(card, proof(card, KEY_RKSSSE, KEYS.rkssse.value));
  challenge(card);
  refuse(card, external(KEY_RKSSSE, "00".repeat(16)), swTriesLeft(2));
});

const ANY = "00".repeat(16);
const EXTERNAL_REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1", apdu(0, INS_EXTERNAL_AUTHENTICATE, 1, KEY_RKSSSE, ANY), SW_WRONG_P1P2],
  ["a reference that cannot be", external(0x20, ANY), SW_WRONG_P1P2],
  ["8 bytes", external(KEY_RKSSSE, ORIGINAL), SW_WRONG_LENGTH],
  ["18 bytes", external(KEY_RKSSSE, `${ANY}0100`), SW_WRONG_LENGTH],
  ["a P1 before the rest", apdu(0, INS_EXTERNAL_AUTHENTICATE, 1, 0x20, ORIGINAL), SW_WRONG_P1P2],
  ["a key that is not there", external(0x0b, ANY), SW_REFERENCED_DATA_NOT_FOUND],
];

for (const [what, request, sw] of EXTERNAL_REFUSALS) {
  tests(
    `EXTERNAL AUTHENTICATE refuses ${what} with ${hex16(sw)}, spends no try, and works next`,
    () => {
      const right = proof(card, KEY_RKSSSE, KEYS.rkssse.value);
      refuse(card, request, sw);
      accept(card, right);
    },
  );
}

tests(
  "EXTERNAL AUTHENTICATE without a challenge is refused; one of 16 bytes is the block itself",
  () => {
    refuse(card, external(KEY_RKSSSE, ANY), SW_REFERENCE_DATA_NOT_USABLE);
    accept(card, proof(card, KEY_RKSSSE, KEYS.rkssse.value, 16));
    refuse(card, external(KEY_RKSSSE, ANY), SW_REFERENCE_DATA_NOT_USABLE);
    challenge(card);
    refuse(card, external(KEY_RKSSSE, ANY), swTriesLeft(2));
  },
);

function triesLeft(): number {
  accept(card, selectApplication(AID_SSSE));
  challenge(card);
  const response = card.exchange(external(KEY_RKSSSE, ANY));
  return (response[1]! & 15) + 1;
}

for (const right of [true, false]) {
  tests(`a ${right ? "right" : "wrong"} answer, cut anywhere, leaves the tries or one less`, () => {
    const command = right
      ? proof(card, KEY_RKSSSE, KEYS.rkssse.value)
      : external(KEY_RKSSSE, hex(challenge(card)).repeat(2));
    const tries = new Set<number>();
    const cuts = everyPowerCut(
      card,
      () => card.exchange(command),
      () => tries.add(triesLeft()),
    );
    assert.ok(cuts > 0, "nothing was written: this test proves nothing");
    assert.equal([...tries].sort(), [2, 3]);
    assert.is(triesLeft(), right ? 3 : 2);
  });
}

tests.run();
