// DELIVERY SESSION KEY. Specification part 9, 9.7.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { deriveSessionKey, foldSessionKey } from "../../runtime/sdk/card.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { isInApplication } from "./application.ts";
import { blockBytes } from "./cryptography.ts";
import { endSession, MAY_ENCIPHER, MAY_MAC, session } from "./session.ts";
import {
  FACTOR_BYTES,
  MAX_LEVEL,
  TYPE_ENCIPHER,
  TYPE_MAC_AND_ENCIPHER,
  TYPE_PURCHASE,
  TYPE_TAC,
  USAGE_TYPE_MASK,
} from "./spec.ts";
import { diversify, findKey, isUsage, keyBelow, levelOf } from "./user-card-keys.ts";

/** DELIVERY SESSION KEY: P1 usage, P2 identifier; factors, the card's first ‖ input of one block. */
export function deliverSessionKey(apdu: Apdu): u16 {
  const usage = apdu.p1 as i32;
  if (!isUsage(usage)) return SW_WRONG_P1P2;
  const type = (usage & USAGE_TYPE_MASK) as u8;
  if (!isInApplication() || type == TYPE_PURCHASE) return SW_CONDITIONS_NOT_SATISFIED;
  const factorBytes = apdu.lc - blockBytes();
  if (factorBytes < 0 || factorBytes > MAX_LEVEL * FACTOR_BYTES) return SW_WRONG_LENGTH;
  if (factorBytes % FACTOR_BYTES != 0) return SW_WRONG_LENGTH;
  const number = findKey(usage, apdu.p2);
  if (number < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  const levels = levelOf(usage);
  if (factorBytes != levels * FACTOR_BYTES) return SW_WRONG_DATA;
  endSession();
  loadData();
  let status = diversify(number, DATA, levels);
  if (status != SW_SUCCESS) return status;
  const key = keyBelow(number, levels);
  // A TAC key works as it is, its halves XORed: the input counts for nothing. Part 7, 12.
  status =
    type == TYPE_TAC
      ? foldSessionKey(key)
      : deriveSessionKey(key, DATA + factorBytes, blockBytes());
  if (status == SW_SUCCESS) session.may = permitted(type);
  return status;
}

function permitted(type: u8): u8 {
  if (type == TYPE_ENCIPHER) return MAY_ENCIPHER;
  return type == TYPE_MAC_AND_ENCIPHER ? MAY_ENCIPHER | MAY_MAC : MAY_MAC;
}
