// PUT KEY of every form of key, through channels of every kind; which key serves as what.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { StatusWordError } from "../../../../personalization/errors.ts";
import {
  keyCheckValue,
  SoftwareKeyService,
} from "../../../../personalization/keys/software-key-service.ts";
import { putKey, putKeys, putPublicKey } from "../../../../personalization/scp03/put-key.ts";
import type { SecureChannel } from "../../../../personalization/scp03/secure-channel.ts";
import {
  CLA_PROPRIETARY,
  INS_INITIALIZE_UPDATE,
  INS_PUT_KEY,
} from "../../../../runtime/spec/instructions.ts";
import { KEY_DEK, KEY_ENC, KEY_MAC } from "../../../../runtime/spec/secure-channel.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_P1P2,
} from "../../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../../helpers/bytes.ts";
import { accept, apdu, everyPowerCut, refuse, send } from "../../../helpers/card.ts";
import {
  hex8,
  keyService,
  openChannel,
  type StaticKeys,
  through,
  underDek,
} from "../../../helpers/secure-channel.ts";
import { type VectorKeys, vectorCard } from "./vector-card.ts";

type Keys = VectorKeys & StaticKeys;

/** Keys of a form under a version, all different. */
function makeKeys(version: number, length: number, kind: "aes" | "tdes" = "aes", seed = 0): Keys {
  const [enc, mac, dek] = [1, 2, 3].map((key) =>
    hex(
      Uint8Array.from({ length }, (_, i) => (version * 7 + key * 31 + i * 11 + seed * 13) & 0xfe),
    ),
  );
  return { version, kind, des: kind === "tdes", enc: enc!, mac: mac!, dek: dek! };
}

const AES_16 = makeKeys(0x31, 16);
const AES_32 = makeKeys(0x33, 32);
const DES = makeKeys(0x20, 16, "tdes");
const INITIAL = [AES_16, AES_32, DES];
const NEW = [
  makeKeys(0x41, 16),
  makeKeys(0x42, 24),
  makeKeys(0x43, 32),
  makeKeys(0x44, 16, "tdes"),
];
const POINT = bytes(`04${"A1".repeat(32)}${"B2".repeat(32)}`);
const PUBLIC_VERSION = 0x73;

const card = await vectorCard({ keys: INITIAL, scp03: "70", scp02: "15" });
const ready = card.snapshot();
const tests = suite("PUT KEY of every form");
tests.before.each(() => card.restore(ready));

const open = (keys: Keys, level = 0x03) => openChannel(card, level, keys, { scp02: true });
const initialize = (version: number) =>
  apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, version, 0, "00".repeat(8), 0);
const put = (replaced: number, p2: number, data: string) =>
  apdu(CLA_PROPRIETARY, INS_PUT_KEY, replaced, p2, data, 0);

/** A session with what its keys and others are known by. */
async function session(own: Keys, keys: Keys) {
  const channel = await open(own);
  const service = new SoftwareKeyService([
    ...(["enc", "mac", "dek"] as const).flatMap((name) => [
      { name: `own ${name}`, kind: own.kind ?? "aes", value: bytes(own[name]) },
      { name, kind: keys.kind ?? "aes", value: bytes(keys[name]) },
    ]),
  ]);
  const [dek, ...set] = await Promise.all(
    ["own dek", "enc", "mac", "dek"].map((name) => service.open(name)),
  );
  const named = { version: keys.version, enc: set[0]!, mac: set[1]!, dek: set[2]! };
  return { channel, service, dek: dek!, set: named };
}

/** Whether a channel opens with these keys and takes an encrypted command. */
async function opens(keys: Keys): Promise<boolean> {
  card.reset();
  try {
    const channel = await open(keys);
    const echo = apdu(CLA_PROPRIETARY, 0x30, 0, 0, "0102", 0);
    return send(card, channel.wrap(echo)).sw === SW_SUCCESS;
  } catch {
    return false;
  }
}

async function refused(operation: Promise<void>, sw: number): Promise<void> {
  const error = await operation.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, StatusWordError);
  assert.is((error as StatusWordError).sw, sw);
}

for (const own of INITIAL) {
  const through = `${own.kind} of ${own.enc.length / 2} bytes`;
  for (const keys of NEW) {
    tests(
      `through a session of ${through}: a set of ${keys.kind}, ${keys.enc.length / 2}`,
      async () => {
        const { channel, service, dek, set } = await session(own, keys);
        await putKeys(channel, service, dek, 0, set);
        assert.ok(await opens(keys));
        assert.ok(await opens(own));
      },
    );
  }
}

tests("every set opens a channel under its own version alone", async () => {
  for (const keys of NEW) {
    const { channel, service, dek, set } = await session(AES_16, keys);
    await putKeys(channel, service, dek, 0, set);
  }
  const all = [...INITIAL, ...NEW];
  for (const keys of all) {
    for (const other of all) {
      const opened = await opens({ ...keys, version: other.version });
      assert.is(opened, keys === other, `${hex8(keys.version)} as ${hex8(other.version)}`);
    }
  }
});

