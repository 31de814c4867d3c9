// SCP02 on a card that is configured for it: known answers, levels, what breaks a session, its counter.

import { createCipheriv } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Card } from "../../../../emulator/card.ts";
import { Scp02Messaging } from "../../../../personalization/scp02/messaging.ts";
import { deriveScp02Keys, scp02Cryptogram } from "../../../../personalization/scp02/session.ts";
import type { SecureChannel } from "../../../../personalization/scp03/secure-channel.ts";
import {
  CLA_PROPRIETARY,
  INS_EXTERNAL_AUTHENTICATE,
  INS_INITIALIZE_UPDATE,
  INS_STORE_DATA,
} from "../../../../runtime/spec/instructions.ts";
import {
  LEVEL_C_DECRYPTION,
  LEVEL_C_MAC,
  LEVEL_R_MAC,
  SCP02,
} from "../../../../runtime/spec/secure-channel.ts";
import {
  SW_AUTHENTICATION_FAILED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import { accept, answers, apdu, everyPowerCut, refuse, send } from "../../../helpers/card.ts";
import {
  hex8,
  keyService,
  openChannel,
  type StaticKeys,
  through,
} from "../../../helpers/secure-channel.ts";
import { loadVectors } from "../../../helpers/vectors.ts";
import {
  AID_VECTOR_CARD,
  type RecordedCommand,
  replay,
  type VectorKeys,
  vectorCard,
  withRandom,
} from "./vector-card.ts";

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
  readonly session: { readonly mac: string };
  readonly commands: readonly RecordedCommand[];
}

const { cases } = loadVectors<Case>("gpc-appendix-e-scp02");
const pySim = cases[0]!;

const KEYS: VectorKeys & StaticKeys = {
  version: 0x20,
  des: true,
  kind: "tdes",
  enc: pySim.enc,
  mac: pySim.mac,
  dek: pySim.dek,
};
const AES: VectorKeys & StaticKeys = { ...KEYS, version: 0x30, des: false, kind: "aes" };

const card = await vectorCard({ keys: [KEYS, AES], scp02: "15", scp03: "70" });
const ready = card.snapshot();
const tests = suite("SCP02");
tests.before.each(() => card.restore(ready));

const initialize = (data = "0102030405060708") =>
  apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, KEYS.version, 0, data, 0);
const echo = (data: string) => apdu(CLA_PROPRIETARY, 0x30, 0, 0, data, 0);
const open = (level: number): Promise<SecureChannel> =>
  openChannel(card, level, KEYS, { scp02: true });

/** Opens a session; what was sent for it, and the answer to INITIALIZE UPDATE. */
async function opening(one: Card, keys: StaticKeys) {
  const sent: Uint8Array[] = [];
  const answered: Uint8Array[] = [];
  const { exchange } = one;
  one.exchange = (command) => {
    sent.push(command.slice());
    const answer = exchange.call(one, command);
    answered.push(answer.slice());
    return answer;
  };
  await openChannel(one, LEVEL_C_MAC, keys, { scp02: true });
  one.exchange = exchange;
  const [begin, authenticate] = sent as [Uint8Array, Uint8Array];
  return { begin, authenticate, answer: answered[0]! };
}

/** One card for all cases with the same keys: their counters were reached by opening sessions. */
const cards = new Map<string, Card>();

for (const vector of cases) {
  tests(`${vector.name}: challenge given, the card answers byte for byte`, async () => {
    const version = Number.parseInt(vector.keyVersion, 16);
    const keys = { ...KEYS, version, enc: vector.enc, mac: vector.mac, dek: vector.dek };
    const one = cards.get(vector.enc) ?? (await vectorCard({ keys: [keys], scp02: "15" }));
    cards.set(vector.enc, one);
    const answer = vector.initializeUpdateResponse.toLowerCase();
    const before = (Number.parseInt(answer.slice(24, 28), 16) - 1).toString(16).padStart(4, "0");
    let count = "";
    while (count !== before) {
      const sent = await opening(one, keys);
      count = hex(sent.answer.subarray(12, 14));
    }
    const challenge = answer.slice(28, 40);
    const data = withRandom(one, challenge, () => accept(one, vector.initializeUpdate));
    // All but the diversification data and the key version, of which our card has its own.
    assert.is(hex(data).slice(22), answer.slice(22));
    answers(one, vector.externalAuthenticate, "");
    replay(one, vector.commands, true);
  });
}

