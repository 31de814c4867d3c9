// GET DATA: what anybody may know of the card. GPC 2.3.1, 11.3.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import * as reply from "../../runtime/sdk/reply.ts";
import {
  REGISTRY_ROW_AID,
  REGISTRY_ROW_AID_LENGTH,
  REGISTRY_ROW_BYTES,
  ROOM_APPLICATIONS,
  ROOM_PACKAGES,
  ROOM_STORE,
} from "../../runtime/spec/card-api.ts";
import { MAX_INSTANCES } from "../../runtime/spec/chip.ts";
import {
  KEY_FORM_DES_16,
  KEY_FORM_P256,
  KEY_PARAMETERS_P256,
  KEY_TYPE_AES,
  KEY_TYPE_DES,
  KEY_TYPE_ECC_PARAMETERS,
  KEY_TYPE_ECC_PUBLIC,
  keyFormBytes,
  SCP02,
  SCP03,
} from "../../runtime/spec/secure-channel.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
} from "../../runtime/spec/status-words.ts";
import { objectOf } from "./data-objects.ts";
import {
  MAX_DATA_OBJECT_BYTES,
  TAG_2F00_APPLICATIONS,
  TAG_4F_AID,
  TAG_06_IDENTIFIER,
  TAG_61_APPLICATION,
  TAG_64_SECURE_CHANNEL,
  TAG_66_CARD_DATA,
  TAG_73_CARD_RECOGNITION_DATA,
  TAG_81_APPLICATIONS,
  TAG_82_FREE_STORE,
  TAG_C0_KEY,
  TAG_C1_SEQUENCE_COUNTER,
  TAG_C2_FREE_PACKAGES,
  TAG_D3_SECURITY_LEVEL,
  TAG_E0_KEY_INFORMATION,
  TAG_FF21_RESOURCES,
} from "./spec.ts";

const VALUE: usize = memory.data(MAX_DATA_OBJECT_BYTES, 4);
const ROW: usize = memory.data(REGISTRY_ROW_BYTES, 4);

// Card recognition data, GPC 2.3.1, H.2: object identifiers below 1.2.840.114283.
const RECOGNITION: usize = memory.data<u8>([
  0x06,
  0x07,
  0x2a,
  0x86,
  0x48,
  0x86,
  0xfc,
  0x6b,
  0x01, // GlobalPlatform
  0x60,
  0x0c,
  0x06,
  0x0a,
  0x2a,
  0x86,
  0x48,
  0x86,
  0xfc,
  0x6b,
  0x02,
  0x02,
  0x03,
  0x01, // 2.3.1
  0x63,
  0x09,
  0x06,
  0x07,
  0x2a,
  0x86,
  0x48,
  0x86,
  0xfc,
  0x6b,
  0x03, // card identification scheme
]);
const RECOGNITION_BYTES: i32 = 34;
/** Where in it the identifier of GlobalPlatform stands: 1.2.840.114283. */
const GLOBAL_PLATFORM_AT: i32 = 2;
const GLOBAL_PLATFORM_BYTES: i32 = 6;

/** Longest template of one length byte, and longest entry in it. */
const MOST_TEMPLATE_BYTES: i32 = 127;
const KEY_ENTRY_BYTES: i32 = 8;

/**
 * GET DATA: P1-P2 is the tag. Asked for in the proprietary class, the answer is the object; in the
 * interindustry class its value alone. 11.3.3.1.
 */
export function getData(apdu: Apdu): u16 {
  const tag = apdu.p1p2;
  if (tag == (TAG_2F00_APPLICATIONS as i32)) return listApplications(apdu);
  if (apdu.lc != 0) return SW_WRONG_LENGTH;
  reply.start();
  if (!writeObject(tag)) return SW_REFERENCED_DATA_NOT_FOUND;
  return apdu.cla == 0 ? reply.sendValue() : reply.send();
}

function writeObject(tag: i32): bool {
  switch (tag) {
    case TAG_66_CARD_DATA:
      writeCardData();
      return true;
    case TAG_E0_KEY_INFORMATION:
      writeKeyInformation();
      return true;
    case TAG_C1_SEQUENCE_COUNTER:
      return writeSequenceCounter();
    case TAG_D3_SECURITY_LEVEL:
      reply.byteField(tag, card.secureChannelLevel());
      return true;
    case TAG_FF21_RESOURCES:
      writeResources();
      return true;
    default:
      return writeStored(tag);
  }
}

function writeStored(tag: i32): bool {
  const object = objectOf(tag);
  const length = object == 0 ? -1 : card.sizeOfObject(object);
  if (length < 0) return false;
  card.readObject(object, 0, VALUE, length);
  reply.field(tag, VALUE, length);
  return true;
}

