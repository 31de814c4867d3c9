// Keys of applets: used by number, never read. Kind and permitted uses are checked here, in one place.

import {
  KEY_USE_DECRYPT,
  KEY_USE_DERIVE,
  KEY_USE_ENCRYPT,
  MAX_KEY_BYTES,
  SESSION_KEY,
} from "../spec/card-api.ts";
import {
  CIPHER_AES,
  CIPHER_SM4,
  CIPHER_TDES,
  DIRECTION_ENCRYPT,
  MODE_CBC_MAC,
  MODE_ECB,
} from "../spec/chip.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
} from "../spec/status-words.ts";
import { KIND_KEY } from "../spec/store.ts";
import { cipher } from "./chip.ts";
import { ZERO } from "./secure-channel/cmac.ts";
import * as objects from "./store/objects.ts";

// Layout of a key object. The tries stand first: they change, the rest does not.
const TRIES_MOST: usize = 0; //  u8, 0 = no limit
const TRIES_LEFT: usize = 1; //  u8
const CIPHER: usize = 2; //      u8 CIPHER_*
const USES: usize = 3; //        u8 KEY_USE_*
const LENGTH: usize = 4; //      u8 bytes of one value
const VERSIONS: usize = 5; //    u8 how many values there are
const VALUE: usize = 6; //       the values, that of version 1 first
const MAX_VALUES_BYTES: i32 = 48;
const KEY_OBJECT_BYTES: i32 = (VALUE as i32) + MAX_VALUES_BYTES;
/** What a status word 63Cx can count. */
const MOST_TRIES: i32 = 15;

/** The key in use; its value stands where that of version 1 is kept. */
const KEY: usize = memory.data(KEY_OBJECT_BYTES, 4);

/** Session keys, one for each instance that derived one; only what is selected keeps its key. */
const DERIVED_KEYS: i32 = 4;
const DERIVED_OWNER: usize = 0; //  u8, 0: free
const DERIVED_CIPHER: usize = 1; // u8 CIPHER_*
const DERIVED_LENGTH: usize = 2; // u8
const DERIVED_VALUE: usize = 4;
const DERIVED_BYTES: i32 = 4 + MAX_KEY_BYTES;
const DERIVED: usize = memory.data(DERIVED_KEYS * DERIVED_BYTES, 4);

/** Longest run of one key operation, bytes. */
const WORK_BYTES: i32 = 64;
export const WORK: usize = memory.data(WORK_BYTES, 4);

function lengthFits(kind: i32, length: i32): bool {
  switch (kind) {
    case CIPHER_AES:
      return length == 16 || length == 24 || length == 32;
    case CIPHER_TDES:
      return length == 16 || length == 24;
    case CIPHER_SM4:
      return length == 16;
    default:
      return false;
  }
}

/**
 * Makes a key object. `how` = CIPHER_* | KEY_USE_* << 8 | tries << 16 | versions << 24, where 0 versions
 * are one; `length` counts the bytes of all values. 6A80 for an unknown cipher, a length that it does
 * not have, or tries above 15.
 */
export function createKey(owner: i32, number: i32, how: i32, values: usize, length: i32): u16 {
  const kind = how & 0xff;
  const tries = (how >> 16) & 0xff;
  const versions = how >>> 24 > 1 ? how >>> 24 : 1;
  const each = length / versions;
  if (!lengthFits(kind, each) || each * versions != length) return SW_WRONG_DATA;
  if (length > MAX_VALUES_BYTES || tries > MOST_TRIES) return SW_WRONG_DATA;
  store<u8>(KEY + TRIES_MOST, tries as u8);
  store<u8>(KEY + TRIES_LEFT, tries as u8);
  store<u8>(KEY + CIPHER, kind as u8);
  store<u8>(KEY + USES, (how >> 8) as u8);
  store<u8>(KEY + LENGTH, each as u8);
  store<u8>(KEY + VERSIONS, versions as u8);
  memory.copy(KEY + VALUE, values, length);
  const status = objects.createFrom(owner, number, KIND_KEY, (VALUE as i32) + length, KEY);
  memory.fill(KEY, 0, KEY_OBJECT_BYTES);
  return status;
}

/** Row of a key of the owner, or -1 when there is none of that number or it is no key. */
function keyRow(owner: i32, number: i32): i32 {
  const row = objects.find(owner, number);
  return row >= 0 && objects.kindOf(row) == KIND_KEY ? row : -1;
}

/**
 * Brings the value of a key into `KEY` if it may be used so; 6A88, 6983 or 6985 if not. Version 0 is the
 * first; a session key has no versions.
 */