tests(
  "i = 55: the challenge is the MAC of the application's AID under the session's MAC key",
  async () => {
    const one = await vectorCard({ keys: [KEYS], scp02: "55" });
    await openChannel(one, 1, KEYS, { scp02: true });
    const first = accept(one, initialize());
    // Counter 0001 and keys are those of the recorded card, so its session key is known.
    const key = bytes(pySim.session.mac);
    const des = (k: Uint8Array, data: Uint8Array) => {
      const cipher = createCipheriv("des-ede", k, null).setAutoPadding(false);
      return cipher.update(data);
    };
    const half = Buffer.concat([key.subarray(0, 8), key.subarray(0, 8)]);
    const chained = des(half, bytes(AID_VECTOR_CARD));
    const mac = des(
      key,
      Uint8Array.from(chained, (byte, i) => byte ^ (i === 0 ? 0x80 : 0)),
    );
    assert.is(hex(first.subarray(12, 14)), "0001");
    assert.is(hex(first.subarray(14, 20)), hex(mac.subarray(0, 6)));
  },
);

for (const level of [LEVEL_C_MAC, LEVEL_C_MAC | LEVEL_C_DECRYPTION]) {
  tests(
    `level ${hex8(level)}: data of every length up to two blocks arrive, and the longest`,
    async () => {
      const channel = await open(level);
      const lengths = [...Array(18).keys(), channel.maxData];
      for (const length of lengths) {
        const data = "A5".repeat(length);
        assert.is(hex(through(card, channel, echo(data))), data.toLowerCase());
      }
    },
  );

  tests(
    `level ${hex8(level)}: a wrong bit, a replay, a bare command break the session`,
    async () => {
      for (const at of [1, 2, 5, 12, -2]) {
        card.restore(ready);
        const channel = await open(level);
        const wrapped = channel.wrap(echo("0102"));
        const index = at < 0 ? wrapped.length + at : at;
        wrapped[index] = wrapped[index]! ^ 1;
        refuse(card, wrapped, SW_SECURITY_NOT_SATISFIED, `byte ${index}`);
        refuse(card, echo("00"), SW_SECURITY_NOT_SATISFIED);
      }
      card.restore(ready);
      let channel = await open(level);
      const command = channel.wrap(echo("0102"));
      accept(card, command);
      refuse(card, command, SW_SECURITY_NOT_SATISFIED);
      card.restore(ready);
      channel = await open(level);
      refuse(card, echo("0102"), SW_SECURITY_NOT_SATISFIED);
      refuse(card, channel.wrap(echo("0102")), SW_SECURITY_NOT_SATISFIED);
    },
  );
}

tests("level 03: padding that is none breaks the session", async () => {
  const host = await open(LEVEL_C_MAC);
  // A host of level 01 sends plain data under a good MAC; 8 bytes of it decrypt to no padding.
  card.restore(ready);
  const channel = await open(LEVEL_C_MAC | LEVEL_C_DECRYPTION);
  assert.ok(channel);
  refuse(card, host.wrap(echo("0102030405060708")), SW_SECURITY_NOT_SATISFIED);
});

tests("a command that fails does not stop the chain of MACs", async () => {
  const channel = await open(LEVEL_C_MAC);
  const refused = apdu(CLA_PROPRIETARY, INS_EXTERNAL_AUTHENTICATE, 0, 0, "00");
  through(card, channel, refused, SW_CONDITIONS_NOT_SATISFIED);
  assert.is(hex(through(card, channel, echo("0102"))), "0102");
});

