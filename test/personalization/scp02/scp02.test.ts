// SCP02, host side, against the vectors of independent implementations.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytes, hex } from "../../../personalization/bytes.ts";
import { SecureChannelError } from "../../../personalization/errors.ts";
import {
  keyCheckValue,
  SoftwareKeyService,
} from "../../../personalization/keys/software-key-service.ts";
import { deriveScp02Keys } from "../../../personalization/scp02/session.ts";
import { type KeySet, openSecureChannel } from "../../../personalization/scp03/open.ts";
import { putKeyData } from "../../../personalization/scp03/put-key.ts";
import { rejection } from "../helpers/rejection.ts";
import { ScriptedCard } from "../helpers/scripted-card.ts";
import { loadVectors } from "../helpers/vectors.ts";

interface Case {
  readonly name: string;
  readonly enc: string;
  readonly mac: string;
  readonly dek: string;
  readonly keyVersion: string;
  readonly level: string;
  readonly initializeUpdate: string;
  readonly initializeUpdateResponse: string;
  readonly externalAuthenticate: string;
  readonly session: { readonly enc: string; readonly mac: string; readonly dek: string };
  readonly commands: readonly { readonly plain: string; readonly wrapped: string }[];
}

const { cases } = loadVectors<Case, { cases: Case[] }>("gpc-appendix-e-scp02.json");
const scp02 = suite("SCP02");
const ALLOWED = { scp02: true };

async function keySet(
  vector: Case,
  kind: "tdes" | "aes" = "tdes",
): Promise<[SoftwareKeyService, KeySet]> {
  const service = new SoftwareKeyService(
    (["enc", "mac", "dek"] as const).map((name) => ({ name, kind, value: bytes(vector[name]) })),
  );
  const [enc, mac, dek] = await Promise.all(
    ["enc", "mac", "dek"].map((name) => service.open(name)),
  );
  // P1 of the recorded command: some hosts leave the version to the card.
  const version = bytes(vector.initializeUpdate)[2]!;
  return [service, { version, enc: enc!, mac: mac!, dek: dek! }];
}

const hostChallenge = (vector: Case) => bytes(vector.initializeUpdate.slice(10, 26));
const script = (vector: Case): [string, string][] => [
  [vector.initializeUpdate, `${vector.initializeUpdateResponse}9000`],
  [vector.externalAuthenticate, "9000"],
  ...vector.commands.map(({ wrapped }): [string, string] => [wrapped, "6A88"]),
];

for (const vector of cases) {
  scp02(`${vector.name}: session keys, cryptograms and wrapped commands`, async () => {
    const [service, keys] = await keySet(vector);
    const sequence = bytes(vector.initializeUpdateResponse.slice(24, 28));
    const session = await deriveScp02Keys(service, keys, sequence);
    assert.is(hex(session.enc), vector.session.enc);
    assert.is(hex(session.mac), vector.session.mac);
    const dek = await service.derive(keys.dek, { method: "scp02-dek", sequence });
    const value = keyCheckValue("tdes", bytes(vector.session.dek));
    assert.is(hex(await service.checkValue(dek)), hex(value));
    const card = new ScriptedCard(script(vector));
    const level = Number.parseInt(vector.level, 16);
    const channel = await openSecureChannel(
      card,
      service,
      keys,
      level,
      hostChallenge(vector),
      ALLOWED,
    );
    for (const { plain } of vector.commands) await channel.transmit(bytes(plain));
    assert.is(card.left, 0);
  });
}

const first = cases[0]!;

scp02("is refused unless the caller allows it, before the card is answered", async () => {
  const [service, keys] = await keySet(first);
  const card = new ScriptedCard(script(first));
  const error = await rejection(openSecureChannel(card, service, keys, 1, hostChallenge(first)));
  assert.instance(error, SecureChannelError);
  assert.match(
    error.message,
    /speaks SCP02 under key version 70: triple DES, which is not allowed/,
  );
  assert.is(card.left, script(first).length - 1);
});

scp02("takes no AES keys", async () => {
  const [service, keys] = await keySet(first, "aes");
  const card = new ScriptedCard(script(first));
  const opened = openSecureChannel(card, service, keys, 1, hostChallenge(first), ALLOWED);
  assert.match((await rejection(opened)).message, /SCP02, which takes tdes keys, and "enc" is aes/);
});

scp02("has no levels that protect responses", async () => {
  for (const level of [0x11, 0x13, 0x33]) {
    const [service, keys] = await keySet(first);
    const card = new ScriptedCard(script(first));
    const opened = openSecureChannel(card, service, keys, level, hostChallenge(first), ALLOWED);
    assert.match((await rejection(opened)).message, /\(SCP02\) has no security level/);
  }
});

scp02("enciphers keys under the session's DEK, block by block", async () => {
  const [service, keys] = await keySet(first);
  const sequence = bytes("0001");
  const data = await putKeyData(service, keys.dek, 0x21, [keys.enc], sequence);
  // `openssl enc -des-ede -nopad -K 511DB767812597722109C867F9D7257A` of the ENC key; the check value
  // is the beginning of 8 zero bytes under it.
  assert.is(hex(data), `218010${OPENSSL_ENC}03${OPENSSL_CHECK}`);
});

const OPENSSL_ENC = "2DA70CD3A7D9148BC3A1BC830B7363EC";
const OPENSSL_CHECK = "E54A63";

scp02.run();