tests("keys that come one by one are a set when the third is there", async () => {
  const keys = makeKeys(0x45, 24);
  for (const [identifier, name] of [
    [KEY_ENC, "enc"],
    [KEY_MAC, "mac"],
    [KEY_DEK, "dek"],
  ] as const) {
    card.reset();
    refuse(card, initialize(keys.version), SW_REFERENCED_DATA_NOT_FOUND);
    const { channel, service, dek, set } = await session(AES_16, keys);
    await putKey(channel, service, dek, 0, keys.version, identifier, set[name]);
    // There now: it can be replaced, not added.
    await refused(
      putKey(channel, service, dek, 0, keys.version, identifier, set[name]),
      SW_WRONG_DATA,
    );
  }
  assert.ok(await opens(keys));
});

tests("one key is replaced: the others stay, and so does the counter of AES keys", async () => {
  for (const own of [AES_32, DES]) {
    card.restore(ready);
    const fresh = makeKeys(own.version, own.enc.length / 2, own.kind, 1);
    const { channel, service, dek, set } = await session(own, fresh);
    await putKey(channel, service, dek, own.version, own.version, KEY_MAC, set.mac);
    card.reset();
    const answer = accept(card, initialize(own.version));
    if (own === DES) assert.is(hex(answer.subarray(12, 14)), "0000");
    else assert.is(hex(answer.subarray(-3)), "000002");
    assert.not.ok(await opens(own));
    assert.ok(await opens({ ...own, mac: fresh.mac }));
  }
});

tests(
  "a whole set is replaced, in place or under another version: it counts from zero",
  async () => {
    for (const version of [AES_32.version, 0x55]) {
      card.restore(ready);
      const fresh = { ...makeKeys(AES_32.version, 32, "aes", 1), version };
      const { channel, service, dek, set } = await session(AES_32, fresh);
      await putKeys(channel, service, dek, AES_32.version, set);
      card.reset();
      assert.is(hex(accept(card, initialize(version)).subarray(-3)), "000001");
      assert.ok(await opens(fresh));
      assert.not.ok(await opens(AES_32));
    }
  },
);

tests("keys keep their form when they are replaced", async () => {
  const forms = [makeKeys(0x31, 24), makeKeys(0x31, 32), makeKeys(0x31, 16, "tdes")];
  for (const keys of forms) {
    const { channel, service, dek, set } = await session(AES_16, keys);
    await refused(putKeys(channel, service, dek, 0x31, set), SW_WRONG_DATA);
    await refused(putKey(channel, service, dek, 0x31, 0x31, KEY_MAC, set.mac), SW_WRONG_DATA);
    await refused(putPublicKey(channel, 0x31, 0x31, POINT), SW_WRONG_DATA);
  }
  assert.ok(await opens(AES_16));
});

tests("a key does not leave its set, nor one that is not there come back", async () => {
  const keys = makeKeys(0x55, 16);
  const { channel, service, dek, set } = await session(AES_16, keys);
  await refused(putKey(channel, service, dek, 0x31, 0x55, KEY_MAC, set.mac), SW_WRONG_DATA);
  await refused(putKey(channel, service, dek, 0, 0x55, KEY_MAC, set.mac), SW_WRONG_DATA);
  await refused(putKey(channel, service, dek, 0, 0x31, 4, set.mac), SW_WRONG_P1P2);
  await putKey(channel, service, dek, 0, 0x55, KEY_ENC, set.enc);
  await refused(putKey(channel, service, dek, 0x55, 0x55, KEY_MAC, set.mac), SW_WRONG_DATA);
  assert.ok(await opens(AES_16));
});

tests("a public key has a version of its own and opens no channel", async () => {
  let channel = await open(AES_16);
  await putPublicKey(channel, 0, PUBLIC_VERSION, POINT);
  card.reset();
  refuse(card, initialize(PUBLIC_VERSION), SW_REFERENCED_DATA_NOT_FOUND);
  channel = await open(AES_16);
  await refused(putPublicKey(channel, 0, PUBLIC_VERSION, POINT), SW_WRONG_DATA);
  await putPublicKey(channel, PUBLIC_VERSION, PUBLIC_VERSION, POINT.with(5, 0));
  const { service, set } = await keyService(AES_16);
  for (const identifier of [KEY_ENC, KEY_MAC]) {
    const added = putKey(channel, service, set.dek, 0, PUBLIC_VERSION, identifier, set.enc);
    await refused(added, SW_WRONG_DATA);
  }
});

const point = hex(POINT);
const MALFORMED: readonly [string, string][] = [
  ["a compressed point", `73b021${`02${"a1".repeat(32)}`}f0010000`],
  ["a point of 64 bytes", `73b040${point.slice(2)}f0010000`],
  ["a point that begins with 02", `73b04102${point.slice(2)}f0010000`],
  ["no curve", `73b041${point}00`],
  ["another curve", `73b041${point}f0010100`],
  ["a curve of two bytes", `73b041${point}f002000000`],
  ["a check value", `73b041${point}f0010003000000`],
  ["nothing behind the curve", `73b041${point}f00100`],
  ["a private key", `73b120${"a1".repeat(32)}f0010000`],
];

