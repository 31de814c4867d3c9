// GET DATA of what a domain makes up itself: keys of every form, counters, resources, applications.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AID_PKI } from "../../../applets/identity/spec.ts";
import {
  TAG_2F00_APPLICATIONS,
  TAG_4F_AID,
  TAG_42_IIN,
  TAG_61_APPLICATION,
  TAG_66_CARD_DATA,
  TAG_C1_SEQUENCE_COUNTER,
  TAG_D3_SECURITY_LEVEL,
  TAG_E0_KEY_INFORMATION,
  TAG_FF21_RESOURCES,
} from "../../../applets/security-domain/spec.ts";
import { AID_SSSE } from "../../../applets/social-security/spec.ts";
import { putPublicKey } from "../../../personalization/scp03/put-key.ts";
import { TAG_C9_PARAMETERS } from "../../../runtime/spec/content.ts";
import {
  CLA_PROPRIETARY,
  INS_GET_DATA,
  INS_GET_DATA_ODD,
  INS_STORE_DATA,
} from "../../../runtime/spec/instructions.ts";
import {
  KEY_FORM_AES_24,
  KEY_FORM_AES_32,
  KVN_DAP,
  LEVEL_AUTHENTICATED,
  LEVEL_C_MAC,
} from "../../../runtime/spec/secure-channel.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_WRONG_LENGTH,
} from "../../../runtime/spec/status-words.ts";
import { SLOT_DATA_BYTES } from "../../../runtime/spec/store.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { hex8, openChannel, selectApplication } from "../../helpers/secure-channel.ts";
import { AID_FILES, tlv } from "../filesystem/file-tree.ts";
import {
  DOMAIN_MODULE,
  deleteCommand,
  does,
  enter,
  ISSUER,
  install,
  installDomain,
  load,
  managedCard,
  OTHER_DOMAIN,
  SECURITY_DOMAIN,
  SUPPLEMENTARY,
  SUPPLEMENTARY_KEYS,
  TINY,
  tinyPackage,
} from "./managed-card.ts";

const on = await managedCard();
const { card } = on;
const ready = card.snapshot();
const tests = suite("GET DATA");
tests.before.each(async () => {
  card.restore(ready);
  on.channel = await openChannel(card);
});

const get = (tag: number, cla: number = CLA_PROPRIETARY, data = "", ins = INS_GET_DATA) =>
  apdu(cla, ins, tag >> 8, tag & 0xff, data, 0);
/** A base point of P-256 is a point as good as any. */
const POINT = bytes(
  "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296" +
    "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5",
);

const threeKeys = (version: number, length: number) =>
  [1, 2, 3]
    .map((identifier) => `c004${hex8(identifier)}${hex8(version)}88${hex8(length)}`)
    .join("");

tests("the key information template shows AES keys of each length, and a public key", async () => {
  for (const [length, form] of [
    [16, undefined],
    [24, KEY_FORM_AES_24],
    [32, KEY_FORM_AES_32],
  ] as const) {
    card.restore(ready);
    on.channel = await openChannel(card);
    const keys = (form === undefined ? "" : hex8(form)) + "5A".repeat(3 * length);
    const parameters = tlv(TAG_C9_PARAMETERS, hex8(0x30) + keys);
    does(
      on,
      install({
        module: DOMAIN_MODULE,
        aid: SUPPLEMENTARY,
        privileges: SECURITY_DOMAIN,
        parameters,
      }),
    );
    accept(card, selectApplication(SUPPLEMENTARY));
    answers(card, get(TAG_E0_KEY_INFORMATION), `e012${threeKeys(0x30, length)}`);
  }
  await enter(on, ISSUER);
  await putPublicKey(on.channel, 0, KVN_DAP, POINT);
  const all = `c00601${hex8(KVN_DAP)}b040f000${threeKeys(0xff, 16)}`;
  assert.is(does(on, get(TAG_E0_KEY_INFORMATION)), tlv(TAG_E0_KEY_INFORMATION, all).toLowerCase());
});

tests("a domain without keys shows none, and no sequence counter", () => {
  does(on, installDomain(OTHER_DOMAIN, SECURITY_DOMAIN));
  accept(card, selectApplication(OTHER_DOMAIN));
  answers(card, get(TAG_E0_KEY_INFORMATION), "e000");
  refuse(card, get(TAG_C1_SEQUENCE_COUNTER), SW_REFERENCED_DATA_NOT_FOUND);
});

