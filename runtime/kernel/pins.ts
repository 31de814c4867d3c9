// PINs: compared here, never read. A try is spent before the comparison.

import { MAX_PIN_BYTES, NO_PIN_SET } from "../spec/card-api.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  swTriesLeft,
} from "../spec/status-words.ts";
import { KIND_PIN } from "../spec/store.ts";
import { equal } from "./equal.ts";
import * as objects from "./store/objects.ts";

// Layout of a PIN object.
const TRIES_MOST: usize = 0; // u8
const TRIES_LEFT: usize = 1; // u8
const LENGTH: usize = 2; //     u8
const VALUE: usize = 3;
const PIN_OBJECT_BYTES: i32 = 3 + MAX_PIN_BYTES;

const PIN: usize = memory.data(PIN_OBJECT_BYTES, 4);
/** What was presented: length, then the value filled up with zeros. */
const PRESENTED: usize = memory.data(1 + MAX_PIN_BYTES, 4);

/** Makes a PIN. 6A80 for a length of 0 or above MAX_PIN_BYTES, or tries outside 1 to 15. */
export function createPin(owner: i32, number: i32, tries: i32, value: usize, length: i32): u16 {
  if (length < 1 || length > MAX_PIN_BYTES || tries < 1 || tries > 15) return SW_WRONG_DATA;
  memory.fill(PIN, 0, PIN_OBJECT_BYTES);
  store<u8>(PIN + TRIES_MOST, tries as u8);
  store<u8>(PIN + TRIES_LEFT, tries as u8);
  store<u8>(PIN + LENGTH, length as u8);
  memory.copy(PIN + VALUE, value, length);
  const status = objects.createFrom(owner, number, KIND_PIN, PIN_OBJECT_BYTES, PIN);
  memory.fill(PIN, 0, PIN_OBJECT_BYTES);
  return status;
}

function pinRow(owner: i32, number: i32): i32 {
  const row = objects.find(owner, number);
  return row >= 0 && objects.kindOf(row) == KIND_PIN ? row : -1;
}

/** Tries left; NO_PIN_SET for a PIN without a value; -1 when there is no such PIN. */
export function pinTries(owner: i32, number: i32): i32 {
  const row = pinRow(owner, number);
  if (row < 0) return -1;
  objects.read(row, 0, PIN, VALUE as i32);
  return load<u8>(PIN + LENGTH) == 0 ? NO_PIN_SET : load<u8>(PIN + TRIES_LEFT) & 15;
}

/** Length that makes `setPin` leave the value. */
export const KEEP_PIN: i32 = -1;

/**
 * Gives a PIN all its tries back and, unless `length` is KEEP_PIN, the value in `value`; one of no bytes
 * takes the PIN away. Both at once. 6A80 for a value longer than MAX_PIN_BYTES.
 */
export function setPin(owner: i32, number: i32, value: usize, length: i32): u16 {
  if (length < KEEP_PIN || length > MAX_PIN_BYTES) return SW_WRONG_DATA;
  const row = pinRow(owner, number);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  objects.read(row, 0, PIN, PIN_OBJECT_BYTES);
  store<u8>(PIN + TRIES_LEFT, load<u8>(PIN + TRIES_MOST));
  if (length != KEEP_PIN) {
    store<u8>(PIN + LENGTH, length as u8);
    memory.fill(PIN + VALUE, 0, MAX_PIN_BYTES);
    memory.copy(PIN + VALUE, value, length);
  }
  const status = objects.write(row, 0, 0, PIN, PIN_OBJECT_BYTES);
  memory.fill(PIN, 0, PIN_OBJECT_BYTES);
  return status;
}

/**
 * Compares `length` bytes with the PIN: 9000, 63Cx with x tries left, 6983 when none was left. What is
 * longer than any PIN is as wrong as an empty one. 6985 inside a transaction, which could take the
 * spent try back.
 *
 * The try is written as spent before the comparison, so a power cut never gives one back; the whole
 * value is compared, whatever its length, so the time says nothing about it.
 */
export function verifyPin(owner: i32, number: i32, value: usize, length: i32): u16 {
  const row = pinRow(owner, number);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (objects.transactionIsOpen()) return SW_CONDITIONS_NOT_SATISFIED;
  objects.read(row, 0, PIN, PIN_OBJECT_BYTES);
  const left = load<u8>(PIN + TRIES_LEFT) as i32;
  if (left == 0) return SW_AUTHENTICATION_BLOCKED;

  store<u8>(PIN + TRIES_LEFT, (left - 1) as u8);
  const spent = objects.write(row, TRIES_LEFT as i32, 0, PIN + TRIES_LEFT, 1);
  if (spent != SW_SUCCESS) return spent;

  const held = length > MAX_PIN_BYTES ? 0 : length;
  memory.fill(PRESENTED, 0, 1 + MAX_PIN_BYTES);
  store<u8>(PRESENTED, held as u8);
  memory.copy(PRESENTED + 1, value, held);
  const right = equal(PRESENTED, PIN + LENGTH, 1 + MAX_PIN_BYTES);
  memory.fill(PRESENTED, 0, 1 + MAX_PIN_BYTES);
  memory.fill(PIN + LENGTH, 0, 1 + MAX_PIN_BYTES);
  if (!right) return swTriesLeft(left - 1);
  return objects.write(row, TRIES_LEFT as i32, 0, PIN + TRIES_MOST, 1);
}