for (const [what, data] of MALFORMED) {
  tests(`a public key with ${what} is refused with 6a80`, async () => {
    const channel = await open(AES_16);
    through(card, channel, put(0, 1, data), SW_WRONG_DATA);
    through(card, channel, put(0, 1, `73b041${point}f0010000`));
  });
}

/** A key field with a block and a check value of the caller's. */
const field = (type: string, block: string, check: string) =>
  type + hex8(block.length / 2) + block + hex8(check.length / 2) + check;
const secret = "5a".repeat(16);
const check = hex(keyCheckValue("aes", bytes(secret)));
const sealed = underDek(secret, AES_16.dek);
const SHAPES: readonly [string, string, number][] = [
  ["with the length of the key before it", field("88", `10${sealed}`, check), SW_SUCCESS],
  ["bare, since it is whole blocks", field("88", sealed, check), SW_SUCCESS],
  ["that tells a length of 15", field("88", `0f${sealed}`, check), SW_WRONG_DATA],
  ["that tells a length of 17", field("88", `11${sealed}`, check), SW_WRONG_DATA],
  ["that tells no length", field("88", `00${sealed}`, check), SW_WRONG_DATA],
  ["of 17 bytes behind its length", field("88", `10${sealed}00`, check), SW_WRONG_DATA],
  ["of nothing", field("88", "", check), SW_WRONG_DATA],
  ["of one byte", field("88", "10", check), SW_WRONG_DATA],
  ["without a check value", field("88", `10${sealed}`, ""), SW_WRONG_DATA],
  ["with a check value of 2 bytes", field("88", `10${sealed}`, check.slice(2)), SW_WRONG_DATA],
  ["with a wrong check value", field("88", `10${sealed}`, "000000"), SW_SECURITY_NOT_SATISFIED],
  ["of a type that is none", field("85", `10${sealed}`, check), SW_WRONG_DATA],
  ["of DES with the check value of AES", field("80", sealed, check), SW_SECURITY_NOT_SATISFIED],
  ["cut short", `88${hex8(17)}10${sealed.slice(2)}`, SW_WRONG_DATA],
];

for (const [what, data, sw] of SHAPES) {
  tests(`a key block ${what}: ${sw.toString(16)}`, async () => {
    const channel = await open(AES_16);
    through(card, channel, put(0, 1, `71${data}`), sw);
    through(card, channel, put(0, 1, `72${field("88", `10${sealed}`, check)}`));
  });
}

tests("a refused key leaves those before it out too", async () => {
  const keys = makeKeys(0x45, 16);
  const channel = await open(AES_16);
  const one = (value: string, value2 = hex(keyCheckValue("aes", bytes(value)))) =>
    field("88", `10${underDek(value, AES_16.dek)}`, value2);
  const spoiled = `45${one(keys.enc)}${one(keys.mac)}${one(keys.dek, "000000")}`;
  through(card, channel, put(0, 0x81, spoiled), SW_SECURITY_NOT_SATISFIED);
  // Were one of them there, it could not be added.
  through(card, channel, put(0, 0x81, `45${one(keys.enc)}${one(keys.mac)}${one(keys.dek)}`));
  assert.ok(await opens(keys));
});

tests("PUT KEY of one key cut anywhere: the set is as before or as after", async () => {
  const fresh = makeKeys(AES_32.version, 32, "aes", 1);
  const { service, set } = await keyService({ ...AES_32, mac: fresh.mac });
  const sent: Uint8Array[] = [];
  const collect: Pick<SecureChannel, "transmit" | "sequence"> = {
    sequence: undefined,
    transmit: async (plain) => {
      sent.push(plain);
      return { data: new Uint8Array(), sw: SW_SUCCESS };
    },
  };
  const { version } = AES_32;
  await putKey(collect as SecureChannel, service, set.dek, version, version, KEY_MAC, set.mac);
  const channel = await open(AES_32);
  const command = channel.wrap(sent[0]!);
  const states: string[] = [];
  const cuts = everyPowerCut(
    card,
    () => accept(card, command),
    () => states.push(hex(accept(card, initialize(version)))),
  );
  assert.ok(cuts > 0);
  // The same counter and challenge, so two cryptograms: that of the old MAC key and of the new.
  assert.is(new Set(states).size, 2);
  assert.ok(await opens({ ...AES_32, mac: fresh.mac }));
});

tests("DES keys are refused where SCP02 is not spoken", async () => {
  const one = await vectorCard({ keys: [AES_16], scp03: "70" });
  const value = "5a".repeat(16);
  const desField = field(
    "80",
    underDek(value, AES_16.dek),
    hex(keyCheckValue("tdes", bytes(value))),
  );
  const channel = await openChannel(one, 0x03, AES_16);
  through(one, channel, put(0, 1, `71${desField}`), SW_WRONG_DATA);
  const other = await open(AES_16);
  through(card, other, put(0, 1, `71${desField}`));
});

tests.run();
