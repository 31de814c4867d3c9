// Nothing serves as another: PINs, keys and data of a file system, by every number and in every place.

import { createCipheriv } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import {
  KEY_USE_DECRYPT,
  KEY_USE_DERIVE,
  KEY_USE_ENCRYPT,
} from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES, CIPHER_SM4 } from "../../../runtime/spec/chip.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_READ_BINARY,
  INS_SELECT,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, refuse, send } from "../../helpers/card.ts";
import { hex8, keyGrouping, pinGrouping } from "../../helpers/secure-channel.ts";
import {
  AES_KEY,
  cardWithFiles,
  DF_KEY,
  DF_PIN,
  FID_DF,
  FID_OTHER_DF,
  ROOT_PIN,
  SM4_KEY,
  selectFid,
} from "./file-tree.ts";

/** A PIN and a key of the same number and value: their kinds must tell them apart. */
const TWIN = "a7".repeat(16);
const TWIN_REFERENCE = 0x07;
const USES: readonly [number, number][] = [
  [0x10, KEY_USE_ENCRYPT],
  [0x11, KEY_USE_DECRYPT],
  [0x12, KEY_USE_DERIVE],
  [0x13, KEY_USE_DECRYPT | KEY_USE_DERIVE],
  [0x14, 0],
];
const twin = { df: FID_MF, cipher: CIPHER_AES, tries: 3, value: TWIN } as const;
const card = await cardWithFiles([
  pinGrouping(FID_MF, TWIN_REFERENCE, 3, TWIN),
  keyGrouping({ ...twin, reference: 0x08, uses: KEY_USE_ENCRYPT }),
  ...USES.map(([reference, uses]) => keyGrouping({ ...twin, reference, uses })),
  keyGrouping({ ...twin, reference: 0x15, uses: KEY_USE_ENCRYPT, cipher: CIPHER_SM4 }),
]);
const ready = card.snapshot();
const tests = suite("kinds of secrets in a file system");
tests.before.each(() => card.restore(ready));

const verify = (reference: number, pin: string) => apdu(0, INS_VERIFY, 0, reference, pin);
const challenge = () => accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", 16));
const authenticate = (reference: number, data: Uint8Array) =>
  apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, data);

function encipher(cipher: string, value: string, data: Uint8Array): Uint8Array {
  return createCipheriv(cipher, bytes(value), null).setAutoPadding(false).update(data);
}

tests("a key is no PIN, whatever is presented as one", () => {
  // References 0 to 15 are all that VERIFY takes; only two of them are PINs of the root.
  for (let reference = 0; reference <= 0x0f; reference++) {
    if (reference === 0 || reference === TWIN_REFERENCE) continue;
    for (const value of [AES_KEY.value, SM4_KEY.value, TWIN, ROOT_PIN]) {
      refuse(card, verify(reference, value), SW_REFERENCED_DATA_NOT_FOUND, hex8(reference));
    }
  }
  for (const [reference] of USES) refuse(card, verify(reference, TWIN), SW_WRONG_P1P2);
});

tests("a PIN is no key, though it has a key's length", () => {
  const answer = encipher("aes-128-ecb", TWIN, challenge());
  refuse(card, authenticate(TWIN_REFERENCE, answer), SW_REFERENCED_DATA_NOT_FOUND);
  accept(card, authenticate(0x08, answer));
  accept(card, verify(TWIN_REFERENCE, TWIN));
});

tests("a key serves its own uses only", () => {
  for (const [reference, uses] of USES) {
    const answer = encipher("aes-128-ecb", TWIN, challenge());
    if (uses & KEY_USE_ENCRYPT) accept(card, authenticate(reference, answer));
    else
      refuse(card, authenticate(reference, answer), SW_CONDITIONS_NOT_SATISFIED, hex8(reference));
  }
});

tests("a key of one cipher does not answer for another, though the values are the same", () => {
  const given = challenge();
  const wrong = send(card, authenticate(0x15, encipher("aes-128-ecb", TWIN, given)));
  assert.is(wrong.sw, swTriesLeft(2));
  accept(card, authenticate(0x15, encipher("sm4-ecb", TWIN, challenge())));
});

tests("one key never answers for another, local or of the root", () => {
  accept(card, selectFid(FID_DF));
  const keys = [
    [AES_KEY.reference, AES_KEY.value],
    [0x08, TWIN],
    [DF_KEY.reference, DF_KEY.value],
  ] as const;
  for (const [asked] of keys) {
    for (const [reference, value] of keys) {
      const before = card.snapshot();
      const { sw } = send(card, authenticate(asked, encipher("aes-128-ecb", value, challenge())));
      assert.is(
        sw,
        asked === reference ? SW_SUCCESS : swTriesLeft(2),
        `${asked} with ${reference}`,
      );
      card.restore(before);
    }
  }
});

tests("one PIN never answers for another, local or of the root", () => {
  accept(card, selectFid(FID_DF));
  const pins = [
    [0x00, ROOT_PIN],
    [TWIN_REFERENCE, TWIN],
    [0x80, DF_PIN],
  ] as const;
  for (const [asked] of pins) {
    for (const [reference, value] of pins) {
      const before = card.snapshot();
      const { sw } = send(card, verify(asked, value));
      assert.is(
        sw,
        asked === reference ? SW_SUCCESS : swTriesLeft(2),
        `${asked} with ${reference}`,
      );
      card.restore(before);
    }
  }
});

tests("no reference of a DF without secrets finds those of the root or of another DF", () => {
  accept(card, selectFid(FID_OTHER_DF));
  for (let reference = 0x80; reference <= 0x9f; reference++) {
    const answer = encipher("aes-128-ecb", AES_KEY.value, challenge());
    refuse(card, authenticate(reference, answer), SW_REFERENCED_DATA_NOT_FOUND, hex8(reference));
    if (reference > 0x8f) continue;
    refuse(card, verify(reference, ROOT_PIN), SW_REFERENCED_DATA_NOT_FOUND, hex8(reference));
  }
});

tests(
  "no file identifier and no short identifier reaches a PIN, a key or the table of files",
  () => {
    const known = new Set<string>();
    // What objects of the application are numbered with, and all short identifiers.
    for (const fid of [0x0000, 0x0100, 0x0200, 0x1000, 0x1001, 0x1007, 0x2000, 0x2007, 0xf0ff]) {
      const { sw } = send(card, selectFid(fid));
      assert.is(sw, SW_FILE_NOT_FOUND);
    }
    for (let sfi = 1; sfi <= 30; sfi++) {
      const { data } = send(card, apdu(0, INS_READ_BINARY, 0x80 | sfi, 0, "", 0));
      known.add(hex(data));
    }
    for (const content of known) {
      for (const secret of [TWIN, AES_KEY.value, ROOT_PIN]) assert.not.ok(content.includes(secret));
    }
    answers(card, apdu(0, INS_SELECT, 0, 0x0c, ""), "");
  },
);

tests.run();
