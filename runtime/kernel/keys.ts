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
import * as objects from "./store/objects.ts";

// Layout of a key object. The tries stand first: they change, the rest does not.
const TRIES_MOST: usize = 0; //  u8, 0 = no limit
const TRIES_LEFT: usize = 1; //  u8
const CIPHER: usize = 2; //      u8 CIPHER_*
const USES: usize = 3; //        u8 KEY_USE_*
const LENGTH: usize = 4; //      u8
const VALUE: usize = 5;
const KEY_OBJECT_BYTES: i32 = 5 + MAX_KEY_BYTES;
/** What a status word 63Cx can count. */
const MOST_TRIES: i32 = 15;

/** The key in use. */
const KEY: usize = memory.data(KEY_OBJECT_BYTES, 4);

/** Session keys, one for each instance that derived one; only what is selected keeps its key. */
const DERIVED_KEYS: i32 = 4;
const DERIVED_OWNER: usize = 0; //  u8, 0: free
const DERIVED_CIPHER: usize = 1; // u8 CIPHER_*
const DERIVED_LENGTH: usize = 2; // u8
const DERIVED_VALUE: usize = 4;
const DERIVED_BYTES: i32 = 4 + MAX_KEY_BYTES;
const DERIVED: usize = memory.data(DERIVED_KEYS * DERIVED_BYTES, 4);
const ZERO: usize = memory.data(16, 4);

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

/** Makes a key object. 6A80 for an unknown cipher, a length that it does not have, or tries above 15. */
export function createKey(
  owner: i32,
  number: i32,
  kind: i32,
  uses: i32,
  tries: i32,
  value: usize,
  length: i32,
): u16 {
  if (!lengthFits(kind, length) || tries > MOST_TRIES) return SW_WRONG_DATA;
  memory.fill(KEY, 0, KEY_OBJECT_BYTES);
  store<u8>(KEY + TRIES_MOST, tries as u8);
  store<u8>(KEY + TRIES_LEFT, tries as u8);
  store<u8>(KEY + CIPHER, kind as u8);
  store<u8>(KEY + USES, uses as u8);
  store<u8>(KEY + LENGTH, length as u8);
  memory.copy(KEY + VALUE, value, length);
  const status = objects.createFrom(owner, number, KIND_KEY, KEY_OBJECT_BYTES, KEY);
  memory.fill(KEY, 0, KEY_OBJECT_BYTES);
  return status;
}

/** Row of a key of the owner, or -1 when there is none of that number or it is no key. */
function keyRow(owner: i32, number: i32): i32 {
  const row = objects.find(owner, number);
  return row >= 0 && objects.kindOf(row) == KIND_KEY ? row : -1;
}

/** Brings a key into `KEY` if it may be used so; 6A88, 6983 or 6985 if not. */
function useKey(owner: i32, number: i32, use: i32): u16 {
  if (number == SESSION_KEY) {
    const derived = derivedOf(owner);
    if (derived == 0) return SW_REFERENCED_DATA_NOT_FOUND;
    memory.fill(KEY, 0, KEY_OBJECT_BYTES);
    store<u8>(KEY + CIPHER, load<u8>(derived + DERIVED_CIPHER));
    store<u8>(KEY + USES, (KEY_USE_ENCRYPT | KEY_USE_DECRYPT) as u8);
    store<u8>(KEY + LENGTH, load<u8>(derived + DERIVED_LENGTH));
    memory.copy(KEY + VALUE, derived + DERIVED_VALUE, MAX_KEY_BYTES);
  } else {
    const row = keyRow(owner, number);
    if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
    objects.read(row, 0, KEY, KEY_OBJECT_BYTES);
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
 * 6700 unless whole blocks, at most WORK_BYTES.
 */
export function cipherWork(owner: i32, number: i32, mode: i32, direction: i32, length: i32): u16 {
  const use = direction == DIRECTION_ENCRYPT ? KEY_USE_ENCRYPT : KEY_USE_DECRYPT;
  let status = useKey(owner, number, use);
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

/**
 * Makes the session key of the owner: `length` bytes of `WORK`, enciphered block by block, become a
 * key of the same cipher that may encrypt and decrypt. 6985 when DERIVED_KEYS others have one each.
 */
export function deriveKey(owner: i32, number: i32, length: i32): u16 {
  let status = useKey(owner, number, KEY_USE_DERIVE);
  const fits = length % blockBytes() == 0 && lengthFits(load<u8>(KEY + CIPHER), length);
  if (status == SW_SUCCESS && !fits) status = SW_WRONG_LENGTH;
  const own = derivedOf(owner);
  const at = own != 0 ? own : derivedOf(0);
  if (status == SW_SUCCESS && at == 0) status = SW_CONDITIONS_NOT_SATISFIED;
  if (status == SW_SUCCESS) {
    runCipher(MODE_ECB, DIRECTION_ENCRYPT, length);
    store<u8>(at + DERIVED_OWNER, owner as u8);
    store<u8>(at + DERIVED_CIPHER, load<u8>(KEY + CIPHER));
    store<u8>(at + DERIVED_LENGTH, length as u8);
    memory.copy(at + DERIVED_VALUE, WORK, length);
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
