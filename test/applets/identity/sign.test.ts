import { sm2 } from "sm-crypto-v2";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AID_PKI } from "../../../applets/identity/spec.ts";
import {
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, refuse } from "../../helpers/card.ts";
import { writesOf } from "../../helpers/power-loss.ts";
import { selectApplication } from "../../helpers/secure-channel.ts";
import { loadVectors } from "../../helpers/vectors.ts";
import { selectFid } from "../filesystem/file-tree.ts";
import {
  authenticate,
  identityCard,
  PIN,
  reselect,
  selectAdf,
  sign,
  verify,
  WRONG_PIN,
} from "./identity-card.ts";

const { card, publicKey } = await identityCard();
const start = card.snapshot();
const DIGEST = loadVectors<{ digest: string }>("gm-t-0003-5").cases[0]!.digest;

const signing = suite("COMPUTE DIGITAL SIGNATURE");
signing.before.each(() => card.restore(start));

signing("signs a digest after the PIN, so that the public key verifies it", () => {
  accept(card, verify(PIN));
  const signature = accept(card, sign(DIGEST));
  assert.is(signature.length, 64);
  assert.ok(sm2.doVerifySignature(bytes(DIGEST), hex(signature), `04${publicKey}`));
});

signing("takes a PIN for each signature", () => {
  refuse(card, sign(DIGEST), SW_SECURITY_NOT_SATISFIED);
  accept(card, verify(PIN));
  accept(card, sign(DIGEST));
  refuse(card, sign(DIGEST), SW_SECURITY_NOT_SATISFIED);
  accept(card, verify(PIN));
  accept(card, sign("00".repeat(32)));
});

signing("takes no PIN that a wrong one, another DF, selection or reset has ended", () => {
  const ends: Record<string, () => void> = {
    "a wrong PIN": () => refuse(card, verify(WRONG_PIN), swTriesLeft(2)),
    "the root": () => {
      accept(card, selectFid(0x3f00));
      accept(card, selectAdf);
    },
    selection: () => {
      accept(card, selectApplication(AID_PKI));
      accept(card, selectAdf);
    },
    reset: () => reselect(card),
  };
  for (const [what, end] of Object.entries(ends)) {
    card.restore(start);
    accept(card, verify(PIN));
    end();
    refuse(card, sign(DIGEST), SW_SECURITY_NOT_SATISFIED, what);
  }
});

signing("is not the issuer's to use", () => {
  accept(card, authenticate(card));
  refuse(card, sign(DIGEST), SW_SECURITY_NOT_SATISFIED);
});

for (const [what, command, sw] of [
  ["another P1", sign(DIGEST, 0x80), SW_WRONG_P1P2],
  ["another P2", sign(DIGEST, 0x9e, 0xbc), SW_WRONG_P1P2],
  ["no digest", sign(""), SW_WRONG_LENGTH],
  ["a digest of 31 bytes", sign("00".repeat(31)), SW_WRONG_LENGTH],
  ["a digest of 33 bytes", sign("00".repeat(33)), SW_WRONG_LENGTH],
] as const) {
  signing(`refuses ${what}, and the PIN stays good for one signature`, () => {
    accept(card, verify(PIN));
    refuse(card, command, sw);
    accept(card, sign(DIGEST));
    refuse(card, sign(DIGEST), SW_SECURITY_NOT_SATISFIED);
  });
}

signing("writes nothing", () => {
  accept(card, verify(PIN));
  assert.equal(
    writesOf(card, () => void accept(card, sign(DIGEST))),
    [],
  );
});

signing.run();
