// SCP03 against the vectors of an independent implementation: every key length, every level.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytes, concat, hex } from "../../../personalization/bytes.ts";
import { SecureChannelError, StatusWordError } from "../../../personalization/errors.ts";
import { SoftwareKeyService } from "../../../personalization/keys/software-key-service.ts";
import {
  deriveSessionKeys,
  type KeySet,
  openSecureChannel,
} from "../../../personalization/scp03/open.ts";
import { putKeyData, putKeys } from "../../../personalization/scp03/put-key.ts";
import { rejection } from "../helpers/rejection.ts";
import { ScriptedCard } from "../helpers/scripted-card.ts";
import { loadVectors } from "../helpers/vectors.ts";

interface Case {
  name: string;
  keyBytes: number;
  level: string;
  keyVersion: string;
  initializeUpdate: string;
  initializeUpdateResponse: string;
  externalAuthenticate: string;
  commands: { plain: string; wrapped: string }[];
  firstResponse: string;
  firstResponsePlain: string;
}
interface VectorFile {
  derived: {
    sEnc: string;
    sMac: string;
    sRmac: string;
    checkValues: { enc: string; mac: string; dek: string };
  };
  cases: Case[];
}

const vectors = loadVectors<Case, VectorFile>("gpc-amendment-d-scp03.json");
const scp03 = suite("SCP03");

/** Key bytes start, start+1 .. start+15, repeated to `length`. */
function keyValue(start: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => start + (index % 16));
}

async function keySet(version: number, length: number): Promise<[SoftwareKeyService, KeySet]> {
  const service = new SoftwareKeyService([
    { name: "enc", kind: "aes", value: keyValue(0x00, length) },
    { name: "mac", kind: "aes", value: keyValue(0x10, length) },
    { name: "dek", kind: "aes", value: keyValue(0x20, length) },
  ]);
  const [enc, mac, dek] = await Promise.all(
    ["enc", "mac", "dek"].map((name) => service.open(name)),
  );
  return [service, { version, enc: enc!, mac: mac!, dek: dek! }];
}

function hostChallenge(vector: Case): Uint8Array {
  return bytes(vector.initializeUpdate.slice(10, 26));
}

/** The R-MAC of an empty response is not in the vectors, so unprotected errors stand in for them. */
function script(vector: Case): [string, string][] {
  return [
    [vector.initializeUpdate, `${vector.initializeUpdateResponse}9000`],
    [vector.externalAuthenticate, "9000"],
    ...vector.commands.map(({ wrapped }, index): [string, string] => [
      wrapped,
      index === 0 ? `${vector.firstResponse}9000` : "6A88",
    ]),
  ];
}

for (const vector of vectors.cases) {
  scp03(`${vector.name}: opens, wraps five commands and unwraps the first response`, async () => {
    const [service, keys] = await keySet(Number.parseInt(vector.keyVersion, 16), vector.keyBytes);
    const card = new ScriptedCard(script(vector));
    const level = Number.parseInt(vector.level, 16);
    const channel = await openSecureChannel(card, service, keys, level, hostChallenge(vector));
    const answers: string[] = [];
    for (const { plain } of vector.commands) {
      answers.push(hex((await channel.transmit(bytes(plain))).data));
    }
    assert.is(card.left, 0);
    assert.is(answers[0], vector.firstResponsePlain);
  });

  if (vector.level !== "03") {
    scp03(
      `${vector.name}: refuses a response with any bit of its MAC, data or SW turned`,
      async () => {
        const length = vector.firstResponse.length / 2;
        // First data byte, last MAC byte, and 9000 made a warning.
        for (const [at, turned] of [
          [0, 0x01],
          [length - 1, 0x80],
          [length, 0xf2],
        ] as const) {
          const [service, keys] = await keySet(
            Number.parseInt(vector.keyVersion, 16),
            vector.keyBytes,
          );
          const steps = script(vector);
          const altered = bytes(`${vector.firstResponse}9000`);
          altered[at]! ^= turned;
          steps[2] = [steps[2]![0], hex(altered)];
          const level = Number.parseInt(vector.level, 16);
          const card = new ScriptedCard(steps);
          const channel = await openSecureChannel(
            card,
            service,
            keys,
            level,
            hostChallenge(vector),
          );
          const error = await rejection(channel.transmit(bytes(vector.commands[0]!.plain)));
          assert.instance(error, SecureChannelError);
        }
      },
    );
  }
}

