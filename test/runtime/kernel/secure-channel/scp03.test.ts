// SCP03 in every variant: each parameter i, both lengths of MACs, each length of keys, every level.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SecureChannelError } from "../../../../personalization/errors.ts";
import { SECURITY_LEVELS } from "../../../../personalization/scp03/secure-channel.ts";
import { MAX_RESPONSE_BYTES } from "../../../../runtime/spec/card-api.ts";
import {
  CLA_PROPRIETARY,
  CLA_SECURE,
  INS_EXTERNAL_AUTHENTICATE,
  INS_INITIALIZE_UPDATE,
} from "../../../../runtime/spec/instructions.ts";
import {
  LEVEL_R_ENCRYPTION,
  LEVEL_R_MAC,
  SCP03,
  SCP03_PSEUDO_RANDOM,
  SCP03_R_ENCRYPTION,
  SCP03_R_MAC,
  SCP03_S16,
} from "../../../../runtime/spec/secure-channel.ts";
import {
  SW_AUTHENTICATION_FAILED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import { accept, apdu, refuse, send } from "../../../helpers/card.ts";
import { hex8, openChannel, through } from "../../../helpers/secure-channel.ts";
import { loadVectors } from "../../../helpers/vectors.ts";
import { type VectorKeys, vectorCard } from "./vector-card.ts";

const KEYS: readonly VectorKeys[] = [16, 24, 32].map((length, index) => {
  const [enc, mac, dek] = [0x00, 0x10, 0x20].map((start) =>
    hex(Uint8Array.from({ length }, (_, i) => start + (i % 16))),
  );
  return { version: 0x31 + index, enc: enc!, mac: mac!, dek: dek! };
});
const VARIANTS = [0x00, 0x10, 0x20, 0x30, 0x60, 0x70].flatMap((i) => [i, i | SCP03_S16]);
/** What the card answers such a command with, over and over. */
const IDENTIFIER = bytes("BF3E125A1089882119900000000000000000000005");
const HOST = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";

const tests = suite("SCP03");
const echo = (data: string) => apdu(CLA_PROPRIETARY, 0x30, 0, 0, data, 0);

/** Whether responses can have what the level asks for. */
function speaks(i: number, level: number): boolean {
  if (level & LEVEL_R_ENCRYPTION) return (i & SCP03_R_ENCRYPTION) !== 0;
  return (level & LEVEL_R_MAC) === 0 || (i & SCP03_R_MAC) !== 0;
}

for (const i of VARIANTS) {
  const card = await vectorCard({ keys: KEYS, scp03: hex8(i) });
  const ready = card.snapshot();
  const bytesOf = i & SCP03_S16 ? 16 : 8;
  const hostChallenge = HOST.slice(0, 2 * bytesOf);
  const initialize = (version: number, data = hostChallenge) =>
    apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, version, 0, data, 0);
  const name = `i = ${hex8(i)}`;

  tests(`${name}: INITIALIZE UPDATE says i, and the counter where it counts`, () => {
    card.restore(ready);
    const pseudo = (i & SCP03_PSEUDO_RANDOM) !== 0;
    const challenges = new Set<string>();
    for (let count = 1; count <= 3; count++) {
      const data = accept(card, initialize(0x31));
      assert.is(data.length, 13 + 2 * bytesOf + (pseudo ? 3 : 0));
      assert.equal([...data.subarray(10, 13)], [0x31, SCP03, i]);
      if (pseudo) assert.is(hex(data.subarray(-3)), `00000${count}`);
      challenges.add(hex(data.subarray(13, 13 + bytesOf)));
    }
    assert.is(challenges.size, 3);
    refuse(card, initialize(0x31, HOST.slice(0, 48 - 2 * bytesOf)), SW_WRONG_LENGTH);
    refuse(card, initialize(0x34), SW_REFERENCED_DATA_NOT_FOUND);
  });

  for (const keys of KEYS) {
    tests(`${name}, keys of ${keys.enc.length / 2} bytes: every level that it has`, async () => {
      for (const level of SECURITY_LEVELS) {
        card.restore(ready);
        if (!speaks(i, level)) {
          accept(card, initialize(keys.version));
          const data = "00".repeat(2 * bytesOf);
          const command = apdu(0x84, INS_EXTERNAL_AUTHENTICATE, level, 0, data);
          refuse(card, command, SW_WRONG_P1P2, `level ${hex8(level)}`);
          continue;
        }
        const channel = await openChannel(card, level, keys, { hostChallenge });
        for (const length of [0, 1, 15, 16, 17, 31, 32, channel.maxData]) {
          const data = "5a".repeat(length);
          assert.is(hex(through(card, channel, echo(data))), data);
        }
        const command = channel.wrap(echo("0102"));
        const spoiled = command.with(-2, command.at(-2)! ^ 1);
        refuse(card, spoiled, SW_SECURITY_NOT_SATISFIED);
        refuse(card, command, SW_SECURITY_NOT_SATISFIED);
      }
    });
  }

  tests(`${name}: a wrong cryptogram and a replayed opening are refused`, async () => {
    card.restore(ready);
    const sent: Uint8Array[] = [];
    const { exchange } = card;
    card.exchange = (command) => {
      sent.push(command.slice());
      return exchange.call(card, command);
    };
    await openChannel(card, 0x01, KEYS[0], { hostChallenge });
    card.exchange = exchange;
    const [begin, authenticate] = sent as [Uint8Array, Uint8Array];
    // Recorded, then sent again: the card's challenge is another one.
    accept(card, begin);
    refuse(card, authenticate, SW_AUTHENTICATION_FAILED);
    refuse(card, authenticate, SW_CONDITIONS_NOT_SATISFIED);
    // The seed of the card, and so its random challenge, is as before.
    for (const at of [5, 5 + bytesOf - 1, 5 + bytesOf, -1]) {
      card.restore(ready);
      accept(card, begin);
      const spoiled = authenticate.with(at, authenticate.at(at)! ^ 0x80);
      refuse(card, spoiled, SW_AUTHENTICATION_FAILED, `byte ${at}`);
    }
    card.restore(ready);
    accept(card, begin);
    accept(card, authenticate);
  });
}

