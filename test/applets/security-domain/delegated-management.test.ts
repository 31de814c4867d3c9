// Delegated management: a domain that manages content needs the issuer's token for each act.
// GPC 2.3.1, 9.1.3.3, C.4 and 11.1.7; tokens are made by node:crypto.

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { suite } from "uvu";
import {
  AID_ISSUER_DOMAIN,
  DELETE_RELATED,
  TAG_4F_AID,
} from "../../../applets/security-domain/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import {
  INSTALL_AND_MAKE_SELECTABLE,
  INSTALL_FOR_EXTRADITION,
  TAG_9E_TOKEN,
} from "../../../runtime/spec/content.ts";
import {
  CLA_PROPRIETARY,
  INS_DELETE,
  INS_INSTALL,
  INS_PUT_KEY,
} from "../../../runtime/spec/instructions.ts";
import {
  PRIVILEGE_AUTHORIZED_MANAGEMENT,
  PRIVILEGE_DELEGATED_MANAGEMENT,
  PRIVILEGE_SECURITY_DOMAIN,
} from "../../../runtime/spec/privileges.ts";
import {
  KEY_PARAMETERS_P256,
  KEY_TYPE_ECC_PARAMETERS,
  KEY_TYPE_ECC_PUBLIC,
  KVN_TOKEN,
} from "../../../runtime/spec/secure-channel.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu, domainCard } from "../../helpers/card.ts";
import {
  hex8,
  openChannel,
  type StaticKeys,
  selectApplication,
  through,
} from "../../helpers/secure-channel.ts";

const DELEGATE = "A00000015153504401";
const MODULE_DOMAIN = "A0000001515350";
const MODULE_FILES = "F057616665720001";
const FILES = "F05761666572D1";
const OTHER = "F05761666572D2";
const KEY = "505152535455565758595A5B5C5D5E5F";
const DELEGATE_KEYS: StaticKeys = { version: 0x30, enc: KEY, mac: KEY, dek: KEY };
const ISSUER = generateKeyPairSync("ec", { namedCurve: "P-256" });
const STRANGER = generateKeyPairSync("ec", { namedCurve: "P-256" });

const lv = (value: string): string => hex8(bytes(value).length) + value;
const privilegesOf = (value: number): string => value.toString(16).padStart(6, "0");

/** 04 ‖ x ‖ y. */
function pointOf(key: KeyObject): string {
  const { x, y } = key.export({ format: "jwk" });
  return `04${hex(Buffer.from(x!, "base64url"))}${hex(Buffer.from(y!, "base64url"))}`;
}

/** The token over P1, P2, Lc and the data before it. */
function token(p1: number, p2: number, data: string, key = ISSUER.privateKey): string {
  const length = bytes(data).length;
  const message = bytes(`${hex8(p1)}${hex8(p2)}${hex8(length)}${data}`);
  return hex(sign("sha256", message, { key, dsaEncoding: "ieee-p1363" }));
}

const install = (data: string, signature: string, p1 = INSTALL_AND_MAKE_SELECTABLE) =>
  apdu(CLA_PROPRIETARY, INS_INSTALL, p1, 0, data + lv(signature), 0);
const installData = (aid: string): string =>
  [MODULE_FILES, MODULE_FILES, aid, "000000", "C900"].map(lv).join("");

let card: Card;
let channel: SecureChannel;

async function enter(aid: string, keys?: StaticKeys): Promise<void> {
  accept(card, selectApplication(aid));
  channel = await openChannel(card, 1, keys);
}

