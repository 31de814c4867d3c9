// Keys and PINs of the asymmetric application, each put to every use that is not its own.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  FID_CERTIFICATE_ADF,
  KEY_ADMINISTRATION,
  KEY_SIGNING,
} from "../../../applets/identity/spec.ts";
import {
  KEY_USE_DECRYPT,
  KEY_USE_DERIVE,
  KEY_USE_ENCRYPT,
  KEY_USE_SIGN,
} from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES, CIPHER_SM4, CURVE_SM2 } from "../../../runtime/spec/chip.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_EXISTS,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { keyGrouping, sendThrough, storeData, through } from "../../helpers/secure-channel.ts";
import {
  authenticate,
  cardBeingMade,
  generate,
  identityCard,
  PIN,
  readPublicKey,
  selectAdf,
  sign,
  TREE,
  verify,
} from "./identity-card.ts";

const { card, publicKey } = await identityCard();
const start = card.snapshot();
const DIGEST = "00".repeat(32);
const all = KEY_USE_ENCRYPT | KEY_USE_DECRYPT | KEY_USE_DERIVE | KEY_USE_SIGN;
const local = { df: FID_CERTIFICATE_ADF, tries: 0 } as const;

const tests = suite("keys of the asymmetric application");
tests.before.each(() => card.restore(start));

tests("the signing key proves nobody, whatever is sent", () => {
  for (let turn = 0; turn < 20; turn++) {
    accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", 16));
    const proof = apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, KEY_SIGNING, "5a".repeat(16));
    refuse(card, proof, SW_CONDITIONS_NOT_SATISFIED);
  }
  refuse(card, generate(), SW_SECURITY_NOT_SATISFIED);
  answers(card, readPublicKey, `0100${publicKey}`);
});

tests("neither the PIN nor the administration key does the other's work", () => {
  accept(card, authenticate(card));
  refuse(card, sign(DIGEST), SW_SECURITY_NOT_SATISFIED);
  card.restore(start);
  accept(card, verify(PIN));
  refuse(card, generate(), SW_SECURITY_NOT_SATISFIED);
});

tests("references of the root are not those of the DF", () => {
  accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", 16));
  const root = KEY_ADMINISTRATION & 0x7f;
  const proof = apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, root, "5a".repeat(16));
  refuse(card, proof, SW_REFERENCED_DATA_NOT_FOUND);
});

tests("a key that is sent never signs, and no pair is made in its place", async () => {
  for (const [cipher, uses] of [
    [CIPHER_SM4, all],
    [CIPHER_AES, KEY_USE_SIGN],
  ] as const) {
    const { card: made, channel } = await cardBeingMade();
    const key = keyGrouping({
      ...local,
      reference: KEY_SIGNING,
      cipher,
      uses,
      value: "11".repeat(16),
    });
    through(made, channel, storeData(TREE.length, key));
    through(made, channel, selectAdf);
    through(made, channel, generate(), SW_FILE_EXISTS);
    through(made, channel, verify(PIN));
    through(made, channel, sign(DIGEST), SW_CONDITIONS_NOT_SATISFIED);
  }
});

tests("no private key comes from outside", async () => {
  const { card: made, channel } = await cardBeingMade();
  for (const bytes of [16, 32, 48]) {
    const value = "11".repeat(bytes);
    const key = keyGrouping({
      ...local,
      reference: KEY_SIGNING,
      cipher: CURVE_SM2,
      uses: all,
      value,
    });
    through(made, channel, storeData(0, key), SW_WRONG_DATA);
  }
  through(made, channel, selectAdf);
  through(made, channel, generate());
  // What is there is not replaced by a key that is sent.
  const key = { ...local, reference: KEY_SIGNING, cipher: CIPHER_SM4, uses: all };
  const sent = storeData(0, keyGrouping({ ...key, value: "11".repeat(16) }));
  assert.is(sendThrough(made, channel, sent).sw, SW_FILE_EXISTS);
  through(made, channel, verify(PIN));
  assert.is(through(made, channel, sign(DIGEST)).length, 64);
});

tests.run();