function useKey(owner: i32, number: i32, version: i32, use: i32): u16 {
  if (number == SESSION_KEY) {
    const derived = derivedOf(owner);
    if (derived == 0) return SW_REFERENCED_DATA_NOT_FOUND;
    memory.fill(KEY, 0, KEY_OBJECT_BYTES);
    store<u8>(KEY + CIPHER, load<u8>(derived + DERIVED_CIPHER));
    store<u8>(KEY + USES, (KEY_USE_ENCRYPT | KEY_USE_DECRYPT | KEY_USE_DERIVE) as u8);
    store<u8>(KEY + LENGTH, load<u8>(derived + DERIVED_LENGTH));
    memory.copy(KEY + VALUE, derived + DERIVED_VALUE, MAX_KEY_BYTES);
  } else {
    const row = keyRow(owner, number);
    if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
    objects.read(row, 0, KEY, VALUE as i32);
    const index = version == 0 ? 0 : version - 1;
    if ((index as u32) >= (load<u8>(KEY + VERSIONS) as u32)) return SW_REFERENCED_DATA_NOT_FOUND;
    const length = load<u8>(KEY + LENGTH) as i32;
    objects.read(row, (VALUE as i32) + index * length, KEY + VALUE, length);
  }
  if (load<u8>(KEY + TRIES_MOST) != 0 && load<u8>(KEY + TRIES_LEFT) == 0) {
    return SW_AUTHENTICATION_BLOCKED;
  }
  return (load<u8>(KEY + USES) & use) == use ? SW_SUCCESS : SW_CONDITIONS_NOT_SATISFIED;
}

function blockBytes(): i32 {
  return load<u8>(KEY + CIPHER) == CIPHER_TDES ? 8 : 16;
}

/** Runs the key in `KEY` over `length` bytes of `WORK` in place, IV zero. */
function runCipher(mode: i32, direction: i32, length: i32): void {
  const operation = (load<u8>(KEY + CIPHER) as i32) | (mode << 8) | (direction << 16);
  cipher(operation, KEY + VALUE, load<u8>(KEY + LENGTH), ZERO, WORK, WORK, length);
}

/**
 * Enciphers or deciphers `length` bytes of `WORK` in place with IV zero (CBC-MAC leaves one block).
 * `how` = MODE_* | DIRECTION_* << 8 | version << 16. 6700 unless whole blocks, at most WORK_BYTES.
 */
export function cipherWork(owner: i32, number: i32, how: i32, length: i32): u16 {
  const mode = how & 0xff;
  const direction = (how >> 8) & 0xff;
  const use = direction == DIRECTION_ENCRYPT ? KEY_USE_ENCRYPT : KEY_USE_DECRYPT;
  let status = useKey(owner, number, how >>> 16, use);
  if (status == SW_SUCCESS && !shapeIsPossible(mode, direction, length)) status = SW_WRONG_LENGTH;
  if (status == SW_SUCCESS) runCipher(mode, direction, length);
  memory.fill(KEY, 0, KEY_OBJECT_BYTES);
  return status;
}

function shapeIsPossible(mode: i32, direction: i32, length: i32): bool {
  if (mode < MODE_ECB || mode > MODE_CBC_MAC || (direction & ~1) != 0) return false;
  if (mode == MODE_CBC_MAC && direction != DIRECTION_ENCRYPT) return false;
  return workFits(length) && length > 0 && length % blockBytes() == 0;
}

export function workFits(length: i32): bool {
  return length >= 0 && length <= WORK_BYTES;
}

/** Where the session key of an owner stands, or for owner 0 a free place; 0 when there is none. */
function derivedOf(owner: i32): usize {
  for (let at = DERIVED; at < DERIVED + DERIVED_KEYS * DERIVED_BYTES; at += DERIVED_BYTES) {
    if (load<u8>(at + DERIVED_OWNER) == (owner as u8)) return at;
  }
  return 0;
}

/** Where the session key that `owner` makes now may stand, or 0 when there is no room for it. */
function placeForDerived(owner: i32): usize {
  const own = derivedOf(owner);
  return own != 0 ? own : derivedOf(0);
}

/** Keeps `length` bytes of `WORK` as the session key of the owner, of the cipher of `KEY`. */
function keepDerived(at: usize, owner: i32, length: i32): void {
  store<u8>(at + DERIVED_OWNER, owner as u8);
  store<u8>(at + DERIVED_CIPHER, load<u8>(KEY + CIPHER));
  store<u8>(at + DERIVED_LENGTH, length as u8);
  memory.copy(at + DERIVED_VALUE, WORK, length);
}

