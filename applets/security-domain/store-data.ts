// STORE DATA: data objects of the issuer domain. GPC 2.3.1, 11.11.

import { Apdu, DATA, DATA_BYTES, loadData } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import { field, isWellFormed, nextField } from "../../runtime/sdk/tlv.ts";
import {
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { objectOf } from "./data-objects.ts";
import { checkProtected } from "./session.ts";
import {
  MAX_DATA_OBJECT_BYTES,
  STORE_DATA_BER_TLV,
  STORE_DATA_LAST,
  TAG_5F52_HISTORICAL_BYTES,
} from "./spec.ts";

/** Longest historical bytes: T0 counts them in four bits. */
const MAX_HISTORICAL_BYTES: i32 = 15;

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
