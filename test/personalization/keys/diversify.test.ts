// Diversification against the check vectors, through the key service that cards are made with.

import { createDecipheriv } from "node:crypto";
import { sm4 } from "sm-crypto-v2";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytes, hex, padZero } from "../../../personalization/bytes.ts";
import { FieldError, KeystoreError } from "../../../personalization/errors.ts";
import { encryptBlocks } from "../../../personalization/keys/block-cipher.ts";
import { deriveCardKey } from "../../../personalization/keys/card-keys.ts";
import { cityFactor, diversify, provinceFactor } from "../../../personalization/keys/diversify.ts";
import type { KeyKind } from "../../../personalization/keys/key-service.ts";
import {
  keyCheckValue,
  SoftwareKeyService,
} from "../../../personalization/keys/software-key-service.ts";
import {
  authenticationData,
  sessionKey,
  sessionMac,
} from "../../../personalization/social-security-authentication.ts";
import { rejection, thrown } from "../helpers/rejection.ts";
import { loadVectors } from "../helpers/vectors.ts";

interface SocialSecurityCase {
  kind: KeyKind;
  root: string;
  city: string;
  card: string;
  session: string;
  authentication: string;
  macData: string;
  mac: string;
}
interface SocialSecurityFile {
  region: string;
  cityFactor: string;
  cardFactor: string;
  random: string;
  original: string;
  cases: SocialSecurityCase[];
}
interface CardKeyCase {
  master: string;
  context: string;
  enc: string;
  mac: string;
  dek: string;
}
interface CardKeyFile {
  whole: { master: string; context: string; enc: string };
  cases: CardKeyCase[];
}

const social = loadVectors<SocialSecurityCase, SocialSecurityFile>(
  "social-security-diversification.json",
);
const cardKeys = loadVectors<CardKeyCase, CardKeyFile>("card-key-diversification.json");
const diversification = suite("diversification");

for (const vector of social.cases) {
  diversification(`${vector.kind}: city key, then card key`, () => {
    const city = diversify(vector.kind, bytes(vector.root), cityFactor(social.region));
    assert.is(hex(city), vector.city);
    assert.is(hex(diversify(vector.kind, city, bytes(social.cardFactor))), vector.card);
  });

  diversification(
    `${vector.kind}: the service derives the card key and authenticates`,
    async () => {
      const service = new SoftwareKeyService([
        { name: "root", kind: vector.kind, value: bytes(vector.root) },
      ]);
      const root = await service.open("root");
      const card = await service.derive(root, {
        method: "social-security",
        factors: [bytes(social.cityFactor), bytes(social.cardFactor)],
      });
      assert.is(
        hex(await service.checkValue(card)),
        hex(keyCheckValue(vector.kind, bytes(vector.card))),
      );
      const random = bytes(social.random);
      assert.is(hex(await sessionKey(service, card, random)), vector.session);
      const data = await authenticationData(service, card, random, bytes(social.original));
      assert.is(hex(data), vector.authentication);
      assert.is(
        hex(sessionMac(vector.kind, bytes(vector.session), bytes(vector.macData))),
        vector.mac,
      );
    },
  );
}

diversification("a key wrapped under an AES key comes back, filled with 00", async () => {
  const service = new SoftwareKeyService([
    { name: "dek", kind: "aes", value: bytes("000102030405060708090A0B0C0D0E0F") },
    { name: "tdes", kind: "tdes", value: bytes("0123456789ABCDEFFEDCBA9876543210") },
    { name: "aes192", kind: "aes", value: bytes(`${"00".repeat(23)}01`) },
  ]);
  const dek = await service.open("dek");
  for (const name of ["tdes", "aes192"]) {
    const wrapped = await service.wrap(dek, await service.open(name));
    const decipher = createDecipheriv(
      "aes-128-cbc",
      bytes("000102030405060708090A0B0C0D0E0F"),
      Buffer.alloc(16),
    ).setAutoPadding(false);
    const plain =
      name === "tdes" ? bytes("0123456789ABCDEFFEDCBA9876543210") : bytes(`${"00".repeat(23)}01`);
    assert.is(hex(Uint8Array.from(decipher.update(wrapped))), hex(padZero(plain, 16)));
  }
});

diversification("a released key is dead; a named one stays", async () => {
  const value = bytes("0123456789ABCDEFFEDCBA9876543210");
  const service = new SoftwareKeyService([{ name: "root", kind: "sm4", value }]);
  const root = await service.open("root");
  const child = await service.derive(root, {
    method: "social-security",
    factors: [new Uint8Array(8)],
  });
  await service.release(child);
  await service.release(root);
  assert.instance(await rejection(service.checkValue(child)), KeystoreError);
  assert.is((await service.checkValue(root)).length, 3);
  assert.not.match(JSON.stringify(root) + String(root), /0123456789/i);
});

diversification("a missing key is named, with those that are there", async () => {
  const value = bytes("0123456789ABCDEFFEDCBA9876543210");
  const service = new SoftwareKeyService([{ name: "root", kind: "sm4", value }]);
  const error = await rejection(service.open("rot"));
  assert.is(error.message, 'the keystore has no key "rot"; it has: root');
});

diversification("a kind that does not fit the operation is refused", async () => {
  const value = bytes("0123456789ABCDEFFEDCBA9876543210");
  const service = new SoftwareKeyService([{ name: "root", kind: "sm4", value }]);
  const root = await service.open("root");
  assert.instance(await rejection(service.cmac(root, value)), KeystoreError);
  const derivation = { method: "sp800-108", purpose: "enc", context: new Uint8Array(10) } as const;
  assert.instance(await rejection(service.derive(root, derivation)), KeystoreError);
});

diversification("Zhejiang forms the city factor from four digits", () => {
  assert.is(Buffer.from(cityFactor("330106")).toString("latin1"), "330100sx");
  assert.is(Buffer.from(cityFactor("320106")).toString("latin1"), "320106sx");
  assert.is(hex(provinceFactor("510100")), "3531303030307368");
  assert.instance(
    thrown(() => cityFactor("51010")),
    FieldError,
  );
});

diversification("SM4 blocks agree with a second implementation", () => {
  const key = bytes("0123456789ABCDEFFEDCBA9876543210");
  const data = bytes("00112233445566778899AABBCCDDEEFF0123456789ABCDEF0011223344556677");
  const other = sm4.encrypt(data, hex(key).toLowerCase(), {
    mode: "ecb",
    padding: "none",
    output: "array",
  });
  assert.is(hex(encryptBlocks("sm4", "ecb", key, data)), hex(Uint8Array.from(other)));
  const iv = "0".repeat(32);
  const chained = sm4.encrypt(data, hex(key).toLowerCase(), {
    mode: "cbc",
    iv,
    padding: "none",
    output: "array",
  });
  assert.is(hex(encryptBlocks("sm4", "cbc", key, data)), hex(Uint8Array.from(chained)));
});

for (const vector of cardKeys.cases) {
  diversification(`card keys of a master of ${vector.master.length / 2} bytes`, () => {
    for (const purpose of ["enc", "mac", "dek"] as const) {
      const key = deriveCardKey(bytes(vector.master), purpose, bytes(vector.context));
      assert.is(hex(keyCheckValue("aes", key)), vector[purpose]);
    }
  });
}

diversification("a card key byte for byte", () => {
  const { master, context, enc } = cardKeys.whole;
  assert.is(hex(deriveCardKey(bytes(master), "enc", bytes(context))), enc);
});

diversification.run();