/**
 * Makes the session key of the owner: `length` bytes of `WORK`, enciphered block by block, become a
 * key of the same cipher for all uses. 8 bytes under TDES are a key of single DES, kept twice. 6985
 * when DERIVED_KEYS others have one each.
 */
export function deriveKey(owner: i32, number: i32, length: i32, version: i32): u16 {
  let status = useKey(owner, number, version, KEY_USE_DERIVE);
  const kind = load<u8>(KEY + CIPHER) as i32;
  const single = kind == CIPHER_TDES && length == 8;
  const fits = single || (lengthFits(kind, length) && length % blockBytes() == 0);
  if (status == SW_SUCCESS && !fits) status = SW_WRONG_LENGTH;
  const at = placeForDerived(owner);
  if (status == SW_SUCCESS && at == 0) status = SW_CONDITIONS_NOT_SATISFIED;
  if (status == SW_SUCCESS) {
    runCipher(MODE_ECB, DIRECTION_ENCRYPT, length);
    if (single) memory.copy(WORK + 8, WORK, 8);
    keepDerived(at, owner, single ? 16 : length);
  }
  memory.fill(KEY, 0, KEY_OBJECT_BYTES);
  memory.fill(WORK, 0, WORK_BYTES);
  return status;
}

/**
 * Makes the session key of the owner out of a key itself: TDES of 16 bytes becomes single DES with the
 * XOR of its halves, any other stays as it is.
 */
export function foldKey(owner: i32, number: i32, version: i32): u16 {
  let status = useKey(owner, number, version, KEY_USE_DERIVE);
  const at = placeForDerived(owner);
  if (status == SW_SUCCESS && at == 0) status = SW_CONDITIONS_NOT_SATISFIED;
  if (status == SW_SUCCESS) {
    const length = load<u8>(KEY + LENGTH) as i32;
    memory.copy(WORK, KEY + VALUE, length);
    if (load<u8>(KEY + CIPHER) == CIPHER_TDES && length == 16) {
      store<u64>(WORK, load<u64>(WORK) ^ load<u64>(WORK + 8));
      store<u64>(WORK + 8, load<u64>(WORK));
    }
    keepDerived(at, owner, length);
  }
  memory.fill(KEY, 0, KEY_OBJECT_BYTES);
  memory.fill(WORK, 0, WORK_BYTES);
  return status;
}

/** Forgets the derived key of an instance that trapped, or is selected no more. */
export function forgetDerived(owner: i32): void {
  const at = derivedOf(owner);
  if (at != 0) memory.fill(at, 0, DERIVED_BYTES);
}

/** Forgets all derived keys; at reset. */
export function forgetAllDerived(): void {
  memory.fill(DERIVED, 0, DERIVED_KEYS * DERIVED_BYTES);
}

/**
 * Spends a try of a key that counts them, before anything is compared. 6983 when none is left, 6985
 * inside a transaction, which could take it back.
 */
export function attempt(owner: i32, number: i32): u16 {
  const row = keyRow(owner, number);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (objects.transactionIsOpen()) return SW_CONDITIONS_NOT_SATISFIED;
  objects.read(row, 0, KEY, 2);
  if (load<u8>(KEY + TRIES_MOST) == 0) return SW_SUCCESS;
  const left = load<u8>(KEY + TRIES_LEFT);
  if (left == 0) return SW_AUTHENTICATION_BLOCKED;
  store<u8>(KEY + TRIES_LEFT, left - 1);
  return objects.write(row, TRIES_LEFT as i32, 0, KEY + TRIES_LEFT, 1);
}

/** Gives the tries back after a success; a key without a limit needs no write. */
export function succeed(owner: i32, number: i32): u16 {
  const row = keyRow(owner, number);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  objects.read(row, 0, KEY, 2);
  if (load<u8>(KEY + TRIES_MOST) == 0) return SW_SUCCESS;
  return objects.write(row, TRIES_LEFT as i32, 0, KEY + TRIES_MOST, 1);
}

/** Tries left of a key, 15 at most; 15 for one without a limit; -1 without such a key. */
export function keyTries(owner: i32, number: i32): i32 {
  const row = keyRow(owner, number);
  if (row < 0) return -1;
  objects.read(row, 0, KEY, 2);
  return load<u8>(KEY + TRIES_MOST) == 0 ? 15 : load<u8>(KEY + TRIES_LEFT) & 15;
}
