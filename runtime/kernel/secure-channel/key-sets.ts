// Key sets of a security domain: the keys under one key version number, all of one form.

import {
  KEY_FORM_AES_16,
  KEY_FORM_DES_16,
  KEY_FORM_P256,
  keyFormBytes,
  SCP02,
  SCP03,
  SEQUENCE_BYTES,
} from "../../spec/secure-channel.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_WRONG_DATA,
} from "../../spec/status-words.ts";
import { KIND_KEY, SLOT_DATA_BYTES } from "../../spec/store.ts";
import * as configuration from "../configuration.ts";
import { bigEndian24 } from "../parse.ts";
import * as objects from "../store/objects.ts";
import { cmac, FOR_THE_REST, forgetSubkeys, ZERO } from "./cmac.ts";
import { DES_BLOCK, retailMac } from "./retail-mac.ts";
import { KEPT } from "./scratch.ts";

/** Numbers of key set objects: this plus the key version number. Out of an applet's reach. */
const OBJECT_KEY_SET: i32 = 0xf000;

// Layout: sequence counter 3, KEY_FORM_* 1, then the keys by identifier from 1 on.
export const SET_FORM: i32 = 3;
export const SET_KEYS: i32 = 4;
/** Of a set that a secure channel uses. */
const CHANNEL_KEYS: i32 = 3;

/** A set, or a key of one, in the kernel's hands; `forgetSet` when done. */
export const SET: usize = memory.data(SLOT_DATA_BYTES, 4);

export function forgetSet(): void {
  memory.fill(SET, 0, SLOT_DATA_BYTES);
}

/** Row of the set with this version, or -1; an applet may have chosen the number. */
export function findKeySet(owner: i32, version: i32): i32 {
  if (version < 1 || version > 0xff) return -1;
  return objects.find(owner, OBJECT_KEY_SET + version);
}

export function versionOf(row: i32): i32 {
  return objects.numberOf(row) & 0xff;
}

export function formOf(row: i32): i32 {
  objects.read(row, SET_FORM, KEPT, 1);
  return load<u8>(KEPT);
}

/** Keys that a set has. */
export function keysOf(row: i32): i32 {
  const length = keyFormBytes(formOf(row));
  return length == 0 ? 0 : (objects.sizeOf(row) - SET_KEYS) / length;
}

/** Which protocol the set serves: SCP02, SCP03, or 0 when it is no set of a secure channel. */
export function protocolOf(row: i32): u8 {
  const form = formOf(row);
  if (form == KEY_FORM_P256 || keysOf(row) != CHANNEL_KEYS) return 0;
  const protocol = form == KEY_FORM_DES_16 ? SCP02 : SCP03;
  return configuration.secureChannel(protocol) < 0 ? 0 : protocol;
}

/** Row of the set for a secure channel: with this version, or the first; -1 when there is none. */
export function findChannelSet(owner: i32, version: i32): i32 {
  if (version == 0) version = nextVersion(owner, 0);
  else {
    const row = findKeySet(owner, version);
    return row >= 0 && protocolOf(row) != 0 ? row : -1;
  }
  for (; version != 0; version = nextVersion(owner, version)) {
    const row = findKeySet(owner, version);
    if (protocolOf(row) != 0) return row;
  }
  return -1;
}

/** Whether this version, and no other of the owner's, serves a secure channel. */
export function isOnlyChannelSet(owner: i32, version: i32): bool {
  const row = findKeySet(owner, version);
  if (row < 0 || protocolOf(row) == 0) return false;
  for (let other = nextVersion(owner, 0); other != 0; other = nextVersion(owner, other)) {
    if (other != version && protocolOf(findKeySet(owner, other)) != 0) return false;
  }
  return true;
}

/** The first version above `after` that exists, or 0; an applet may have chosen the number. */
export function nextVersion(owner: i32, after: i32): i32 {
  if (after < 0 || after > 0xff) return 0;
  const number = objects.nextNumber(owner, OBJECT_KEY_SET + after);
  return number < 0 ? 0 : number - OBJECT_KEY_SET;
}

/** The set after version `after`: version, KEY_FORM_* << 8, number of keys << 16; 0 at the end. */
export function nextKeySet(owner: i32, after: i32): i32 {
  const version = nextVersion(owner, after);
  if (version == 0) return 0;
  const row = findKeySet(owner, version);
  return version | (formOf(row) << 8) | (keysOf(row) << 16);
}

