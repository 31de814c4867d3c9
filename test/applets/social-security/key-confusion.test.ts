// No key of the social security application serves as another, and no PIN as a key.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import {
  KEY_USE_DECRYPT,
  KEY_USE_DERIVE,
  KEY_USE_ENCRYPT,
} from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES, CIPHER_SM4, CIPHER_TDES } from "../../../runtime/spec/chip.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_INTERNAL_AUTHENTICATE,
  INS_READ_RECORD,
  INS_UPDATE_RECORD,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, refuse, send } from "../../helpers/card.ts";
import { keyGrouping, pinGrouping } from "../../helpers/secure-channel.ts";
import { challenge, KEYS, PIN, proof, socialCard } from "./social-card.ts";

const VALUE = KEYS.rkssse.value;
const extra = { df: FID_MF, tries: 3, value: VALUE } as const;
const PIN_TWIN = 0x0c;
const card = await socialCard([
  pinGrouping(FID_MF, PIN_TWIN, 3, VALUE),
  keyGrouping({ ...extra, reference: 0x10, cipher: CIPHER_AES, uses: KEY_USE_DERIVE }),
  keyGrouping({ ...extra, reference: 0x11, cipher: CIPHER_TDES, uses: KEY_USE_DERIVE }),
  keyGrouping({
    ...extra,
    reference: 0x12,
    cipher: CIPHER_SM4,
    uses: KEY_USE_ENCRYPT | KEY_USE_DECRYPT,
  }),
]);
const ready = card.snapshot();
const tests = suite("kinds of secrets in the social security application");
tests.before.each(() => card.restore(ready));

const readCardholder = apdu(0, INS_READ_RECORD, 1, (6 << 3) | 4, "", 0x14);
const updateIssuance = apdu(0, INS_UPDATE_RECORD, 2, (5 << 3) | 4, "020134");

tests("each key answers for itself alone", () => {
  for (const asked of Object.values(KEYS)) {
    for (const used of Object.values(KEYS)) {
      card.restore(ready);
      const { sw } = send(card, proof(card, asked.reference, used.value));
      let expected = asked === used ? SW_SUCCESS : swTriesLeft(2);
      if (asked === KEYS.irk) expected = SW_REFERENCED_DATA_NOT_FOUND;
      assert.is(sw, expected, `${asked.reference} with ${used.reference}`);
    }
  }
});

tests("each key opens what asks for it and nothing else", () => {
  const opens = [
    [KEYS.irk, SW_SECURITY_NOT_SATISFIED, SW_SECURITY_NOT_SATISFIED],
    [KEYS.rkssse, SW_SUCCESS, SW_SECURITY_NOT_SATISFIED],
    [KEYS.uksse, SW_SECURITY_NOT_SATISFIED, SW_SUCCESS],
  ] as const;
  for (const [key, reading, updating] of opens) {
    card.restore(ready);
    send(card, proof(card, key.reference, key.value));
    assert.is(send(card, readCardholder).sw, reading, `read after key ${key.reference}`);
    assert.is(send(card, updateIssuance).sw, updating, `update after key ${key.reference}`);
  }
});

tests("what the card answers under its issuer's key proves nothing to it", () => {
  const [original, factor] = [challenge(card), challenge(card)];
  const request = hex(factor) + hex(original);
  const answer = hex(accept(card, apdu(0, INS_INTERNAL_AUTHENTICATE, 0, 0, request, 8)));
  for (const reference of [KEYS.irk.reference, 0x80 | KEYS.irk.reference]) {
    const reflected = apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, answer + hex(original));
    refuse(card, reflected, SW_REFERENCED_DATA_NOT_FOUND);
  }
});

tests("the PIN opens nothing that asks for a key", () => {
  accept(card, apdu(0, INS_VERIFY, 0, 0, "123456"));
  refuse(card, readCardholder, SW_SECURITY_NOT_SATISFIED);
  refuse(card, updateIssuance, SW_SECURITY_NOT_SATISFIED);
});

tests("a PIN is no key, a key no PIN", () => {
  refuse(card, proof(card, PIN_TWIN, VALUE), SW_REFERENCED_DATA_NOT_FOUND);
  // VERIFY knows the one PIN only.
  for (const reference of [KEYS.uksse.reference, KEYS.rkssse.reference, PIN_TWIN]) {
    refuse(card, apdu(0, INS_VERIFY, 0, reference, PIN), SW_WRONG_P1P2);
  }
  refuse(card, apdu(0, INS_VERIFY, 0, 0, VALUE.slice(0, 16)), swTriesLeft(2));
});

tests("a key of another cipher or for another use does not authenticate", () => {
  // AES and TDES make other session keys; without DERIVE there is no session key.
  assert.is(send(card, proof(card, 0x10, VALUE)).sw, swTriesLeft(2));
  assert.is(send(card, proof(card, 0x11, VALUE)).sw, swTriesLeft(2));
  refuse(card, proof(card, 0x12, VALUE), SW_CONDITIONS_NOT_SATISFIED);
});

tests.run();
