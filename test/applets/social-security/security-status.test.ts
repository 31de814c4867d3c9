// What each access condition asks for, and how long a proof lasts: a PIN's until the power is off, a
// key's until another application or, of a DF's own key, another DF. Part 7, 5.8 and 6.6.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import { AID_SSSE, KEY_RKSSSE } from "../../../applets/social-security/spec.ts";
import { INTERFACE_CONTACT, INTERFACE_CONTACTLESS } from "../../../runtime/spec/chip.ts";
import {
  CLA_PROPRIETARY,
  INS_CHANGE_PIN,
  INS_EXTERNAL_AUTHENTICATE,
  INS_READ_BINARY,
  INS_SELECT,
  INS_UPDATE_BINARY,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_FILE_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { accept, apdu, refuse, send } from "../../helpers/card.ts";
import { hex16, selectApplication } from "../../helpers/secure-channel.ts";
import { AID_FILES } from "../filesystem/file-tree.ts";
import { Terminal } from "./card-terminal.ts";
import { FAMILIES } from "./family.ts";
import {
  DF_FREE,
  DF_GUARDED,
  DF_GUARDED_NAME,
  fullCard,
  GUARDED,
  LK_GUARDED,
  PIN,
  RK_GUARDED,
  RKSSSE,
  UKSSSE,
} from "./full-card.ts";

const tests = suite("security status");
const AID_DOMAIN = "A000000151000000";
const NAMES = Object.keys(GUARDED) as (keyof typeof GUARDED)[];
type Open = readonly (keyof typeof GUARDED)[];
const read = (name: keyof typeof GUARDED) =>
  apdu(0, INS_READ_BINARY, 0x80 | GUARDED[name].sfi, 0, "", 4);
const update = (name: keyof typeof GUARDED) =>
  apdu(0, INS_UPDATE_BINARY, 0x80 | GUARDED[name].sfi, 0, "11");
const verify = (pin: string) => apdu(0, INS_VERIFY, 0, 0, pin);
const NOTHING: Open = ["free"];
const AFTER_PIN: Open = ["free", "pin", "pinOrKey"];
const AFTER_KEY: Open = ["free", "key", "pinOrKey"];
const AFTER_BOTH: Open = ["free", "pin", "key", "pinOrKey", "pinAndKey"];

for (const family of FAMILIES) {
  const card = await fullCard(family);
  const terminal = new Terminal(card, family);
  terminal.selectDf(DF_GUARDED);
  const ready = card.snapshot();
  const test = (name: string, run: () => void) =>
    tests(`${family.name}: ${name}`, () => {
      card.restore(ready);
      run();
    });
  /** The files that may be read are just these; the same may be updated. */
  const opens = (open: Open, what = "") => {
    for (const name of NAMES) {
      const sw = open.includes(name) ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
      assert.is(send(card, read(name)).sw, sw, `${what}: read ${name}`);
      assert.is(send(card, update(name)).sw, sw, `${what}: update ${name}`);
    }
  };
  const pin = () => accept(card, verify(PIN));
  const key = () => terminal.prove(RK_GUARDED);

  test("each condition asks for what it names, no more and no less", () => {
    opens(NOTHING, "nothing");
    pin();
    opens(AFTER_PIN, "the PIN");
    key();
    opens(AFTER_BOTH, "the PIN, then the key");
    card.restore(ready);
    key();
    opens(AFTER_KEY, "the key");
    pin();
    opens(AFTER_BOTH, "the key, then the PIN");
  });

  test("a key of the environment opens what names it, a DF's key of the same number does not", () => {
    terminal.prove(RKSSSE);
    opens(["free", "rootKey"], "RKSSSE");
    card.restore(ready);
    terminal.prove(LK_GUARDED);
    terminal.prove(UKSSSE);
    opens(NOTHING, "other keys");
    assert.is(KEY_RKSSSE & 0x80, 0);
  });

  test("a wrong PIN ends what the right one proved, a wrong answer what the right key did", () => {
    pin();
    key();
    terminal.prove(RKSSSE);
    refuse(card, verify("999999"), swTriesLeft(2));
    opens(["free", "key", "pinOrKey", "rootKey"]);
    terminal.challenge();
    const wrong = (reference: number) =>
      apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, "00".repeat(16));
    refuse(card, wrong(RK_GUARDED.reference), swTriesLeft(2));
    opens(["free", "rootKey"]);
    terminal.challenge();
    refuse(card, wrong(RKSSSE.reference), swTriesLeft(2));
    opens(NOTHING);
  });

  test("a question to VERIFY, and commands that are refused, end nothing", () => {
    pin();
    key();
    refuse(card, verify(""), swTriesLeft(3));
    refuse(card, apdu(0, INS_VERIFY, 1, 0, PIN), SW_WRONG_P1P2);
    refuse(card, apdu(0, INS_SELECT, 0, 0, "4444"), SW_FILE_NOT_FOUND);
    opens(AFTER_BOTH);
  });

  test("selecting files, and the DF again, ends nothing", () => {
    pin();
    key();
    terminal.prove(RKSSSE);
    accept(card, apdu(0, INS_SELECT, 2, 0, hex16(0xef01)));
    terminal.selectDf(DF_GUARDED);
    accept(card, selectApplication(DF_GUARDED_NAME));
    opens([...AFTER_BOTH, "rootKey"]);
  });

  test("another DF and back ends what the DF's own key proved, not the environment's, nor the PIN", () => {
    for (const elsewhere of [DF_FREE, FID_MF]) {
      card.restore(ready);
      pin();
      key();
      terminal.prove(RKSSSE);
      terminal.selectDf(elsewhere);
      terminal.selectDf(DF_GUARDED);
      opens([...AFTER_PIN, "rootKey"], hex16(elsewhere));
    }
  });

  for (const [line, name] of [
    [INTERFACE_CONTACT, "contact"],
    [INTERFACE_CONTACTLESS, "contactless"],
  ] as const) {
    test(`${name}: another application in between ends all keys, not the PIN`, () => {
      for (const other of [AID_FILES, AID_DOMAIN]) {
        card.restore(ready);
        card.powerOff();
        card.reset(line);
        accept(card, selectApplication(AID_SSSE));
        terminal.selectDf(DF_GUARDED);
        pin();
        key();
        terminal.prove(RKSSSE);
        accept(card, selectApplication(other));
        accept(card, selectApplication(AID_SSSE));
        terminal.selectDf(DF_GUARDED);
        opens(AFTER_PIN, other);
      }
    });

    test(`${name}: the application itself again ends all keys, not the PIN`, () => {
      card.powerOff();
      card.reset(line);
      accept(card, selectApplication(AID_SSSE));
      pin();
      terminal.prove(RKSSSE);
      accept(card, selectApplication(AID_SSSE));
      terminal.selectDf(DF_GUARDED);
      opens(AFTER_PIN);
    });

    test(`${name}: power off, or a reset, ends everything`, () => {
      for (const end of [() => card.powerOff(), () => {}]) {
        card.restore(ready);
        pin();
        key();
        terminal.prove(RKSSSE);
        end();
        card.reset(line);
        accept(card, selectApplication(AID_SSSE));
        terminal.selectDf(DF_GUARDED);
        opens(NOTHING);
      }
    });
  }

  test("other applications as many as there are do not cost the PIN its proof", () => {
    pin();
    for (let i = 0; i < 10; i++) {
      for (const other of [AID_FILES, AID_DOMAIN]) accept(card, selectApplication(other));
    }
    accept(card, selectApplication(AID_SSSE));
    terminal.selectDf(DF_GUARDED);
    opens(AFTER_PIN);
  });

  test("another application learns nothing of the PIN: its own is not verified", () => {
    pin();
    accept(card, selectApplication(AID_FILES));
    assert.is.not(send(card, verify("")).sw, SW_SUCCESS);
  });

  test("a PIN of no value asks for nothing, until there is one", () => {
    accept(card, apdu(CLA_PROPRIETARY, INS_CHANGE_PIN, 1, 0, `${PIN}FF`));
    terminal.start();
    accept(card, verify(""));
    terminal.selectDf(DF_GUARDED);
    opens(AFTER_PIN);
    key();
    opens(AFTER_BOTH);
    accept(card, apdu(CLA_PROPRIETARY, INS_CHANGE_PIN, 1, 0, "FF4321"));
    terminal.start();
    terminal.selectDf(DF_GUARDED);
    opens(NOTHING);
    accept(card, verify("4321"));
    opens(AFTER_PIN);
  });

  test("a PIN that is blocked elsewhere in the session proves nothing any more", () => {
    pin();
    for (const left of [2, 1, 0]) refuse(card, verify("999999"), swTriesLeft(left));
    refuse(card, verify(PIN), SW_AUTHENTICATION_BLOCKED);
    opens(NOTHING);
    accept(card, selectApplication(AID_FILES));
    accept(card, selectApplication(AID_SSSE));
    terminal.selectDf(DF_GUARDED);
    opens(NOTHING);
  });
}

tests.run();
