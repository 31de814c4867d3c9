// PUT KEY: adds a key set, replaces one; the old keys are gone; whole or not at all.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PUT_KEY_SET, TAG_E0_KEY_INFORMATION } from "../../../applets/security-domain/spec.ts";
import { keyCheckValue } from "../../../personalization/keys/software-key-service.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import { SECURITY_LEVELS } from "../../../personalization/scp03/secure-channel.ts";
import {
  CLA_PROPRIETARY,
  INS_GET_DATA,
  INS_INITIALIZE_UPDATE,
  INS_PUT_KEY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import {
  accept,
  answers,
  apdu,
  domainCard,
  everyPowerCut,
  refuse,
  send,
} from "../../helpers/card.ts";
import {
  hex8,
  hex16,
  openChannel,
  type StaticKeys,
  TRANSPORT_KEYS,
  through,
  underDek,
} from "../../helpers/secure-channel.ts";

const NEW: StaticKeys = {
  version: 0x30,
  enc: "000102030405060708090a0b0c0d0e0f",
  mac: "101112131415161718191a1b1c1d1e1f",
  dek: "202122232425262728292a2b2c2d2e2f",
};
const OTHER: StaticKeys = { ...NEW, version: 0x31, enc: "e1".repeat(16) };

const card = await domainCard();
const ready = card.snapshot();
let channel: SecureChannel;
const tests = suite("PUT KEY");
tests.before.each(async () => {
  card.restore(ready);
  channel = await openChannel(card, 0x33);
});

const checkValue = (key: string) => hex(keyCheckValue("aes", bytes(key)));
const keyField = (key: string, check = checkValue(key), dek = TRANSPORT_KEYS.dek) =>
  `881110${underDek(key, dek)}03${check}`;
const keysOf = ({ enc, mac, dek }: StaticKeys) => [enc, mac, dek];
const setOf = (keys: StaticKeys, dek?: string) =>
  hex8(keys.version) +
  keysOf(keys)
    .map((key) => keyField(key, checkValue(key), dek))
    .join("");
const putKey = (replaced: number, data: string, p2: number = PUT_KEY_SET) =>
  apdu(CLA_PROPRIETARY, INS_PUT_KEY, replaced, p2, data, 0);
const put = (replaced: number, keys: StaticKeys, sw: number = SW_SUCCESS) =>
  through(card, channel, putKey(replaced, setOf(keys)), sw);
const initialize = (version: number) =>
  apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, version, 0, "00".repeat(8), 0);
const information = apdu(CLA_PROPRIETARY, INS_GET_DATA, 0, TAG_E0_KEY_INFORMATION, "", 0);
const informationOf = (...versions: number[]) => {
  const keys = versions.flatMap((version) =>
    [1, 2, 3].map((id) => `c004${hex8(id)}${hex8(version)}8810`),
  );
  return `e0${hex8(keys.length * 6)}${keys.join("")}`;
};

tests("the check values are those of the published keys", () => {
  // Recorded with another implementation: first bytes of AES(key, 01..01).
  assert.equal(keysOf(NEW).map(checkValue), ["c35280", "013808", "840de5"]);
});

tests(
  "PUT KEY replaces the transport keys: the new ones open a channel, the old are gone",
  async () => {
    const answer = put(0xff, NEW);
    assert.is(hex(answer), `30${keysOf(NEW).map(checkValue).join("")}`);
    card.reset();
    answers(card, information, informationOf(0x30));
    refuse(card, initialize(0xff), SW_REFERENCED_DATA_NOT_FOUND);
    for (const level of SECURITY_LEVELS) await openChannel(card, level, NEW);
    card.powerOff();
    card.reset();
    await openChannel(card, 0x33, NEW);
    assert.is(accept(card, initialize(0))[10], 0x30);
  },
);

tests("the sequence counter of new keys begins at zero", () => {
  put(0xff, NEW);
  card.reset();
  assert.is(hex(accept(card, initialize(0x30)).subarray(29)), "000001");
});

tests("PUT KEY with P1 00 adds a set beside the others", async () => {
  put(0x00, NEW);
  put(0x00, OTHER);
  card.reset();
  answers(card, information, informationOf(0x30, 0x31, 0xff));
  for (const keys of [NEW, OTHER, TRANSPORT_KEYS]) await openChannel(card, 0x33, keys);
});

tests("PUT KEY replaces a set by one of the same version", async () => {
  put(0x00, NEW);
  const changed = { ...NEW, enc: OTHER.enc };
  put(0x30, changed);
  card.reset();
  await openChannel(card, 0x33, changed);
  const old = await openChannel(card, 0x01, NEW).then(
    () => "opened",
    () => "refused",
  );
  // The MAC keys are the same: the old ENC key fails at the first encrypted command only.
  assert.is(old, "opened");
});

tests("after its keys are replaced a session can bring no more keys", () => {
  put(0xff, NEW);
  put(0x00, OTHER, SW_CONDITIONS_NOT_SATISFIED);
  card.reset();
  answers(card, information, informationOf(0x30));
});