/** A card whose issuer knows a token key and made a domain that manages by delegation. */
async function prepare(): Promise<void> {
  card = await domainCard();
  await enter(AID_ISSUER_DOMAIN);
  const key = `${hex8(KEY_TYPE_ECC_PUBLIC)}41${pointOf(ISSUER.publicKey)}${hex8(KEY_TYPE_ECC_PARAMETERS)}01${hex8(KEY_PARAMETERS_P256)}00`;
  const put = apdu(CLA_PROPRIETARY, INS_PUT_KEY, 0, 1, hex8(KVN_TOKEN) + key, 0);
  through(card, channel, put);
  const privileges = PRIVILEGE_SECURITY_DOMAIN | PRIVILEGE_DELEGATED_MANAGEMENT;
  const keys = `30${KEY.repeat(3)}`;
  const fields = [
    MODULE_DOMAIN,
    MODULE_DOMAIN,
    DELEGATE,
    privilegesOf(privileges),
    `C9${lv(keys)}`,
  ];
  through(card, channel, install(fields.map(lv).join(""), ""));
  await enter(DELEGATE, DELEGATE_KEYS);
}

const tests = suite("delegated management");
await prepare();
const prepared = card!.snapshot();
tests.before.each(async () => {
  card.restore(prepared);
  await enter(DELEGATE, DELEGATE_KEYS);
});

tests("installs with the issuer's token, and the application belongs to the delegate", async () => {
  const data = installData(FILES);
  through(card, channel, install(data, token(INSTALL_AND_MAKE_SELECTABLE, 0, data)));
  accept(card, selectApplication(FILES));
});

tests("refuses an act without a token, or with one that does not fit, with 6982", () => {
  const data = installData(FILES);
  const good = token(INSTALL_AND_MAKE_SELECTABLE, 0, data);
  const refused: readonly [string, string][] = [
    ["no token", ""],
    ["a stranger's", token(INSTALL_AND_MAKE_SELECTABLE, 0, data, STRANGER.privateKey)],
    ["one for another application", token(INSTALL_AND_MAKE_SELECTABLE, 0, installData(OTHER))],
    ["one for another form", token(INSTALL_FOR_EXTRADITION, 0, data)],
    ["one that is cut short", good.slice(0, -2)],
    ["one with a bit changed", good.slice(0, -2) + hex8(Number.parseInt(good.slice(-2), 16) ^ 1)],
  ];
  for (const [what, signature] of refused) {
    through(card, channel, install(data, signature), SW_SECURITY_NOT_SATISFIED, what);
  }
  through(card, channel, install(data, good));
});

tests("deletes with a token of its own field, and only then", () => {
  const data = installData(FILES);
  through(card, channel, install(data, token(INSTALL_AND_MAKE_SELECTABLE, 0, data)));
  const name = hex8(TAG_4F_AID) + lv(FILES);
  const remove = (signature: string) =>
    apdu(CLA_PROPRIETARY, INS_DELETE, 0, 0, name + signature, 0);
  through(card, channel, remove(""), SW_SECURITY_NOT_SATISFIED);
  const other = token(0, DELETE_RELATED, name);
  through(card, channel, remove(hex8(TAG_9E_TOKEN) + lv(other)), SW_SECURITY_NOT_SATISFIED);
  through(card, channel, remove(hex8(TAG_9E_TOKEN) + lv(token(0, 0, name))));
  through(
    card,
    channel,
    remove(hex8(TAG_9E_TOKEN) + lv(token(0, 0, name))),
    SW_REFERENCED_DATA_NOT_FOUND,
  );
});

tests("the issuer needs no token, and one is an error", async () => {
  await enter(AID_ISSUER_DOMAIN);
  const data = installData(FILES);
  const good = token(INSTALL_AND_MAKE_SELECTABLE, 0, data);
  through(card, channel, install(data, good), SW_WRONG_DATA);
  through(card, channel, install(data, ""), SW_SUCCESS);
});

tests("nobody gets both rights at once", async () => {
  await enter(AID_ISSUER_DOMAIN);
  const both =
    PRIVILEGE_SECURITY_DOMAIN | PRIVILEGE_DELEGATED_MANAGEMENT | PRIVILEGE_AUTHORIZED_MANAGEMENT;
  const fields = [MODULE_DOMAIN, MODULE_DOMAIN, OTHER, privilegesOf(both), "C900"];
  through(card, channel, install(fields.map(lv).join(""), ""), SW_WRONG_DATA);
});

tests.run();
