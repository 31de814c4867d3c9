import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  INS_CHANGE_REFERENCE_DATA,
  INS_RESET_RETRY_COUNTER,
  P1_NEW_REFERENCE_DATA,
  PIN_SIGNING,
} from "../../../applets/identity/spec.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, refuse, send } from "../../helpers/card.ts";
import { sweepCuts } from "../../helpers/power-loss.ts";
import {
  ADMINISTRATION,
  authenticate,
  identityCard,
  NEW_PIN,
  PIN,
  PIN_TRIES,
  reselect,
  sign,
  verify,
  WRONG_PIN,
} from "./identity-card.ts";

const { card } = await identityCard();
const start = card.snapshot();
const DIGEST = "11".repeat(32);
const NOT_PINS = ["3132333435ffffff", "31323334353630", "313233343536ff30", "ff".repeat(8)];

function change(data: string, p2: number = PIN_SIGNING, p1 = 0): Uint8Array {
  return apdu(0, INS_CHANGE_REFERENCE_DATA, p1, p2, data);
}

function unblock(data: string, p2: number = PIN_SIGNING, p1: number = P1_NEW_REFERENCE_DATA) {
  return apdu(0, INS_RESET_RETRY_COUNTER, p1, p2, data);
}

function block(): void {
  for (let left = PIN_TRIES - 1; left >= 0; left--) {
    refuse(card, verify(WRONG_PIN), swTriesLeft(left));
  }
}

const pins = suite("the holder's PIN");
pins.before.each(() => card.restore(start));

pins("counts down, blocks, and then takes not even the right one", () => {
  refuse(card, verify(""), swTriesLeft(PIN_TRIES));
  block();
  refuse(card, verify(PIN), SW_AUTHENTICATION_BLOCKED);
  refuse(card, sign(DIGEST), SW_SECURITY_NOT_SATISFIED);
  refuse(card, change(PIN + NEW_PIN), SW_AUTHENTICATION_BLOCKED);
});

pins("what is no PIN block costs no try", () => {
  for (const wrong of ["31", "313233343536", "00".repeat(9), "00".repeat(16)]) {
    refuse(card, verify(wrong), SW_WRONG_LENGTH, wrong);
  }
  for (const [p1, p2] of [
    [0, 0x00],
    [0, 0x01],
    [0, 0x80],
    [0, 0x82],
    [1, PIN_SIGNING],
  ] as const) {
    refuse(card, verify(PIN, p2, p1), SW_WRONG_P1P2);
    refuse(card, change(PIN + NEW_PIN, p2, p1), SW_WRONG_P1P2);
  }
  refuse(card, verify(""), swTriesLeft(PIN_TRIES));
});

pins("is changed by who knows it, and is not proven by that", () => {
  refuse(card, change(WRONG_PIN + NEW_PIN), swTriesLeft(PIN_TRIES - 1));
  accept(card, change(PIN + NEW_PIN));
  refuse(card, sign(DIGEST), SW_SECURITY_NOT_SATISFIED);
  refuse(card, verify(""), swTriesLeft(PIN_TRIES));
  refuse(card, verify(PIN), swTriesLeft(PIN_TRIES - 1));
  accept(card, verify(NEW_PIN));
  accept(card, sign(DIGEST));
});

pins("is never changed into what is no PIN", () => {
  for (const wrong of NOT_PINS) {
    const sw = wrong.length === 16 ? SW_WRONG_DATA : SW_WRONG_LENGTH;
    refuse(card, change(PIN + wrong), sw, wrong);
  }
  refuse(card, change(""), SW_WRONG_LENGTH);
  refuse(card, verify(""), swTriesLeft(PIN_TRIES));
  accept(card, verify(PIN));
});

pins("is the old or the new one after a cut in its change", () => {
  const seen = new Set<string>();
  sweepCuts(card, {
    action: () => void accept(card, change(PIN + NEW_PIN)),
    check: (_, cut) => {
      reselect(card);
      const found = [PIN, NEW_PIN].filter((one) => send(card, verify(one)).sw === SW_SUCCESS);
      assert.is(found.length, 1, cut);
      seen.add(found[0]!);
    },
  });
  assert.is(seen.size, 2);
});

pins("is given anew by the issuer, blocked or not", () => {
  block();
  refuse(card, unblock(NEW_PIN), SW_SECURITY_NOT_SATISFIED);
  refuse(card, authenticate(card, "5b".repeat(16)), swTriesLeft(2));
  refuse(card, unblock(NEW_PIN), SW_SECURITY_NOT_SATISFIED);
  accept(card, authenticate(card, ADMINISTRATION));
  for (const wrong of NOT_PINS) {
    const sw = wrong.length === 16 ? SW_WRONG_DATA : SW_WRONG_LENGTH;
    refuse(card, unblock(wrong), sw, wrong);
  }
  refuse(card, unblock(NEW_PIN, PIN_SIGNING, 0), SW_WRONG_P1P2);
  refuse(card, unblock(NEW_PIN, 0x80), SW_WRONG_P1P2);
  accept(card, unblock(NEW_PIN));
  refuse(card, sign(DIGEST), SW_SECURITY_NOT_SATISFIED);
  accept(card, verify(NEW_PIN));
  accept(card, sign(DIGEST));
});

pins.run();
