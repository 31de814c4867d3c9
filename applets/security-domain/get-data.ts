// GET DATA: what anybody may know of the card. GPC 2.3.1, 11.3.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import * as reply from "../../runtime/sdk/reply.ts";
import {
  KEY_TYPE_AES,
  SCP_IDENTIFIER,
  SCP_PARAMETER_I,
} from "../../runtime/spec/secure-channel.ts";
import { SW_REFERENCED_DATA_NOT_FOUND, SW_WRONG_LENGTH } from "../../runtime/spec/status-words.ts";
import { objectOf } from "./data-objects.ts";
import {
  MAX_DATA_OBJECT_BYTES,
  TAG_66_CARD_DATA,
  TAG_73_CARD_RECOGNITION_DATA,
  TAG_C0_KEY,
  TAG_E0_KEY_INFORMATION,
} from "./spec.ts";

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