scp03("derives the session keys of the standard's constants", async () => {
  const [service, keys] = await keySet(0x30, 16);
  const first = vectors.cases[0]!;
  const context = concat(hostChallenge(first), bytes(first.initializeUpdateResponse.slice(26, 42)));
  const session = await deriveSessionKeys(service, keys, context);
  assert.equal(
    [hex(session.enc), hex(session.mac), hex(session.rmac)],
    [vectors.derived.sEnc, vectors.derived.sMac, vectors.derived.sRmac],
  );
});

scp03("check values are those of the vectors", async () => {
  const [service, keys] = await keySet(0x30, 16);
  const { enc, mac, dek } = vectors.derived.checkValues;
  assert.is(hex(await service.checkValue(keys.enc)), enc);
  assert.is(hex(await service.checkValue(keys.mac)), mac);
  assert.is(hex(await service.checkValue(keys.dek)), dek);
});

scp03("refuses a card that holds other keys, before it answers the card's challenge", async () => {
  const [service, keys] = await keySet(0x30, 16);
  const first = vectors.cases[0]!;
  const wrong = { ...keys, mac: keys.enc };
  const card = new ScriptedCard(script(first));
  const error = await rejection(
    openSecureChannel(card, service, wrong, 0x11, hostChallenge(first)),
  );
  assert.instance(error, SecureChannelError);
  assert.match(error.message, /card cryptogram is wrong for key version 30/);
  assert.is(card.left, script(first).length - 1);
});

scp03("names INITIALIZE UPDATE when the card knows no such key version", async () => {
  const [service, keys] = await keySet(0x30, 16);
  const first = vectors.cases[0]!;
  const card = new ScriptedCard([[first.initializeUpdate, "6A88"]]);
  const error = await rejection(openSecureChannel(card, service, keys, 0x11, hostChallenge(first)));
  assert.instance(error, StatusWordError);
  assert.is(error.message, "INITIALIZE UPDATE: card answered 6A88 (referenced data not found)");
});

scp03("refuses a level that the standard does not have", async () => {
  const [service, keys] = await keySet(0x30, 16);
  for (const level of [0x00, 0x02, 0x10, 0x23, 0x31]) {
    assert.instance(
      await rejection(openSecureChannel(new ScriptedCard([]), service, keys, level)),
      RangeError,
    );
  }
});

scp03("PUT KEY data carry three keys encrypted under the DEK with their check values", async () => {
  const [service, keys] = await keySet(0x30, 16);
  // AES-CBC under 20..2F with IV 0 of 00..0F, 10..1F, 20..2F by `openssl enc -aes-128-cbc -nopad`.
  const data = await putKeyData(service, keys.dek, 0x01, [keys.enc, keys.mac, keys.dek]);
  assert.is(
    hex(data),
    "01" +
      `881110${OPENSSL_ENC}03C35280` +
      `881110${OPENSSL_MAC}03013808` +
      `881110${OPENSSL_DEK}03840DE5`,
  );
});

scp03(
  "PUT KEY data of AES-192 keys are filled to whole blocks but tell the true length",
  async () => {
    const [service, keys] = await keySet(0x31, 24);
    const data = await putKeyData(service, keys.dek, 0x31, [keys.enc, keys.mac, keys.dek]);
    assert.equal([...data.subarray(0, 4)], [0x31, 0x88, 0x21, 0x18]);
    assert.is(data.length, 1 + 3 * (3 + 32 + 4));
  },
);

scp03("PUT KEY refuses a card that answers other check values", async () => {
  const [service, keys] = await keySet(0x30, 16);
  const first = vectors.cases[1]!; // level 03: responses travel bare
  const inner = new ScriptedCard(script(first).slice(0, 2));
  const answers = { at: 0 };
  const card = {
    reset: () => inner.reset(),
    transmit: (command: Uint8Array) =>
      answers.at++ < 2
        ? inner.transmit(command)
        : Promise.resolve(bytes("30C3528001380800000090 00")),
  };
  const channel = await openSecureChannel(card, service, keys, 0x03, hostChallenge(first));
  const error = await rejection(putKeys(channel, service, keys.dek, 0xff, keys));
  assert.instance(error, SecureChannelError);
});

const OPENSSL_ENC = "DB7CE67AF13DE57A95D922E5325ABF13";
const OPENSSL_MAC = "771098A6B78CB45C029CF1C0DDEE0F1B";
const OPENSSL_DEK = "CC0DD15B23E6829E05F6E417F464B699";

scp03.run();
