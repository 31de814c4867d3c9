// CHANGE PIN: another PIN, none, the first one; refusals in their order; all or nothing.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AID_SSSE, PIN_SEPARATOR } from "../../../applets/social-security/spec.ts";
import {
  CLA_PROPRIETARY,
  INS_CHANGE_PIN,
  INS_READ_BINARY,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, everyPowerCut, freshCard, refuse, send } from "../../helpers/card.ts";
import {
  ACTIVATE,
  hex8,
  hex16,
  personalize,
  selectApplication,
} from "../../helpers/secure-channel.ts";
import { Terminal } from "./card-terminal.ts";
import { FAMILIES } from "./family.ts";
import { DF_GUARDED, fullCard, GUARDED, PIN, PIN_TRIES } from "./full-card.ts";

const tests = suite("CHANGE PIN");
const SEPARATOR = hex8(PIN_SEPARATOR);
const change = (old: string, next: string, p1 = 1, p2 = 0) =>
  apdu(CLA_PROPRIETARY, INS_CHANGE_PIN, p1, p2, old + SEPARATOR + next);
const raw = (data: string) => apdu(CLA_PROPRIETARY, INS_CHANGE_PIN, 1, 0, data);
const verify = (pin = "") => apdu(0, INS_VERIFY, 0, 0, pin);
const NEW = "87654321";
const WRONG = "999999";

for (const family of FAMILIES) {
  const card = await fullCard(family);
  const terminal = new Terminal(card, family);
  const ready = card.snapshot();
  const test = (name: string, run: () => void) =>
    tests(`${family.name}: ${name}`, () => {
      card.restore(ready);
      run();
    });
  const readWithPin = apdu(0, INS_READ_BINARY, 0x80 | GUARDED.pin.sfi, 0, "", 4);

  for (const next of ["1234", NEW, "12345F", "0000000000000000", "999999999999999F"]) {
    test(`the PIN becomes ${next}, and the old one is a wrong one`, () => {
      accept(card, change(PIN, next));
      terminal.start();
      refuse(card, verify(PIN), swTriesLeft(PIN_TRIES - 1));
      accept(card, verify(next));
      refuse(card, verify(), swTriesLeft(PIN_TRIES));
    });
  }

  test("it counts as a verification, a wrong present PIN ends an earlier one", () => {
    terminal.selectDf(DF_GUARDED);
    refuse(card, readWithPin, SW_SECURITY_NOT_SATISFIED);
    accept(card, change(PIN, NEW));
    accept(card, readWithPin);
    refuse(card, change(PIN, NEW), swTriesLeft(2));
    refuse(card, readWithPin, SW_SECURITY_NOT_SATISFIED);
  });

  test("a wrong present PIN counts down to blocked; then the right one is refused, too", () => {
    for (const left of [2, 1, 0]) refuse(card, change(WRONG, NEW), swTriesLeft(left));
    refuse(card, change(PIN, NEW), SW_AUTHENTICATION_BLOCKED);
    refuse(card, verify(PIN), SW_AUTHENTICATION_BLOCKED);
    terminal.start();
    refuse(card, change(PIN, NEW), SW_AUTHENTICATION_BLOCKED);
  });

  test("the right one gives the tries back", () => {
    refuse(card, change(WRONG, NEW), swTriesLeft(2));
    accept(card, change(PIN, PIN));
    refuse(card, verify(), swTriesLeft(PIN_TRIES));
  });

  test("the PIN is taken away: nothing is asked for, VERIFY says so, and one can be set again", () => {
    accept(card, change(PIN, ""));
    terminal.start();
    accept(card, verify());
    terminal.selectDf(DF_GUARDED);
    accept(card, readWithPin);
    // No PIN is right where there is none.
    refuse(card, verify(PIN), swTriesLeft(2));
    refuse(card, change(PIN, NEW), swTriesLeft(1));
    accept(card, change("", NEW));
    terminal.start();
    refuse(card, verify(), swTriesLeft(PIN_TRIES));
    terminal.selectDf(DF_GUARDED);
    refuse(card, readWithPin, SW_SECURITY_NOT_SATISFIED);
    accept(card, verify(NEW));
    accept(card, readWithPin);
  });

  const refusals: readonly [string, Uint8Array, number][] = [
    ["P1 00", change(PIN, NEW, 0), SW_WRONG_P1P2],
    ["P1 02", change(PIN, NEW, 2), SW_WRONG_P1P2],
    ["P2", change(PIN, NEW, 1, 1), SW_WRONG_P1P2],
    ["P1 before the length", change("", "", 0), SW_WRONG_P1P2],
    ["no data", apdu(CLA_PROPRIETARY, INS_CHANGE_PIN, 1, 0), SW_WRONG_LENGTH],
    ["two bytes", raw(`12${SEPARATOR}`), SW_WRONG_LENGTH],
    ["18 bytes", change(PIN, "11".repeat(14)), SW_WRONG_LENGTH],
    ["no separator", raw(PIN + NEW), SW_WRONG_DATA],
    ["a new PIN of two digits", change(PIN, "12"), SW_WRONG_DATA],
    ["a new PIN of three digits", change(PIN, "123F"), SW_WRONG_DATA],
    ["a new PIN with letters", change(PIN, "12A4"), SW_WRONG_DATA],
    ["a new PIN with F in the middle", change(PIN, "1F34"), SW_WRONG_DATA],
    ["a new PIN with F in front", change(PIN, "F234"), SW_WRONG_DATA],
    ["a new PIN of nine bytes", change(PIN, "11".repeat(9)), SW_WRONG_DATA],
    ["a second separator", change(PIN, `${NEW}${SEPARATOR}`), SW_WRONG_DATA],
    ["a bad new PIN before a wrong present one", change(WRONG, "12"), SW_WRONG_DATA],
    ["no present PIN where there is one", change("", NEW), SW_WRONG_DATA],
  ];
  for (const [what, request, sw] of refusals) {
    test(`${what} is refused with ${hex16(sw)}, costs no try, and the next works`, () => {
      refuse(card, request, sw);
      refuse(card, verify(), swTriesLeft(PIN_TRIES));
      accept(card, change(PIN, NEW));
      accept(card, verify(NEW));
    });
  }

  for (const [what, next] of [
    ["another", NEW],
    ["none", ""],
  ] as const) {
    test(`cut anywhere, the old PIN or ${what} is right, and no try is gained`, () => {
      refuse(card, verify(WRONG), swTriesLeft(2));
      const seen = new Set<string>();
      const cuts = everyPowerCut(
        card,
        () => accept(card, change(PIN, next)),
        (cut) => {
          terminal.start();
          const { sw } = send(card, verify());
          if (sw === SW_SUCCESS) seen.add("");
          else {
            const old = send(card, verify(PIN)).sw;
            if (old === SW_SUCCESS) assert.ok([1, 2, 3].includes(sw & 15), cut);
            else assert.is(send(card, verify(next)).sw, SW_SUCCESS, cut);
            seen.add(old === SW_SUCCESS ? PIN : next);
          }
        },
      );
      assert.ok(cuts > 0, "nothing was written: this test proves nothing");
      assert.equal([...seen].sort(), [PIN, next].sort());
    });
  }
}

tests("a card without a PIN has none to change", async () => {
  const card = await freshCard();
  await personalize(card, AID_SSSE, [ACTIVATE]);
  accept(card, selectApplication(AID_SSSE));
  refuse(card, change(PIN, NEW), SW_REFERENCED_DATA_NOT_FOUND);
  refuse(card, verify(), SW_REFERENCED_DATA_NOT_FOUND);
});

tests.run();
