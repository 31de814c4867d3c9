// Keys for user cards: kept by usage and identifier, diversified down to a card's own. Part 9, 6 and 7.

import { DATA } from "../../runtime/sdk/apdu.ts";
import { createKey, deriveSessionKey, keyTries } from "../../runtime/sdk/card.ts";
import { KEY_USE_DERIVE, SESSION_KEY } from "../../runtime/spec/card-api.ts";
import { CIPHER_SM4, CIPHER_TDES } from "../../runtime/spec/chip.ts";
import { SW_FILE_EXISTS, SW_SUCCESS, SW_WRONG_DATA } from "../../runtime/spec/status-words.ts";
import { padded } from "../filesystem/engine/store-data.ts";
import { blockBytes, MOST_BLOCK, WORK } from "./cryptography.ts";
import {
  FACTOR_BYTES,
  KEY_DES,
  KEY_RECORD_BYTES,
  KEY_SM4,
  KEY_TDES,
  MAX_LEVEL,
  TYPE_ENCIPHER,
  TYPE_LOAD,
  TYPE_MAC,
  TYPE_MAC_AND_ENCIPHER,
  TYPE_PURCHASE,
  TYPE_TAC,
  USAGE_LEVEL_SHIFT,
  USAGE_TYPE_MASK,
} from "./spec.ts";

// Numbers of objects: level (2 bits) ‖ type (4) ‖ identifier (8) behind one of these.
const OBJECT_KEY: i32 = 0x4000;
const OBJECT_SINGLE_DES_KEY: i32 = 0x8000;
/** Bytes of a value, whatever the algorithm: single DES has its 8 bytes twice. */
const VALUE_BYTES: i32 = 16;

export function levelOf(usage: i32): i32 {
  return usage >> USAGE_LEVEL_SHIFT;
}

/** Whether a usage byte names a level and a type that exist. */
export function isUsage(usage: i32): bool {
  if (levelOf(usage) > MAX_LEVEL) return false;
  const type = (usage & USAGE_TYPE_MASK) as u8;
  if (type == TYPE_PURCHASE || type == TYPE_LOAD || type == TYPE_TAC) return true;
  return type == TYPE_MAC || type == TYPE_ENCIPHER || type == TYPE_MAC_AND_ENCIPHER;
}

function numberOf(usage: i32, id: i32): i32 {
  return (levelOf(usage) << 12) | ((usage & 0x0f) << 8) | id;
}

function isSingle(number: i32): bool {
  return number >= OBJECT_SINGLE_DES_KEY;
}

/** Object of the key, or -1 when there is none. */
export function findKey(usage: i32, id: i32): i32 {
  const number = numberOf(usage, id);
  if (keyTries(OBJECT_KEY + number) >= 0) return OBJECT_KEY + number;
  if (keyTries(OBJECT_SINGLE_DES_KEY + number) >= 0) return OBJECT_SINGLE_DES_KEY + number;
  return -1;
}

/**
 * Makes the key of DGI_8001_USER_CARD_KEY, its `length` bytes at `DATA + at`. 6A80 when it is not one of
 * this environment, 6A89 when usage and identifier are taken.
 */
export function storeUserCardKey(at: i32, length: i32): u16 {
  if (length != KEY_RECORD_BYTES + padded(VALUE_BYTES)) return SW_WRONG_DATA;
  const record = DATA + at;
  const usage = load<u8>(record) as i32;
  const algorithm = load<u8>(record + 2);
  if (!isUsage(usage) || !isOfEnvironment(algorithm)) return SW_WRONG_DATA;
  // No right is defined, and a TAC key is the XOR of two halves.
  if (load<u16>(record + 3) != 0 || load<u8>(record + 5) != VALUE_BYTES) return SW_WRONG_DATA;
  const single = algorithm == KEY_DES;
  if (single && ((usage & USAGE_TYPE_MASK) as u8) == TYPE_TAC) return SW_WRONG_DATA;
  const id = load<u8>(record + 1);
  if (findKey(usage, id) >= 0) return SW_FILE_EXISTS;
  const number = (single ? OBJECT_SINGLE_DES_KEY : OBJECT_KEY) + numberOf(usage, id);
  const kind = algorithm == KEY_SM4 ? CIPHER_SM4 : CIPHER_TDES;
  return createKey(number, kind, KEY_USE_DERIVE, 0, at + KEY_RECORD_BYTES, VALUE_BYTES);
}

/** Only keys of the environment's own blocks can be used in it. */
function isOfEnvironment(algorithm: u8): bool {
  if (blockBytes() == MOST_BLOCK) return algorithm == KEY_SM4;
  return algorithm == KEY_TDES || algorithm == KEY_DES;
}

/**
 * Diversifies a key down `levels` levels; the factors at `factors` begin with the card's. Afterwards
 * `keyBelow` is the card's own key. Part 9, 7.1.1 and 7.2.1: E(f) ‖ E(~f), of single DES E(f), of
 * 16-byte blocks E(f ‖ ~f).
 */
export function diversify(number: i32, factors: usize, levels: i32): u16 {
  const length = isSingle(number) ? FACTOR_BYTES : 2 * FACTOR_BYTES;
  for (let level = levels - 1; level >= 0; level--) {
    const factor = load<u64>(factors + level * FACTOR_BYTES);
    store<u64>(WORK, factor);
    store<u64>(WORK + FACTOR_BYTES, ~factor);
    const status = deriveSessionKey(number, WORK, length);
    if (status != SW_SUCCESS) return status;
    number = SESSION_KEY;
  }
  return SW_SUCCESS;
}

/** Number of the key that `diversify` leaves. */
export function keyBelow(number: i32, levels: i32): i32 {
  return levels > 0 ? SESSION_KEY : number;
}