/** Whether keys of this form can be of use on this card: DES only with SCP02. */
export function formIsKnown(form: i32): bool {
  if (keyFormBytes(form) == 0) return false;
  return form != KEY_FORM_DES_16 || configuration.secureChannel(SCP02) >= 0;
}

/** Makes the set that stands in `SET`, of `keys` keys, and forgets it there. */
export function saveSet(owner: i32, version: i32, keys: i32): u16 {
  const size = SET_KEYS + keys * keyFormBytes(load<u8>(SET + SET_FORM));
  const status = objects.createFrom(owner, OBJECT_KEY_SET + version, KIND_KEY, size, SET);
  forgetSet();
  return status;
}

/**
 * Makes a set of ENC, MAC, DEK with its sequence counter at zero, as install parameters bring it:
 * 48 bytes of AES keys; of any other length KEY_FORM_* and the keys. 6A80 when it is neither.
 */
export function createKeySet(owner: i32, version: i32, from: usize, length: i32): u16 {
  let form = KEY_FORM_AES_16;
  if (length != CHANNEL_KEYS * keyFormBytes(KEY_FORM_AES_16)) {
    form = load<u8>(from) as i32;
    from += 1;
    length -= 1;
  }
  if (!formIsKnown(form) || length != CHANNEL_KEYS * keyFormBytes(form)) return SW_WRONG_DATA;
  forgetSet();
  store<u8>(SET + SET_FORM, form as u8);
  memory.copy(SET + SET_KEYS, from, length);
  return saveSet(owner, version, CHANNEL_KEYS);
}

export function removeKeySet(owner: i32, version: i32): u16 {
  const row = findKeySet(owner, version);
  return row < 0 ? SW_REFERENCED_DATA_NOT_FOUND : objects.remove(row);
}

/** Brings key `identifier` of a set to `SET`; its bytes. The caller knows that the set has it. */
export function loadKey(row: i32, identifier: i32): i32 {
  const length = keyFormBytes(formOf(row));
  objects.read(row, SET_KEYS + (identifier - 1) * length, SET, length);
  forgetSubkeys();
  return length;
}

/** Copies the public key (04 ‖ x ‖ y) under a version to `to`; its bytes, or -1 when there is none. */
export function publicKey(owner: i32, version: i32, to: usize): i32 {
  const row = findKeySet(owner, version);
  if (row < 0 || formOf(row) != KEY_FORM_P256) return -1;
  const length = loadKey(row, 1);
  memory.copy(to, SET, length);
  return length;
}

/**
 * The MAC of `length` bytes under a secret key, to `to`: AES-CMAC of 16 bytes, or the DES MAC of 8
 * (GPC 2.3.1, C.1.2). Its bytes, or -1 without such a key. Up to 15 bytes behind the message are used
 * and set back.
 */
export function macWithKey(
  owner: i32,
  version: i32,
  identifier: i32,
  from: usize,
  length: i32,
  to: usize,
): i32 {
  const row = findKeySet(owner, version);
  if (row < 0 || identifier < 1 || identifier > keysOf(row)) return -1;
  const form = formOf(row);
  if (form == KEY_FORM_P256) return -1;
  const keyBytes = loadKey(row, identifier);
  if (form == KEY_FORM_DES_16) retailMac(SET, ZERO, from, length, to);
  else cmac(FOR_THE_REST, SET, keyBytes, from, length, to);
  forgetSet();
  forgetSubkeys();
  return form == KEY_FORM_DES_16 ? DES_BLOCK : 16;
}

/** Leaves the sequence counter at `to`, 3 bytes. */
export function readSequence(row: i32, to: usize): void {
  objects.read(row, 0, to, SEQUENCE_BYTES);
}

/** Counts the sequence counter up and leaves its new value at `to`; 6985 when it is at its end. */
export function countSequence(row: i32, to: usize): u16 {
  readSequence(row, to);
  let i = SEQUENCE_BYTES - 1;
  while (i >= 0 && load<u8>(to + i) == 0xff) i -= 1;
  if (i < 0) return SW_CONDITIONS_NOT_SATISFIED;
  store<u8>(to + i, load<u8>(to + i) + 1);
  memory.fill(to + i + 1, 0, SEQUENCE_BYTES - 1 - i);
  return objects.write(row, 0, 0, to, SEQUENCE_BYTES);
}

/** Sequence counter of a set as a number, or -1 without it. */
export function sequenceOf(owner: i32, version: i32): i32 {
  const row = findKeySet(owner, version);
  if (row < 0) return -1;
  readSequence(row, KEPT);
  return bigEndian24(KEPT);
}