tests("the sequence counter is that of the domain's keys, and counts sessions", async () => {
  does(on, installDomain(SUPPLEMENTARY, SECURITY_DOMAIN, SUPPLEMENTARY_KEYS));
  card.reset();
  answers(card, get(TAG_C1_SEQUENCE_COUNTER), "c103000002");
  await openChannel(card);
  card.reset();
  answers(card, get(TAG_C1_SEQUENCE_COUNTER), "c103000003");
  answers(card, get(TAG_C1_SEQUENCE_COUNTER, 0), "000003");
  accept(card, selectApplication(SUPPLEMENTARY));
  answers(card, get(TAG_C1_SEQUENCE_COUNTER), "c103000000");
});

tests("the security level is that of the session, 00 without one", () => {
  const level = LEVEL_AUTHENTICATED | LEVEL_C_MAC;
  assert.is(does(on, get(TAG_D3_SECURITY_LEVEL)), `d301${hex8(level)}`);
  card.reset();
  answers(card, get(TAG_D3_SECURITY_LEVEL), "d30100");
});

/** Applications and free bytes of memory, as FF21 has them. RAM is not told: it is each instance's own. */
function resources(): { applications: number; store: number; packages: number } {
  const answer = does(on, get(TAG_FF21_RESOURCES));
  const [, ...numbers] = answer.match(/^ff21108102(.{4})8204(.{8})c204(.{8})$/)!;
  const [applications, store, packages] = numbers.map((text) => Number.parseInt(text, 16));
  return { applications: applications!, store: store!, packages: packages! };
}

tests("the card's resources are applications, room for data, and room for a package", () => {
  const { pageBytes, packagePages } = card.image.manifest.chip;
  const before = resources();
  assert.is(before.applications, 3);
  assert.is(before.packages, packagePages * pageBytes);
  load(on, tinyPackage());
  const loaded = resources();
  assert.is(loaded.packages, before.packages - pageBytes);
  assert.is(loaded.store, before.store - SLOT_DATA_BYTES, "the package's row");
  does(on, install({ module: TINY }));
  assert.is(resources().applications, 4);
  assert.ok(resources().store < loaded.store);
  assert.is(resources().packages, loaded.packages);
  does(on, deleteCommand(TINY, 0x80));
  assert.equal(resources(), before);
});

const template = (aid: string) => tlv(TAG_61_APPLICATION, tlv(TAG_4F_AID, aid)).toLowerCase();

tests("2F00 lists the applications that the domain sees, in either instruction", () => {
  does(on, installDomain(SUPPLEMENTARY, SECURITY_DOMAIN, SUPPLEMENTARY_KEYS));
  card.reset();
  const all = [ISSUER, AID_FILES, AID_SSSE, AID_PKI, SUPPLEMENTARY].map(template).join("");
  answers(card, get(TAG_2F00_APPLICATIONS, CLA_PROPRIETARY, "5C00"), all);
  answers(card, get(TAG_2F00_APPLICATIONS, 0, "5C00", INS_GET_DATA_ODD), all);
  accept(card, selectApplication(SUPPLEMENTARY));
  answers(card, get(TAG_2F00_APPLICATIONS, CLA_PROPRIETARY, "5C00"), template(SUPPLEMENTARY));
  refuse(card, get(TAG_2F00_APPLICATIONS), SW_WRONG_LENGTH);
});

tests("data are each domain's own", async () => {
  does(on, apdu(CLA_PROPRIETARY, INS_STORE_DATA, 0x90, 0, "42020102"));
  does(on, installDomain(SUPPLEMENTARY, SECURITY_DOMAIN, SUPPLEMENTARY_KEYS));
  await enter(on, SUPPLEMENTARY, SUPPLEMENTARY_KEYS);
  does(on, get(TAG_42_IIN), SW_REFERENCED_DATA_NOT_FOUND);
  does(on, apdu(CLA_PROPRIETARY, INS_STORE_DATA, 0x90, 0, "420103"));
  assert.is(does(on, get(TAG_42_IIN)), "420103");
  accept(card, selectApplication(ISSUER));
  answers(card, get(TAG_42_IIN), "42020102");
  assert.is(hex(accept(card, get(TAG_66_CARD_DATA))).slice(0, 4), "6631");
});

tests.run();
