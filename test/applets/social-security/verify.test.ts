// VERIFY of the social security application: PIN 00, 63Cx, blocked.

import { suite } from "uvu";
import { AID_SSSE } from "../../../applets/social-security/spec.ts";
import { INS_VERIFY } from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, refuse } from "../../helpers/card.ts";
import { selectApplication } from "../../helpers/secure-channel.ts";
import { PIN, PIN_TRIES, socialCard } from "./social-card.ts";

const card = await socialCard();
const ready = card.snapshot();
const tests = suite("VERIFY of the social security application");
tests.before.each(() => card.restore(ready));
const verify = (pin: string, reference = 0, p1 = 0) => apdu(0, INS_VERIFY, p1, reference, pin);

tests("VERIFY accepts the PIN; a question tells the tries before and after", () => {
  refuse(card, verify(""), swTriesLeft(PIN_TRIES));
  accept(card, verify(PIN));
  refuse(card, verify(""), swTriesLeft(PIN_TRIES));
});

tests("VERIFY counts wrong PINs down to blocked, across a reset", () => {
  refuse(card, verify("654321"), swTriesLeft(2));
  refuse(card, verify("654321"), swTriesLeft(1));
  card.powerOff();
  card.reset();
  accept(card, selectApplication(AID_SSSE));
  refuse(card, verify(""), swTriesLeft(1));
  refuse(card, verify("654321"), swTriesLeft(0));
  refuse(card, verify(PIN), SW_AUTHENTICATION_BLOCKED);
  refuse(card, verify(""), swTriesLeft(0));
});

tests("VERIFY refuses other P1 and other references, and works next", () => {
  refuse(card, verify(PIN, 0, 1), SW_WRONG_P1P2);
  refuse(card, verify(PIN, 0x40), SW_WRONG_P1P2);
  refuse(card, verify(PIN, 0x01), SW_WRONG_P1P2);
  accept(card, verify(PIN));
});

tests.run();