tests("EXTERNAL AUTHENTICATE has no levels that protect responses, and its lengths", async () => {
  for (const level of [LEVEL_C_MAC | LEVEL_R_MAC, 0x13, 0x33, 0x02, 0x10]) {
    accept(card, initialize());
    const command = apdu(0x84, INS_EXTERNAL_AUTHENTICATE, level, 0, "00".repeat(16));
    refuse(card, command, SW_WRONG_P1P2, hex8(level));
  }
  accept(card, initialize());
  const short = apdu(0x84, INS_EXTERNAL_AUTHENTICATE, 1, 0, "00".repeat(15));
  refuse(card, short, SW_WRONG_LENGTH);
  refuse(card, initialize("00".repeat(16)), SW_WRONG_LENGTH);
});

tests("EXTERNAL AUTHENTICATE refuses a wrong cryptogram under a good MAC", async () => {
  const { service, set } = await keyService(KEYS);
  for (const spoil of [1, 0]) {
    card.restore(ready);
    const answer = accept(card, initialize());
    const sequence = answer.slice(12, 14);
    const session = await deriveScp02Keys(service, set, sequence);
    const host = scp02Cryptogram(session.enc, answer.slice(12, 20), bytes("0102030405060708"));
    host[0] = host[0]! ^ spoil;
    const command = apdu(CLA_PROPRIETARY, INS_EXTERNAL_AUTHENTICATE, LEVEL_C_MAC, 0, host);
    const wrapped = new Scp02Messaging(session, sequence).wrapAuthentication(command);
    if (spoil === 0) accept(card, wrapped);
    else refuse(card, wrapped, SW_AUTHENTICATION_FAILED);
  }
});

/** Sequence counter of the next session. */
const counter = () => hex(accept(card, initialize()).subarray(12, 14));

tests("the counter counts sessions that opened, and no others", async () => {
  assert.is(counter(), "0000");
  assert.is(counter(), "0000");
  const wrong = apdu(0x84, INS_EXTERNAL_AUTHENTICATE, 1, 0, "00".repeat(16));
  refuse(card, wrong, SW_AUTHENTICATION_FAILED);
  assert.is(counter(), "0000");
  await open(LEVEL_C_MAC);
  assert.is(counter(), "0001");
});

tests(
  "EXTERNAL AUTHENTICATE cut anywhere: its challenge never serves again once it was taken",
  async () => {
    // The host's answer to a challenge that the card makes twice: once to record it, once to cut it.
    const { begin, authenticate } = await opening(card, KEYS);
    card.restore(ready);
    accept(card, begin);
    const seen = new Set<string>();
    const cuts = everyPowerCut(
      card,
      () => accept(card, authenticate),
      () => seen.add(counter()),
    );
    assert.ok(cuts > 0);
    assert.equal([...seen].sort(), ["0000", "0001"]);
  },
);

tests("STORE DATA answers through the channel as it does without", async () => {
  const channel = await open(LEVEL_C_MAC | LEVEL_C_DECRYPTION);
  const reply = through(card, channel, apdu(CLA_PROPRIETARY, INS_STORE_DATA, 0x91, 0, "BF3E00", 0));
  assert.is(reply.length, 21);
});

tests("the keys of each protocol open a channel of it: the set says which", async () => {
  const answer = accept(
    card,
    apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, 0x20, 0, "00".repeat(8), 0),
  );
  assert.is(answer[11], SCP02);
  const other = accept(
    card,
    apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, 0x30, 0, "00".repeat(8), 0),
  );
  assert.is(other[11], 3);
  await openChannel(card, 0x33, AES);
});

tests("a card that is not configured for SCP02 takes no set of DES keys", async () => {
  await vectorCard({ keys: [AES], scp03: "70" });
  let failed = false;
  try {
    await vectorCard({ keys: [KEYS], scp03: "70" });
  } catch {
    failed = true;
  }
  assert.ok(failed);
});

tests("a card that speaks SCP02 alone knows no AES channel", async () => {
  const one = await vectorCard({ keys: [AES], scp02: "15" });
  assert.is.not(
    send(one, apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, 0x30, 0, "00".repeat(8), 0)).sw,
    SW_SUCCESS,
  );
});

tests.run();
