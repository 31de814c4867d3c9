import { sm2 } from "sm-crypto-v2";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  AID_PKI,
  CERTIFICATE_FILE_BYTES,
  NAME_CERTIFICATE_ADF,
  SFI_SIGNING_CERTIFICATE,
  TAG_7F49_PUBLIC_KEY,
  TAG_86_POINT,
} from "../../../applets/identity/spec.ts";
import {
  INS_READ_BINARY,
  INS_SELECT,
  INS_UPDATE_BINARY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_FILE_NOT_FOUND,
  SW_INS_NOT_SUPPORTED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_DATA,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { sweepCuts } from "../../helpers/power-loss.ts";
import { selectApplication, sendThrough, through } from "../../helpers/secure-channel.ts";
import { P1_BY_NAME, P2_NOTHING, tlv } from "../filesystem/file-tree.ts";
import {
  authenticate,
  cardBeingMade,
  generate,
  identityCard,
  PIN,
  readPublicKey,
  reselect,
  selectAdf,
  sign,
  verify,
} from "./identity-card.ts";

const { card, publicKey } = await identityCard();
const start = card.snapshot();
const made = await cardBeingMade();
const DIGEST = "5a".repeat(32);

const pairs = suite("GENERATE ASYMMETRIC KEY PAIR");
pairs.before.each(() => card.restore(start));

function signedBy(point: string): boolean {
  accept(card, verify(PIN));
  const signature = hex(accept(card, sign(DIGEST)));
  return sm2.doVerifySignature(Buffer.from(DIGEST, "hex"), signature, `04${point}`);
}

pairs("answers the public point, and anyone reads it from its file", () => {
  assert.is(publicKey.length, 128);
  answers(card, readPublicKey, `0100${publicKey}`);
  assert.ok(signedBy(publicKey));
  assert.ok(sm2.verifyPublicKey(`04${publicKey}`));
});

pairs("the answer is 7F49 { 86 { 04 x y } }, during personalization and by the issuer", () => {
  accept(card, authenticate(card));
  const reply = hex(accept(card, generate()));
  const point = reply.slice(-128);
  assert.is(
    reply,
    hex(Buffer.from(tlv(TAG_7F49_PUBLIC_KEY, tlv(TAG_86_POINT, `04${point}`)), "hex")),
  );
  assert.is.not(point, publicKey);
  answers(card, readPublicKey, `0100${point}`);
  assert.ok(signedBy(point));
});

pairs("the DF is found by its name, and the application by its AID", () => {
  accept(card, selectApplication(AID_PKI));
  accept(card, apdu(0, INS_SELECT, P1_BY_NAME, P2_NOTHING, NAME_CERTIFICATE_ADF));
  answers(card, readPublicKey, `0100${publicKey}`);
});

pairs("without the issuer's proof a finished card keeps its pair", () => {
  refuse(card, generate(), SW_SECURITY_NOT_SATISFIED);
  accept(card, verify(PIN));
  refuse(card, generate(), SW_SECURITY_NOT_SATISFIED);
  assert.ok(signedBy(publicKey));
});

for (const [what, command, sw] of [
  ["another P1", generate({ p1: 0x81 }), SW_WRONG_P1P2],
  ["another P2", generate({ p2: 0x01 }), SW_WRONG_P1P2],
  ["no data", generate({ data: "" }), SW_WRONG_DATA],
  ["another template", generate({ data: "b803840181" }), SW_WRONG_DATA],
  ["another key", generate({ data: "b603840182" }), SW_WRONG_DATA],
  ["a byte too many", generate({ data: "b60384018100" }), SW_WRONG_DATA],
  ["a length that lies", generate({ data: "b602840181" }), SW_WRONG_DATA],
  ["the proprietary class", generate({ cla: 0x80 }), SW_INS_NOT_SUPPORTED],
] as const) {
  pairs(`refuses ${what}`, () => {
    accept(card, authenticate(card));
    refuse(card, command, sw);
    assert.ok(signedBy(publicKey));
  });
}

pairs("in personalization it takes the secure channel, and the DF that has the file", () => {
  const fresh = made.card.snapshot();
  const outside = sendThrough(made.card, made.channel, generate());
  assert.is(outside.sw, SW_FILE_NOT_FOUND);
  through(made.card, made.channel, selectAdf);
  made.card.restore(fresh);
  accept(made.card, selectApplication(AID_PKI));
  accept(made.card, selectAdf);
  refuse(made.card, generate(), SW_SECURITY_NOT_SATISFIED);
  accept(made.card, verify(PIN));
  refuse(made.card, sign(DIGEST), SW_REFERENCED_DATA_NOT_FOUND, "a card without a pair");
});

pairs("after a power cut pair and file are both old or both new", () => {
  const seen = new Set<boolean>();
  const cuts = sweepCuts(card, {
    action: () => {
      accept(card, authenticate(card));
      accept(card, generate());
    },
    check: (_, cut) => {
      reselect(card);
      const point = hex(accept(card, readPublicKey)).slice(4);
      assert.ok(signedBy(point), `${cut}: the file is not that of the pair`);
      seen.add(point === publicKey);
    },
  });
  assert.ok(cuts > 20, `${cuts} cuts: this proves nothing`);
  assert.is(seen.size, 2);
});

pairs("the certificate is read by anyone and written by the issuer alone, up to its size", () => {
  const certificate = Buffer.alloc(CERTIFICATE_FILE_BYTES, 0x30);
  const write = (offset: number, data: Uint8Array): Uint8Array =>
    apdu(0, INS_UPDATE_BINARY, offset >> 8, offset & 0xff, data);
  // By its short identifier it becomes the current file.
  const byShort = (offset: number, le: number): Uint8Array =>
    apdu(0, INS_READ_BINARY, 0x80 | SFI_SIGNING_CERTIFICATE, offset, "", le);
  answers(card, byShort(0, 2), "0000");
  accept(card, verify(PIN));
  refuse(card, write(0, certificate.subarray(0, 10)), SW_SECURITY_NOT_SATISFIED);
  accept(card, authenticate(card));
  accept(card, write(0, certificate.subarray(0, 1000)));
  accept(card, write(1000, certificate.subarray(1000)));
  reselect(card);
  const first = accept(card, byShort(0, 1000));
  const rest = accept(card, apdu(0, INS_READ_BINARY, 1000 >> 8, 1000 & 0xff, "", 200));
  assert.is(hex(first) + hex(rest), hex(certificate));
});

pairs.run();
