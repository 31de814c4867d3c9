// STORE DATA: data objects of the domain, or data for an application of it. GPC 2.3.1, 11.11.

import { Apdu, bigEndian16, DATA, DATA_BYTES, loadData } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import { field, nextField } from "../../runtime/sdk/tlv.ts";
import {
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { objectOf } from "./data-objects.ts";
import {
  MAX_DATA_OBJECT_BYTES,
  STORE_DATA_BER_TLV,
  STORE_DATA_CASE_4,
  STORE_DATA_DGI,
  STORE_DATA_ENCRYPTED,
  STORE_DATA_LAST,
  TAG_5F52_HISTORICAL_BYTES,
} from "./spec.ts";
import { state } from "./state.ts";

/** Longest historical bytes: T0 counts them in four bits. */
const MAX_HISTORICAL_BYTES: i32 = 15;
/** First byte of padding behind a value that was enciphered; zeros follow. */
const PADDING: u8 = 0x80;

/**
 * STORE DATA: one or more data objects in a block, BER-TLV or DGI, stored all or none; in a block of
 * encrypted ones each value is enciphered under the DEK, padded with 80 00. After INSTALL [for
 * personalization] the block is handed to that application as it is. 11.11.2.
 */
export function storeData(apdu: Apdu): u16 {
  if (state().personalizing != 0) return handOn(apdu);
  if (!isFormat(apdu.p1)) return SW_WRONG_P1P2;
  if (apdu.lc == 0 || apdu.lc > DATA_BYTES) return SW_WRONG_LENGTH;
  const allowed = card.mayChange();
  if (allowed != SW_SUCCESS) return allowed;
  const end = DATA + loadData();
  const isDgi = (apdu.p1 & STORE_DATA_DGI) != 0;
  if ((apdu.p1 & STORE_DATA_ENCRYPTED) != 0) {
    const deciphered = decipherValues(isDgi, end);
    if (deciphered != SW_SUCCESS) return deciphered;
  }
  if (!areKnown(isDgi, (apdu.p1 & STORE_DATA_ENCRYPTED) != 0, end)) return SW_WRONG_DATA;
  return storeAll(isDgi, (apdu.p1 & STORE_DATA_ENCRYPTED) != 0, end);
}

/** One of the two structures, with all of the encryption bits or none. Table 11-89. */
function isFormat(p1: u8): bool {
  const structure = p1 & (STORE_DATA_BER_TLV | STORE_DATA_DGI);
  const encryption = p1 & STORE_DATA_ENCRYPTED;
  const known = STORE_DATA_LAST | STORE_DATA_ENCRYPTED | STORE_DATA_BER_TLV | STORE_DATA_DGI;
  if ((p1 & ~(known | STORE_DATA_CASE_4)) != 0) return false;
  if (encryption != 0 && encryption != STORE_DATA_ENCRYPTED) return false;
  return structure == STORE_DATA_BER_TLV || structure == STORE_DATA_DGI;
}

/** The last block ends the personalization, whatever became of it. 7.3.2. */
function handOn(apdu: Apdu): u16 {
  const instance = state().personalizing;
  if ((apdu.p1 & STORE_DATA_LAST) != 0) state().personalizing = 0;
  return card.personalize(instance);
}

/** Reads the object at `at` into `field`; where the next begins, or 0 when it does not fit. */
function nextObject(isDgi: bool, at: usize, end: usize): usize {
  if (!isDgi) return nextField(at, end);
  // A DGI: two bytes of name, one of length, or FF and two.
  if (at + 3 > end) return 0;
  field.tag = bigEndian16(at);
  const short = load<u8>(at + 2) as i32;
  if (short == 0xff && at + 5 > end) return 0;
  field.value = at + (short == 0xff ? 5 : 3);
  field.length = short == 0xff ? bigEndian16(at + 3) : short;
  return field.value + field.length > end ? 0 : field.value + field.length;
}

function decipherValues(isDgi: bool, end: usize): u16 {
  for (let at = DATA; at < end; ) {
    at = nextObject(isDgi, at, end);
    if (at == 0) return SW_WRONG_DATA;
    const offset = (field.value - DATA) as i32;
    const status = card.decipherCommand(offset, field.length);
    if (status != SW_SUCCESS) return status;
    card.readCommand(offset, field.value, field.length);
  }
  return SW_SUCCESS;
}

/** Takes the padding off the value in `field`; false when there is none. */
function takePaddingOff(): bool {
  let length = field.length - 1;
  while (length > 0 && load<u8>(field.value + length) == 0) length -= 1;
  if (length < 0 || load<u8>(field.value + length) != PADDING) return false;
  field.length = length;
  return true;
}

/** Whether every object is one that this domain keeps, of a length that it can have. */
function areKnown(isDgi: bool, padded: bool, end: usize): bool {
  for (let at = DATA; at < end; ) {
    at = nextObject(isDgi, at, end);
    if (at == 0 || (padded && !takePaddingOff())) return false;
    const isHistorical = field.tag == (TAG_5F52_HISTORICAL_BYTES as i32);
    if (!isHistorical && objectOf(field.tag) == 0) return false;
    const longest = isHistorical ? MAX_HISTORICAL_BYTES : MAX_DATA_OBJECT_BYTES;
    if (field.length < 1 || field.length > longest) return false;
  }
  return true;
}

function storeAll(isDgi: bool, padded: bool, end: usize): u16 {
  let status = card.begin();
  for (let at = DATA; at < end && status == SW_SUCCESS; ) {
    at = nextObject(isDgi, at, end);
    if (padded) takePaddingOff();
    status = storeField();
  }
  return status == SW_SUCCESS ? card.commit() : status;
}

function storeField(): u16 {
  const offset = (field.value - DATA) as i32;
  const length = field.length;
  if (field.tag == (TAG_5F52_HISTORICAL_BYTES as i32)) {
    return card.setHistoricalBytes(offset, length);
  }
  const object = objectOf(field.tag);
  const status =
    card.sizeOfObject(object) < 0
      ? card.createObject(object, length)
      : card.resizeObject(object, length);
  if (status != SW_SUCCESS) return status;
  return card.writeObjectFromCommand(object, 0, offset, length);
}
