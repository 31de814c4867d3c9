// INTERNAL and EXTERNAL AUTHENTICATE in both generations: versions of keys, tries, challenges.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_INTERNAL_AUTHENTICATE,
  INS_READ_BINARY,
  INS_READ_RECORD,
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
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { hex8, hex16 } from "../../helpers/secure-channel.ts";
import { Terminal } from "./card-terminal.ts";
import { authentication, FAMILIES } from "./family.ts";
import {
  BK,
  DF_GUARDED,
  fullCard,
  GUARDED,
  IRK,
  KEY_TRIES,
  keyValue,
  PUK,
  RK_GUARDED,
  RKSSSE,
  ROOT_GUARDED,
  STK,
  UKSSSE,
} from "./full-card.ts";

const tests = suite("versions of keys");
const FACTOR = "1122334455667788";
const ORIGINAL = "A1A2A3A4A5A6A7A8";
const ANY = FACTOR + ORIGINAL;
const internal = (data: string, p1 = 0, p2 = 0) =>
  apdu(0, INS_INTERNAL_AUTHENTICATE, p1, p2, data, 8);
const external = (reference: number, data: string, p1 = 0) =>
  apdu(0, INS_EXTERNAL_AUTHENTICATE, p1, reference, data);
const readGuarded = apdu(0, INS_READ_RECORD, 1, (ROOT_GUARDED.sfi << 3) | 4, "", 4);
const VERSIONS = [1, 2, 3] as const;