tests("keys that are put later are enciphered under the new DEK", async () => {
  put(0xff, NEW);
  card.reset();
  channel = await openChannel(card, 0x33, NEW);
  through(card, channel, putKey(0, setOf(OTHER)), SW_SECURITY_NOT_SATISFIED);
  through(card, channel, putKey(0, setOf(OTHER, NEW.dek)));
});

const field = (index: number, change: (text: string) => string) =>
  hex8(NEW.version) +
  keysOf(NEW)
    .map((key, i) => (i === index ? change(keyField(key)) : keyField(key)))
    .join("");

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["three keys as one (P2 01)", putKey(0, setOf(NEW), 0x01), SW_WRONG_DATA],
  ["a set that begins with MAC", putKey(0, setOf(NEW), 0x82), SW_WRONG_DATA],
  ["key identifier 00", putKey(0, setOf(NEW), 0x80), SW_WRONG_P1P2],
  ["key identifier 04", putKey(0, setOf(NEW), 0x84), SW_WRONG_P1P2],
  ["a chain (P1 81)", putKey(0x81, setOf(NEW)), SW_WRONG_P1P2],
  ["no data", putKey(0, ""), SW_WRONG_LENGTH],
  ["a byte too many", putKey(0, `${setOf(NEW)}00`), SW_WRONG_DATA],
  ["a byte too few", putKey(0, setOf(NEW).slice(0, -2)), SW_WRONG_DATA],
  ["version 00", putKey(0, setOf({ ...NEW, version: 0 })), SW_WRONG_DATA],
  ["version 80", putKey(0, setOf({ ...NEW, version: 0x80 })), SW_WRONG_DATA],
  [
    "a version to replace that is not there",
    putKey(0x22, setOf(NEW)),
    SW_REFERENCED_DATA_NOT_FOUND,
  ],
  ...[0, 1, 2].flatMap((index): [string, Uint8Array, number][] => [
    [
      `key ${index} of another type`,
      putKey(
        0,
        field(index, (t) => `80${t.slice(2)}`),
      ),
      SW_WRONG_DATA,
    ],
    [
      `key ${index} of another length`,
      putKey(
        0,
        field(index, (t) => `8812${t.slice(4)}`),
      ),
      SW_WRONG_DATA,
    ],
    [
      `key ${index} of 15 bytes`,
      putKey(
        0,
        field(index, (t) => `88110f${t.slice(6)}`),
      ),
      SW_WRONG_DATA,
    ],
    [
      `key ${index} without check value`,
      putKey(
        0,
        field(index, (t) => `${t.slice(0, 38)}00${t.slice(40)}`),
      ),
      SW_WRONG_DATA,
    ],
    [
      `key ${index} with a wrong check value`,
      putKey(
        0,
        field(index, (t) => `${t.slice(0, -2)}ff`),
      ),
      SW_SECURITY_NOT_SATISFIED,
    ],
  ]),
];

for (const [what, request, sw] of REFUSALS) {
  tests(`PUT KEY refuses ${what} with ${hex16(sw)}, changes no key, and works next`, async () => {
    through(card, channel, request, sw);
    assert.is(hex(through(card, channel, information)), informationOf(0xff));
    put(0xff, NEW);
    card.reset();
    await openChannel(card, 0x33, NEW);
  });
}

tests("PUT KEY refuses to add a version that is there, or to replace another by it", () => {
  put(0x00, NEW);
  put(0x00, { ...NEW, enc: OTHER.enc }, SW_WRONG_DATA);
  put(0xff, { ...NEW, enc: OTHER.enc }, SW_WRONG_DATA);
  assert.is(hex(through(card, channel, information)), informationOf(0x30, 0xff));
});

tests("PUT KEY without a session is refused", () => {
  card.reset();
  refuse(card, putKey(0, setOf(NEW)), SW_SECURITY_NOT_SATISFIED);
  answers(card, information, informationOf(0xff));
});

tests(
  "PUT KEY cut anywhere: the old keys open a channel, or the new; never both, never none",
  async () => {
    const command = channel.wrap(putKey(0xff, setOf(NEW)));
    const start = card.snapshot();
    const counts = { old: 0, new: 0 };
    const cuts = everyPowerCut(
      card,
      () => accept(card, command),
      (cut) => {
        const [old, fresh] = [0xff, 0x30].map((version) => send(card, initialize(version)).sw);
        assert.is.not(old, fresh, cut);
        if (old === SW_SUCCESS) counts.old++;
        else counts.new++;
        const version = old === SW_SUCCESS ? 0xff : 0x30;
        assert.is(hex(accept(card, information)), informationOf(version));
      },
    );
    assert.ok(cuts > 0 && counts.old > 0 && counts.new > 0, JSON.stringify(counts));
    // A card cut late in the command: its new keys are right.
    for (const cut of [0, cuts - 1]) {
      card.restore(start);
      card.cutPower(cut, cut === 0 ? "old" : "new");
      assert.throws(() => accept(card, command), /power was cut/);
      card.reset();
      await openChannel(card, 0x33, cut === 0 ? TRANSPORT_KEYS : NEW);
    }
  },
);

tests.run();