/** Sequence counter of the first key version that opens a channel. 11.3.2.1. */
function writeSequenceCounter(): bool {
  let set = card.nextKeySet(0);
  while (set != 0 && ((set >> 8) & 0xff) == KEY_FORM_P256) set = card.nextKeySet(set & 0xff);
  const counter = set == 0 ? -1 : card.keySetCounter(set & 0xff);
  if (counter < 0) return false;
  const object = reply.open(TAG_C1_SEQUENCE_COUNTER);
  reply.byte(counter >> 16);
  reply.byte(counter >> 8);
  reply.byte(counter);
  reply.close(object);
  return true;
}

/**
 * Applications, what the store can still promise, and the largest package that fits. ETSI TS 102 226,
 * 8.2.1.7.2. Packages have pages of their own, which no data can have, hence a private tag; RAM (83) is
 * granted when a module is built, so there is none to tell of.
 */
function writeResources(): void {
  const template = reply.open(TAG_FF21_RESOURCES);
  reply.shortField(TAG_81_APPLICATIONS, card.room(ROOM_APPLICATIONS));
  writeNumber(TAG_82_FREE_STORE, card.room(ROOM_STORE));
  writeNumber(TAG_C2_FREE_PACKAGES, card.room(ROOM_PACKAGES));
  reply.close(template);
}

function writeNumber(tag: i32, value: i32): void {
  const object = reply.open(tag);
  reply.byte(value >> 24);
  reply.byte(value >> 16);
  reply.byte(value >> 8);
  reply.byte(value);
  reply.close(object);
}

/** The applications that the domain sees, each 61 { 4F AID }; the data ask with 5C 00. Table 11-30. */
function listApplications(apdu: Apdu): u16 {
  if (apdu.lc != 2) return SW_WRONG_LENGTH;
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (card.readRegistry(instance, ROW) != SW_SUCCESS) continue;
    reply.start();
    const template = reply.open(TAG_61_APPLICATION);
    reply.field(TAG_4F_AID, ROW + REGISTRY_ROW_AID, load<u8>(ROW + REGISTRY_ROW_AID_LENGTH));
    reply.close(template);
    const status = reply.send();
    if (status != SW_SUCCESS) return status;
  }
  return SW_SUCCESS;
}

function writeCardData(): void {
  const outer = reply.open(TAG_66_CARD_DATA);
  const inner = reply.open(TAG_73_CARD_RECOGNITION_DATA);
  reply.bytes(RECOGNITION, RECOGNITION_BYTES);
  writeProtocol(SCP03);
  writeProtocol(SCP02);
  reply.close(inner);
  reply.close(outer);
}

/** A secure channel protocol that the card speaks, with its parameter i. */
function writeProtocol(protocol: u8): void {
  const i = card.secureChannelParameter(protocol);
  if (i < 0) return;
  const entry = reply.open(TAG_64_SECURE_CHANNEL);
  const identifier = reply.open(TAG_06_IDENTIFIER);
  reply.bytes(RECOGNITION + GLOBAL_PLATFORM_AT, GLOBAL_PLATFORM_BYTES);
  reply.byte(4);
  reply.byte(protocol);
  reply.byte(i);
  reply.close(identifier);
  reply.close(entry);
}

/**
 * Key information template: identifier, version, type and length of each key. 11.3.3.1.1. A length is
 * that of the key; of a public key it is that of the point without its first byte, with the curve behind.
 */
function writeKeyInformation(): void {
  const template = reply.open(TAG_E0_KEY_INFORMATION);
  for (let set = card.nextKeySet(0); set != 0; set = card.nextKeySet(set & 0xff)) {
    const form = (set >> 8) & 0xff;
    const keys = set >> 16;
    // What a reply of one length byte holds; a domain has few versions.
    if (reply.written() + keys * KEY_ENTRY_BYTES > MOST_TEMPLATE_BYTES) break;
    for (let identifier = 1; identifier <= keys; identifier++)
      writeKey(identifier, set & 0xff, form);
  }
  reply.close(template);
}

function writeKey(identifier: i32, version: i32, form: i32): void {
  const key = reply.open(TAG_C0_KEY);
  reply.byte(identifier);
  reply.byte(version);
  if (form == KEY_FORM_P256) {
    reply.byte(KEY_TYPE_ECC_PUBLIC);
    reply.byte(keyFormBytes(form) - 1);
    reply.byte(KEY_TYPE_ECC_PARAMETERS);
    reply.byte(KEY_PARAMETERS_P256);
  } else {
    reply.byte(form == KEY_FORM_DES_16 ? KEY_TYPE_DES : KEY_TYPE_AES);
    reply.byte(keyFormBytes(form));
  }
  reply.close(key);
}