for (const family of FAMILIES) {
  const card = await fullCard(family);
  const terminal = new Terminal(card, family);
  const ready = card.snapshot();
  const test = (name: string, run: () => void) =>
    tests(`${family.name}: ${name}`, () => {
      card.restore(ready);
      run();
    });
  const answer = (version: number) =>
    authentication(family, keyValue(family, IRK, version), bytes(FACTOR), bytes(ORIGINAL));

  test("INTERNAL AUTHENTICATE answers under the version that is named, else under the first", () => {
    answers(card, internal(ANY), answer(1));
    for (const version of VERSIONS) answers(card, internal(ANY + hex8(version)), answer(version));
    assert.is(new Set(VERSIONS.map(answer)).size, 3);
  });

  test("INTERNAL AUTHENTICATE agrees with an independent computation, wherever one is", () => {
    for (let i = 0; i < 20; i++) {
      const [factor, original] = [terminal.challenge(), terminal.challenge()];
      const value = keyValue(family, IRK, 2);
      const expected = authentication(family, value, factor, original);
      answers(card, internal(`${hex(factor)}${hex(original)}02`), expected);
      if (i === 10) terminal.selectDf(DF_GUARDED);
    }
  });

  const internalRefusals: readonly [string, Uint8Array, number][] = [
    ["P1", internal(ANY, 1), SW_WRONG_P1P2],
    ["P2", internal(ANY, 0, 1), SW_WRONG_P1P2],
    ["P2 before the length", internal("", 0, 1), SW_WRONG_P1P2],
    ["no data", internal(""), SW_WRONG_LENGTH],
    ["15 bytes", internal(ANY.slice(2)), SW_WRONG_LENGTH],
    ["18 bytes", internal(`${ANY}0101`), SW_WRONG_LENGTH],
    ["version 4", internal(`${ANY}04`), SW_REFERENCED_DATA_NOT_FOUND],
    ["version FF", internal(`${ANY}FF`), SW_REFERENCED_DATA_NOT_FOUND],
  ];
  for (const [what, request, sw] of internalRefusals) {
    test(`INTERNAL AUTHENTICATE refuses ${what} with ${hex16(sw)}, and works next`, () => {
      refuse(card, request, sw);
      answers(card, internal(ANY), answer(1));
    });
  }

  for (const version of VERSIONS) {
    test(`EXTERNAL AUTHENTICATE with version ${version} proves the key, like any other`, () => {
      refuse(card, readGuarded, SW_SECURITY_NOT_SATISFIED);
      terminal.prove(RKSSSE, version);
      accept(card, readGuarded);
    });
  }

  test("without a version it is the first; 00 is that, too", () => {
    terminal.prove(RKSSSE);
    const first = hex(terminal.proof(RKSSSE)).slice(10);
    accept(card, external(RKSSSE.reference, `${first}00`));
  });

  test("one version's answer is wrong for another", () => {
    for (const used of VERSIONS) {
      for (const named of VERSIONS) {
        card.restore(ready);
        const data = hex(terminal.proof(RKSSSE, used)).slice(10, -2);
        const command = external(RKSSSE.reference, data + hex8(named));
        if (used === named) accept(card, command);
        else refuse(card, command, swTriesLeft(KEY_TRIES - 1));
      }
    }
  });

  test("all versions share their tries", () => {
    for (const [i, version] of VERSIONS.entries()) {
      terminal.challenge();
      const wrong = external(RKSSSE.reference, `${"00".repeat(16)}${hex8(version)}`);
      refuse(card, wrong, swTriesLeft(KEY_TRIES - 1 - i));
    }
    for (const version of VERSIONS) {
      refuse(card, terminal.proof(RKSSSE, version), SW_AUTHENTICATION_BLOCKED);
    }
    terminal.prove(UKSSSE, 3);
    card.restore(ready);
    terminal.challenge();
    refuse(card, external(RKSSSE.reference, "00".repeat(16)), swTriesLeft(KEY_TRIES - 1));
    terminal.prove(RKSSSE, 3);
    terminal.challenge();
    refuse(card, external(RKSSSE.reference, "00".repeat(16)), swTriesLeft(KEY_TRIES - 1));
  });

  test("a key of a DF has versions, too", () => {
    terminal.selectDf(DF_GUARDED);
    const read = apdu(0, INS_READ_BINARY, 0x80 | GUARDED.key.sfi, 0, "", 4);
    refuse(card, read, SW_SECURITY_NOT_SATISFIED);
    terminal.prove(RK_GUARDED, 3);
    accept(card, read);
  });

  test("the challenge may have 4 bytes, or a block of the cipher", () => {
    accept(card, terminal.proof(RKSSSE, 0, 4));
    accept(card, terminal.proof(RKSSSE, 2, family.block));
  });

  if (family.block === 8) {
    test("a challenge of 16 bytes is none for TDES, costs no try, and is used up", () => {
      terminal.challenge(16);
      refuse(card, external(RKSSSE.reference, ANY), SW_REFERENCE_DATA_NOT_USABLE);
      refuse(card, external(RKSSSE.reference, ANY), SW_REFERENCE_DATA_NOT_USABLE);
      terminal.challenge();
      refuse(card, external(RKSSSE.reference, ANY), swTriesLeft(KEY_TRIES - 1));
    });
  }

  const single: readonly [string, Uint8Array, number][] = [
    ["P1", external(RKSSSE.reference, ANY, 1), SW_WRONG_P1P2],
    ["a reference that cannot be", external(0x20, ANY), SW_WRONG_P1P2],
    ["a reference before the length", external(0x40, ""), SW_WRONG_P1P2],
    ["no data", external(RKSSSE.reference, ""), SW_WRONG_LENGTH],
    ["8 bytes", external(RKSSSE.reference, FACTOR), SW_WRONG_LENGTH],
    ["18 bytes", external(RKSSSE.reference, `${ANY}0101`), SW_WRONG_LENGTH],
    ["a key that is not there", external(0x0b, ANY), SW_REFERENCED_DATA_NOT_FOUND],
    ["a key of no DF", external(0x83, ANY), SW_REFERENCED_DATA_NOT_FOUND],
    ["the card's own key", external(IRK.reference, ANY), SW_REFERENCED_DATA_NOT_FOUND],
    ["version 4", external(RKSSSE.reference, `${ANY}04`), SW_REFERENCED_DATA_NOT_FOUND],
    ["version 2 of one", external(BK.reference, `${ANY}02`), SW_REFERENCED_DATA_NOT_FOUND],
  ];
  for (const [what, request, sw] of single) {
    test(`EXTERNAL AUTHENTICATE refuses ${what} with ${hex16(sw)}, and costs no try`, () => {
      terminal.challenge();
      refuse(card, request, sw);
      for (const key of [RKSSSE, BK]) {
        terminal.challenge();
        refuse(card, external(key.reference, ANY), swTriesLeft(KEY_TRIES - 1));
        terminal.prove(key);
      }
    });
  }

  test("each key is proven by its own value", () => {
    const keys = [UKSSSE, BK, PUK, RKSSSE];
    for (const asked of keys) {
      for (const used of keys) {
        card.restore(ready);
        const data = hex(terminal.proof(used)).slice(10);
        const command = external(asked.reference, data);
        if (asked === used) accept(card, command);
        else refuse(card, command, swTriesLeft(KEY_TRIES - 1));
      }
    }
  });

  test("a maintenance key of any length proves nothing that opens a file", () => {
    terminal.prove(STK);
    refuse(card, readGuarded, SW_SECURITY_NOT_SATISFIED);
  });
}

tests.run();