tests("the host names a level that the card's channel does not have", async () => {
  const card = await vectorCard({ keys: KEYS, scp03: "10" });
  const opened = openChannel(card, 0x11, KEYS[0]).then(
    () => undefined,
    (error: unknown) => error,
  );
  const error = await opened;
  assert.instance(error, SecureChannelError);
  assert.match((error as Error).message, /SCP03, i = 10\) has no security level 11/);
});

tests("the longest response has room for padding and a MAC of 16 bytes", async () => {
  const card = await vectorCard({ keys: KEYS, scp03: "71" });
  for (const level of [0x11, 0x33]) {
    const channel = await openChannel(card, level, KEYS[2], { hostChallenge: HOST });
    for (const length of [MAX_RESPONSE_BYTES, MAX_RESPONSE_BYTES - 1, 17, MAX_RESPONSE_BYTES]) {
      const fill = apdu(CLA_PROPRIETARY, 0xe0, length >> 8, length & 0xff, "", 0);
      const { data, sw } = await channel.transmit(fill);
      assert.is(sw, SW_SUCCESS);
      assert.is(data.length, length);
      assert.ok(data.every((byte, at) => byte === IDENTIFIER[at % IDENTIFIER.length]));
    }
  }
});

// The counter's block goes on where it was when responses are encrypted between commands without data.
tests("commands without data count, and their empty responses have a MAC", async () => {
  const card = await vectorCard({ keys: KEYS, scp03: "70" });
  const channel = await openChannel(card, 0x33, KEYS[0]);
  for (let n = 0; n < 300; n++) {
    const data = n % 3 === 0 ? "" : hex8(n & 0xff);
    assert.is(hex(through(card, channel, echo(data))), data);
  }
});

interface LongCase {
  readonly name: string;
  readonly enc: string;
  readonly mac: string;
  readonly cardChallenge: string;
  readonly cardCryptogram: string;
  readonly externalAuthenticate: string;
}

const derived = loadVectors<LongCase>("gpc-amendment-d-scp03-s16").cases;
for (const vector of derived) {
  tests(`16-byte mode, ${vector.name}: challenge, cryptogram and MAC`, async () => {
    const keys = { version: 0x30, enc: vector.enc, mac: vector.mac, dek: vector.mac };
    const card = await vectorCard({ keys: [keys], scp03: "71" });
    const answer = accept(card, apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, 0, 0, HOST, 0));
    assert.is(hex(answer.subarray(13, 29)), vector.cardChallenge.toLowerCase());
    assert.is(hex(answer.subarray(29, 45)), vector.cardCryptogram.toLowerCase());
    assert.is(hex(answer.subarray(45)), "000001");
    accept(card, vector.externalAuthenticate);
    refuse(card, echo("00"), SW_SECURITY_NOT_SATISFIED);
    assert.is(
      send(card, apdu(CLA_PROPRIETARY | CLA_SECURE, 0x30, 0, 0, bytes(HOST))).sw,
      SW_SECURITY_NOT_SATISFIED,
    );
  });
}

tests.run();
