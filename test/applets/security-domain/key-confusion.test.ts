// No key of the issuer domain serves as another, and none of it can be read.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DGI_8000_KEY, DGI_8010_PIN, FID_MF } from "../../../applets/filesystem/spec.ts";
import { AID_ISSUER_DOMAIN, PUT_KEY_SET } from "../../../applets/security-domain/spec.ts";
import { keyCheckValue } from "../../../personalization/keys/software-key-service.ts";
import { KEY_USE_ENCRYPT } from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES } from "../../../runtime/spec/chip.ts";
import {
  CLA_PROPRIETARY,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_DATA,
  INS_GET_STATUS,
  INS_PUT_KEY,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_INS_NOT_SUPPORTED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu, domainCard, refuse, send } from "../../helpers/card.ts";
import {
  grouping,
  hex8,
  keyGrouping,
  openChannel,
  type StaticKeys,
  selectApplication,
  storeData,
  through,
  underDek,
} from "../../helpers/secure-channel.ts";
import { AID_FILES } from "../filesystem/file-tree.ts";

const KEYS: StaticKeys = {
  version: 0x30,
  enc: "e0".repeat(16),
  mac: "ac".repeat(16),
  dek: "de".repeat(16),
};

const card = await domainCard();
const first = await openChannel(card);
through(card, first, putKey(KEYS, "404142434445464748494a4b4c4d4e4f", 0xff));
card.reset();
const ready = card.snapshot();
const tests = suite("kinds of secrets of the issuer domain");
tests.before.each(() => card.restore(ready));

function putKey(keys: StaticKeys, dek: string, replaced: number): Uint8Array {
  const fields = [keys.enc, keys.mac, keys.dek].map(
    (key) => `881110${underDek(key, dek)}03${hex(keyCheckValue("aes", bytes(key)))}`,
  );
  const data = hex8(keys.version) + fields.join("");
  return apdu(CLA_PROPRIETARY, INS_PUT_KEY, replaced, PUT_KEY_SET, data, 0);
}

/** Whether a host that holds these keys opens a channel and sends one encrypted command. */
async function opens(keys: StaticKeys): Promise<boolean> {
  card.restore(ready);
  try {
    const channel = await openChannel(card, 0x33, keys);
    const reply = channel.unwrap(
      send(card, channel.wrap(apdu(CLA_PROPRIETARY, INS_GET_STATUS, 0x80, 2, "4F00", 0))),
    );
    return reply.sw === SW_SUCCESS;
  } catch {
    return false;
  }
}

tests("the channel opens with ENC as ENC and MAC as MAC, in no other order", async () => {
  const { enc, mac, dek } = KEYS;
  for (const [e, m] of [
    [enc, mac],
    [mac, enc],
    [enc, enc],
    [mac, mac],
    [dek, mac],
    [enc, dek],
  ] as const) {
    const right = e === enc && m === mac;
    assert.is(await opens({ ...KEYS, enc: e, mac: m }), right, `${e.slice(0, 2)} ${m.slice(0, 2)}`);
  }
});

tests("a key comes under DEK, not under ENC or MAC", async () => {
  for (const wrong of [KEYS.enc, KEYS.mac]) {
    const channel = await openChannel(card, 0x33, KEYS);
    const keys = { ...KEYS, version: 0x31 };
    through(card, channel, putKey(keys, wrong, 0), SW_SECURITY_NOT_SATISFIED);
    through(card, channel, putKey(keys, KEYS.dek, 0));
    card.restore(ready);
  }
});

tests("no GET DATA reaches a key, whatever the tag", () => {
  const secrets = [KEYS.enc, KEYS.mac, KEYS.dek];
  // All tags of one byte, those of two that a card has, and the numbers of key objects.
  const tags = [...Array(256).keys(), ...Array.from({ length: 256 }, (_, i) => 0xf000 + i)];
  for (const tag of [...tags, 0x9f7f, 0x5f52, 0x0101]) {
    const { data } = send(card, apdu(CLA_PROPRIETARY, INS_GET_DATA, tag >> 8, tag & 0xff, "", 0));
    for (const secret of secrets) assert.not.ok(hex(data).includes(secret), hex8(tag));
  }
});

tests("the domain's keys are no keys and no PINs of an application, nor its own", () => {
  refuse(card, apdu(0, INS_VERIFY, 0, 0, KEYS.enc), SW_INS_NOT_SUPPORTED);
  accept(card, selectApplication(AID_FILES));
  for (let reference = 0; reference < 32; reference++) {
    refuse(
      card,
      apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, "00".repeat(16)),
      SW_REFERENCED_DATA_NOT_FOUND,
    );
  }
});

tests(
  "a PIN stored as a key and a key stored as a PIN are refused or are of the other kind",
  async () => {
    accept(card, selectApplication(AID_FILES));
    const channel = await openChannel(card, 0x03, KEYS);
    const secret = underDek("31323334", KEYS.dek);
    // A PIN's value is too short for any cipher.
    const asKey = `3F0000${hex8(CIPHER_AES)}${hex8(KEY_USE_ENCRYPT)}0304${secret}`;
    through(card, channel, storeData(0, grouping(DGI_8000_KEY, asKey)), SW_WRONG_DATA);
    const key = underDek(KEYS.enc, KEYS.dek);
    through(card, channel, storeData(0, grouping(DGI_8010_PIN, `3F00000310${key}`)));
    accept(card, selectApplication(AID_FILES));
    const authenticate = apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, 0, "00".repeat(16));
    refuse(card, authenticate, SW_REFERENCED_DATA_NOT_FOUND);
    accept(card, apdu(0, INS_VERIFY, 0, 0, KEYS.enc));
  },
);

tests("a channel to one application is none to another", async () => {
  accept(card, selectApplication(AID_FILES));
  const channel = await openChannel(card, 0x01, KEYS);
  const grouped = keyGrouping({
    df: FID_MF,
    reference: 1,
    cipher: CIPHER_AES,
    uses: KEY_USE_ENCRYPT,
    tries: 3,
    value: "00".repeat(16),
  });
  accept(card, selectApplication(AID_ISSUER_DOMAIN));
  assert.is.not(send(card, channel.wrap(storeData(0, grouped))).sw, SW_SUCCESS);
});

tests.run();
