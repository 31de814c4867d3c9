// What a terminal does with a card of the third generation, in the order of a recorded session.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  AID_SSSE,
  FID_EF05_ISSUANCE,
  FID_EF06_CARDHOLDER,
  KEY_RKSSSE,
  PORTRAIT_BYTES,
  SFI_CARDHOLDER,
  SFI_PORTRAIT,
} from "../../../applets/social-security/spec.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_INTERNAL_AUTHENTICATE,
  INS_READ_BINARY,
  INS_READ_RECORD,
} from "../../../runtime/spec/instructions.ts";
import { SW_CORRECT_LE, SW_SECURITY_NOT_SATISFIED } from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { selectApplication } from "../../helpers/secure-channel.ts";
import {
  authenticationData,
  CARDHOLDER,
  challenge,
  ISSUANCE,
  KEYS,
  PORTRAIT,
  proof,
  selectEf,
  socialCard,
} from "./social-card.ts";

const card = await socialCard();
const tests = suite("a terminal and a social security card");

const byTag = (tag: number, le: number) => apdu(0, INS_READ_RECORD, tag, 0x00, "", le);

tests("the whole session: card data, both authentications, cardholder data", () => {
  card.reset();
  answers(
    card,
    selectApplication(AID_SSSE),
    "6F19 840F 7378312E73682EC9E7BBE1B1A3D5CF A506 9F0C03 860103",
  );
  answers(card, selectEf(FID_EF05_ISSUANCE), "");
  answers(card, byTag(0x01, 0x12), ISSUANCE[0]!);
  answers(card, byTag(0x03, 0x06), ISSUANCE[2]!);
  answers(card, byTag(0x07, 0x0b), ISSUANCE[6]!);

  const [original, factor] = [challenge(card), challenge(card)];
  const request = hex(factor) + hex(original);
  const answer = accept(card, apdu(0, INS_INTERNAL_AUTHENTICATE, 0, 0, request, 8));
  assert.is(hex(answer), authenticationData(KEYS.irk.value, factor, original));

  const [original2, factor2] = [challenge(card), challenge(card)];
  const data = authenticationData(KEYS.rkssse.value, factor2, original2) + hex(original2);
  accept(card, apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, KEY_RKSSSE, data));

  accept(card, selectEf(FID_EF05_ISSUANCE));
  answers(card, byTag(0x03, 0x06), ISSUANCE[2]!);
  answers(card, byTag(0x05, 0x06), ISSUANCE[4]!);
  answers(card, byTag(0x06, 0x06), ISSUANCE[5]!);
  accept(card, selectEf(FID_EF06_CARDHOLDER));
  answers(card, byTag(0x08, 0x14), CARDHOLDER[0]!);
  answers(card, byTag(0x09, 0x20), CARDHOLDER[1]!);
  answers(card, byTag(0x4e, 0x16), CARDHOLDER[2]!);
});

tests("the recorded commands have the bytes that the session was logged with", () => {
  assert.is(hex(selectEf(FID_EF05_ISSUANCE)), "00a4020002ef05");
  assert.is(hex(byTag(0x01, 0x12)), "00b2010012");
  assert.is(hex(byTag(0x4e, 0x16)), "00b24e0016");
});

tests("the cardholder is hidden until the terminal has proven RKSSSE", () => {
  accept(card, selectApplication(AID_SSSE));
  accept(card, selectEf(FID_EF06_CARDHOLDER));
  refuse(card, byTag(0x08, 0x14), SW_SECURITY_NOT_SATISFIED);
  refuse(
    card,
    apdu(0, INS_READ_RECORD, 1, (SFI_CARDHOLDER << 3) | 4, "", 0),
    SW_SECURITY_NOT_SATISFIED,
  );
  refuse(card, apdu(0, INS_READ_BINARY, 0x80 | SFI_PORTRAIT, 0, "", 0), SW_SECURITY_NOT_SATISFIED);
  accept(card, proof(card, KEY_RKSSSE, KEYS.rkssse.value));
  for (const [i, record] of CARDHOLDER.entries()) {
    // The reader asks for what there is, and is told how much that is.
    const length = record.length / 2;
    const byNumber = (le: number) =>
      apdu(0, INS_READ_RECORD, i + 1, (SFI_CARDHOLDER << 3) | 4, "", le);
    refuse(card, byNumber(0), SW_CORRECT_LE | length);
    answers(card, byNumber(length), record);
    refuse(card, byTag(Number.parseInt(record.slice(0, 2), 16), 0), SW_CORRECT_LE | length);
    answers(card, byTag(Number.parseInt(record.slice(0, 2), 16), length), record);
  }
});

tests("all records of a file come with one command", () => {
  accept(card, selectApplication(AID_SSSE));
  answers(card, apdu(0, INS_READ_RECORD, 1, (5 << 3) | 5, "", 0), ISSUANCE.join(""));
});

tests("the portrait is read in pieces", () => {
  accept(card, selectApplication(AID_SSSE));
  accept(card, proof(card, KEY_RKSSSE, KEYS.rkssse.value));
  let read = hex(accept(card, apdu(0, INS_READ_BINARY, 0x80 | SFI_PORTRAIT, 0, "", 0)));
  for (let at = 256; at < PORTRAIT_BYTES; at += 256) {
    read += hex(accept(card, apdu(0, INS_READ_BINARY, at >> 8, at & 0xff, "", 0)));
  }
  assert.is(read, hex(PORTRAIT));
});

tests("a second SELECT of the application hides the cardholder again", () => {
  accept(card, selectApplication(AID_SSSE));
  accept(card, selectEf(FID_EF06_CARDHOLDER));
  refuse(card, byTag(0x08, 0x14), SW_SECURITY_NOT_SATISFIED);
});

tests.run();
