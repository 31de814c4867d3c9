// Applets whose RAM stays until reset, whatever else is selected. runtime/kernel/instances.ts

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AID_SSSE } from "../../../applets/social-security/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import { INS_READ_BINARY, INS_VERIFY } from "../../../runtime/spec/instructions.ts";
import {
  SW_NOT_ENOUGH_MEMORY,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import {
  does,
  enter,
  ISSUER,
  install,
  managedCard,
  SOCIAL_MODULE,
} from "../../applets/security-domain/managed-card.ts";
import { Terminal } from "../../applets/social-security/card-terminal.ts";
import { SM4 } from "../../applets/social-security/family.ts";
import { DF_GUARDED, GUARDED, groupings, PIN } from "../../applets/social-security/full-card.ts";
import { bytes } from "../../helpers/bytes.ts";
import { accept, apdu, imageWith, refuse, send } from "../../helpers/card.ts";
import { ACTIVATE, personalize, selectApplication } from "../../helpers/secure-channel.ts";

const SOCIAL = "social-security";
const OTHERS = Array.from({ length: 12 }, (_, index) => `F05761666572B${index.toString(16)}`);
const readWithPin = apdu(0, INS_READ_BINARY, 0x80 | GUARDED.pin.sfi, 0, "", 4);

/** A personalized card with a dozen more file systems, and the social security application resident or not. */
async function cardWith(resident: boolean): Promise<Card> {
  const image = await imageWith((profile) => ({
    ...profile,
    applets: profile.applets.map((one) => (one.name === SOCIAL ? { ...one, resident } : one)),
    instances: profile.instances.map((one) => ({
      ...one,
      privileges: new Uint8Array(bytes(one.module === "security-domain" ? "800000" : "000000")),
    })),
  }));
  const on = await managedCard(image);
  await enter(on, ISSUER);
  for (const aid of OTHERS) does(on, install({ aid }));
  await personalize(on.card, AID_SSSE, [...groupings(SM4), ACTIVATE]);
  on.card.powerOff();
  on.card.reset();
  return on.card;
}

/** Verifies the PIN, selects everything else `rounds` times, and comes back to the file that asks for it. */
function wander(card: Card, rounds: number): number {
  accept(card, selectApplication(AID_SSSE));
  accept(card, apdu(0, INS_VERIFY, 0, 0, PIN));
  for (let round = 0; round < rounds; round++) {
    for (const aid of OTHERS) accept(card, selectApplication(aid));
  }
  accept(card, selectApplication(AID_SSSE));
  new Terminal(card, SM4).selectDf(DF_GUARDED);
  return send(card, readWithPin).sw;
}

const tests = suite("RAM that stays");

tests(
  "a resident applet keeps what it knew while more are selected than there is RAM for",
  async () => {
    const card = await cardWith(true);
    assert.is(wander(card, 3), SW_SUCCESS);
    card.reset();
    accept(card, selectApplication(AID_SSSE));
    new Terminal(card, SM4).selectDf(DF_GUARDED);
    refuse(card, readWithPin, SW_SECURITY_NOT_SATISFIED);
  },
);

tests("one that is not resident gives its RAM away: the same wandering costs its PIN", async () => {
  const card = await cardWith(false);
  assert.is(wander(card, 0), SW_SUCCESS);
  assert.is(wander(card, 3), SW_SECURITY_NOT_SATISFIED);
});

tests("resident instances that fill the RAM leave none to others, until the reset", async () => {
  const on = await managedCard();
  const { card } = on;
  for (const aid of OTHERS) {
    // What was installed runs, and stays, until the reset as well.
    card.reset();
    await enter(on, ISSUER);
    does(on, install({ aid, module: SOCIAL_MODULE, parameters: "C907F0576166657201" }));
  }
  card.reset();
  const selected = OTHERS.map((aid) => send(card, selectApplication(aid)).sw);
  const first = selected.indexOf(SW_NOT_ENOUGH_MEMORY);
  assert.ok(first > 3, `${first}: hardly any ran`);
  assert.ok(selected.slice(0, first).every((sw) => sw === SW_SUCCESS));
  assert.ok(selected.slice(first).every((sw) => sw === SW_NOT_ENOUGH_MEMORY));
  // Those that have their RAM are selected again, as often as one likes.
  for (const aid of OTHERS.slice(0, first)) accept(card, selectApplication(aid));
  for (const aid of OTHERS.slice(first)) {
    card.reset();
    accept(card, selectApplication(aid));
  }
});

tests.run();
