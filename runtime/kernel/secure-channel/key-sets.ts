// Key sets of a security domain: ENC, MAC and DEK under one key version number.

import { SEQUENCE_BYTES } from "../../spec/secure-channel.ts";
import { SW_REFERENCED_DATA_NOT_FOUND } from "../../spec/status-words.ts";
import { KIND_KEY } from "../../spec/store.ts";
import * as objects from "../store/objects.ts";

/** Numbers of key set objects: this plus the key version number. Out of an applet's reach. */
const OBJECT_KEY_SET: i32 = 0xf000;

/** Layout: sequence counter 3, then ENC, MAC, DEK of 16 bytes each. */
export const KEY_ENC: i32 = 3;
export const KEY_MAC: i32 = 19;
export const KEY_DEK: i32 = 35;
export const KEY_SET_BYTES: i32 = 51;

const SET: usize = memory.data(KEY_SET_BYTES);

/** Row of the set with this version; version 0 asks for the first there is. -1 when there is none. */
export function findKeySet(owner: i32, version: i32): i32 {
  return version == 0 ? nextKeySet(owner, 0) : objects.find(owner, OBJECT_KEY_SET + version);
}

/** Row of the first set with a version above `after`, or -1. */
function nextKeySet(owner: i32, after: i32): i32 {
  const version = nextVersion(owner, after);
  return version == 0 ? -1 : objects.find(owner, OBJECT_KEY_SET + version);
}

/** The first version above `after` that exists, or 0. */
export function nextVersion(owner: i32, after: i32): i32 {
  // An applet chose the number: without this, one far below 0 would keep the card busy for a minute.
  if (after < 0 || after > 0xff) return 0;
  for (let version = after + 1; version <= 0xff; version++) {
    if (objects.find(owner, OBJECT_KEY_SET + version) >= 0) return version;
  }
  return 0;
}

/** Makes a set from 48 bytes ENC, MAC, DEK, with its sequence counter at zero. */
export function createKeySet(owner: i32, version: i32, keys: usize): u16 {
  memory.fill(SET, 0, KEY_SET_BYTES);
  memory.copy(SET + KEY_ENC, keys, KEY_SET_BYTES - KEY_ENC);
  const number = OBJECT_KEY_SET + version;
  const status = objects.createFrom(owner, number, KIND_KEY, KEY_SET_BYTES, SET);
  memory.fill(SET, 0, KEY_SET_BYTES);
  return status;
}

export function removeKeySet(owner: i32, version: i32): u16 {
  const row = objects.find(owner, OBJECT_KEY_SET + version);
  return row < 0 ? SW_REFERENCED_DATA_NOT_FOUND : objects.remove(row);
}

/** Counts the sequence counter up and leaves its new value at `to`. */
export function countSequence(row: i32, to: usize): u16 {
  objects.read(row, 0, to, SEQUENCE_BYTES);
  for (let i = SEQUENCE_BYTES - 1; i >= 0; i--) {
    const value = load<u8>(to + i) + 1;
    store<u8>(to + i, value as u8);
    if ((value & 0xff) != 0) break;
  }
  return objects.write(row, 0, 0, to, SEQUENCE_BYTES);
}
