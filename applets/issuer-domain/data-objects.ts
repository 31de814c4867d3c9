// Data objects of the issuer domain: STORE DATA writes them, GET DATA reads them.
// GPC 2.3.1, 11.3 and 11.11.

import { Apdu, DATA, DATA_BYTES, loadData } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import * as reply from "../../runtime/sdk/reply.ts";
import { field, isWellFormed, nextField } from "../../runtime/sdk/tlv.ts";
import {
  KEY_TYPE_AES,
  SCP_IDENTIFIER,
  SCP_PARAMETER_I,
} from "../../runtime/spec/secure-channel.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { checkProtected } from "./session.ts";
import {
  MAX_DATA_OBJECT_BYTES,
  STORE_DATA_BER_TLV,
  STORE_DATA_LAST,
  TAG_5F52_HISTORICAL_BYTES,
  TAG_9F7F_CPLC,
  TAG_42_IIN,
  TAG_45_CIN,
  TAG_66_CARD_DATA,
  TAG_73_CARD_RECOGNITION_DATA,
  TAG_C0_KEY,
  TAG_E0_KEY_INFORMATION,
} from "./spec.ts";

/** Object of a stored tag, or 0 for a tag that is not stored. */
function objectOf(tag: i32): i32 {
  switch (tag) {
    case TAG_42_IIN:
      return 1;
    case TAG_45_CIN:
      return 2;
    case TAG_9F7F_CPLC:
      return 3;
    default:
      return 0;
  }
}

/** Longest historical bytes: T0 counts them in four bits. */
const MAX_HISTORICAL_BYTES: i32 = 15;
const VALUE: usize = memory.data(MAX_DATA_OBJECT_BYTES);

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
  0x64,
  0x0b,
  0x06,
  0x09,
  0x2a,
  0x86,
  0x48,
  0x86,
  0xfc,
  0x6b,
  0x04, // secure channel: SCP and i
]);
const RECOGNITION_BYTES: i32 = 45;

/** STORE DATA: one or more data objects in a block, stored all or none. */
export function storeData(apdu: Apdu): u16 {
  if ((apdu.p1 & ~STORE_DATA_LAST) != STORE_DATA_BER_TLV) return SW_WRONG_P1P2;
  if (apdu.lc == 0 || apdu.lc > DATA_BYTES) return SW_WRONG_LENGTH;
  const allowed = checkProtected();
  if (allowed != SW_SUCCESS) return allowed;
  const end = DATA + loadData();
  if (!isWellFormed(DATA, end) || !areKnown(end)) return SW_WRONG_DATA;
  let status = card.begin();
  let at = DATA;
  while (at < end && status == SW_SUCCESS) {
    at = nextField(at, end);
    status = storeField();
  }
  return status == SW_SUCCESS ? card.commit() : status;
}

/** Whether every field is one that this domain keeps, of a length that it can have. */
function areKnown(end: usize): bool {
  let at = DATA;
  while (at < end) {
    at = nextField(at, end);
    const isHistorical = field.tag == (TAG_5F52_HISTORICAL_BYTES as i32);
    if (!isHistorical && objectOf(field.tag) == 0) return false;
    const longest = isHistorical ? MAX_HISTORICAL_BYTES : MAX_DATA_OBJECT_BYTES;
    if (field.length < 1 || field.length > longest) return false;
  }
  return true;
}

function storeField(): u16 {
  const offset = (field.value - DATA) as i32;
  const length = field.length;
  if (field.tag == (TAG_5F52_HISTORICAL_BYTES as i32)) {
    return card.setHistoricalBytes(offset, length);
  }
  const object = objectOf(field.tag);
  let status: u16 = SW_SUCCESS;
  if (card.sizeOfObject(object) >= 0) status = card.deleteObject(object);
  if (status == SW_SUCCESS) status = card.createObject(object, length);
  if (status == SW_SUCCESS) status = card.writeObjectFromCommand(object, 0, offset, length);
  return status;
}

/** GET DATA: P1-P2 is the tag. */
export function getData(apdu: Apdu): u16 {
  if (apdu.lc != 0) return SW_WRONG_LENGTH;
  const tag = apdu.p1p2;
  reply.start();
  if (tag == (TAG_66_CARD_DATA as i32)) writeCardData();
  else if (tag == (TAG_E0_KEY_INFORMATION as i32)) writeKeyInformation();
  else if (!writeStored(tag)) return SW_REFERENCED_DATA_NOT_FOUND;
  return reply.send();
}

function writeStored(tag: i32): bool {
  const object = objectOf(tag);
  const length = object == 0 ? -1 : card.sizeOfObject(object);
  if (length < 0) return false;
  card.readObject(object, 0, VALUE, length);
  reply.field(tag, VALUE, length);
  return true;
}

function writeCardData(): void {
  const outer = reply.open(TAG_66_CARD_DATA);
  const inner = reply.open(TAG_73_CARD_RECOGNITION_DATA);
  reply.bytes(RECOGNITION, RECOGNITION_BYTES);
  reply.byte(SCP_IDENTIFIER);
  reply.byte(SCP_PARAMETER_I);
  reply.close(inner);
  reply.close(outer);
}

/** Key information template: identifier, version, type and length of each key. GPC 2.3.1, 11.3.3.1. */
function writeKeyInformation(): void {
  const template = reply.open(TAG_E0_KEY_INFORMATION);
  // Five versions of three keys are what a reply of one length byte holds.
  let left = 5;
  for (let version = card.nextKeyVersion(0); version != 0 && left > 0; left--) {
    for (let identifier = 1; identifier <= 3; identifier++) {
      const key = reply.open(TAG_C0_KEY);
      reply.byte(identifier);
      reply.byte(version);
      reply.byte(KEY_TYPE_AES);
      reply.byte(16);
      reply.close(key);
    }
    version = card.nextKeyVersion(version);
  }
  reply.close(template);
}
