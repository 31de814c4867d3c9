// PUT KEY: adds or replaces keys. GPC 2.3.1, 11.8; Amendment D 1.1.2, 7.2.

import { CIPHER_AES, CIPHER_TDES, DIRECTION_ENCRYPT, MODE_ECB } from "../../spec/chip.ts";
import {
  KEY_FORM_AES_16,
  KEY_FORM_AES_32,
  KEY_FORM_DES_16,
  KEY_FORM_P256,
  KEY_PARAMETERS_P256,
  KEY_TYPE_AES,
  KEY_TYPE_DES,
  KEY_TYPE_ECC_PARAMETERS,
  KEY_TYPE_ECC_PUBLIC,
  keyFormBytes,
  keyFormKeys,
} from "../../spec/secure-channel.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../spec/status-words.ts";
import { exchange, reply, replyByte } from "../buffers.ts";
import { cipher } from "../chip.ts";
import { equal } from "../equal.ts";
import * as objects from "../store/objects.ts";
import { BLOCK, ZERO } from "./cmac.ts";
import * as keySets from "./key-sets.ts";
import { SET, SET_FORM, SET_KEYS } from "./key-sets.ts";
import { INPUT, WORK } from "./scratch.ts";
import { decryptSensitive, sensitiveBlock } from "./session.ts";

const CHECK_VALUE_BYTES: i32 = 3;
/** P2: bit 8 for several keys, the rest the identifier of the first. Table 11-66. */
const P2_SEVERAL: i32 = 0x80;
/** Keys of a set, and the last version that PUT KEY can give. */
const MAX_KEYS: i32 = 3;
const MAX_VERSION: i32 = 0x7f;
/** First byte of a point that is not compressed. */
const POINT: u8 = 0x04;

/** Where the command data are read, and what they are to become. */
@unmanaged
@final
class Put {
  at: usize;
  end: usize;
  /** Form and number of the keys of the set that is changed; 0 for a new one. */
  form: i32;
  keys: i32;
  /** Keys taken so far. */
  taken: i32;
  /** Bytes of the secret that was deciphered last. */
  secret: i32;
  /** Whether keys take the place of others. */
  replaces: bool;
}

// Derivations and cryptograms, which the place belongs to, are no part of PUT KEY.
// @ts-ignore: the compiler folds this to an address
const put: Put = changetype<Put>(INPUT);

function has(length: i32): bool {
  return put.at + length <= put.end;
}

/**
 * Deciphers the secret in the block of `length` bytes at `put.at` in place and says its bytes in
 * `put.secret`. A block that is no whole number of cipher blocks begins with the length of the secret.
 * 11.8.2.3.2 and 3.
 */
function openBlock(length: i32): u16 {
  const block = sensitiveBlock();
  put.secret = length;
  if (length % block != 0) {
    put.secret = load<u8>(put.at);
    put.at += 1;
    length -= 1;
    if (put.secret > length || put.secret <= length - block) return SW_WRONG_DATA;
  }
  return decryptSensitive(put.at, length);
}

/** KEY_FORM_* of an AES key of that length, or 0. */
function aesForm(length: i32): i32 {
  for (let form = KEY_FORM_AES_16; form <= KEY_FORM_AES_32; form++) {
    if (keyFormBytes(form) == length) return form;
  }
  return 0;
}

/** The check value of the key at `put.at`, to `WORK`: of 8 bytes 00 or 16 bytes 01. B.6. */
function makeCheckValue(form: i32): void {
  const des = form == KEY_FORM_DES_16;
  const kind = des ? CIPHER_TDES : CIPHER_AES;
  const operation = kind | (MODE_ECB << 8) | (DIRECTION_ENCRYPT << 16);
  memory.fill(WORK, des ? 0 : 1, BLOCK);
  cipher(operation, put.at, keyFormBytes(form), ZERO, WORK, WORK, des ? 8 : BLOCK);
}

/**
 * Moves a key whose value is at `put.at` to the front of the command data, behind those before it;
 * false when the set cannot have it. What is there may be replaced; what is not, added without a gap.
 */
function place(form: i32, index: i32): bool {
  if (put.form == 0) put.form = form;
  if (form != put.form || index >= keyFormKeys(form)) return false;
  if (put.replaces ? index >= put.keys : index != put.keys + put.taken) return false;
  const length = keyFormBytes(form);
  memory.copy(exchange.data + put.taken * length, put.at, length);
  put.taken += 1;
  return true;
}

/** Takes a secret key with its check value, which it must have. */
function takeSecret(type: u8, length: i32, index: i32): u16 {
  const next = put.at + length;
  if (next + 1 + CHECK_VALUE_BYTES > put.end || load<u8>(next) != CHECK_VALUE_BYTES) {
    return SW_WRONG_DATA;
  }
  const status = openBlock(length);
  if (status != SW_SUCCESS) return status;
  const des = type == KEY_TYPE_DES && put.secret == keyFormBytes(KEY_FORM_DES_16);
  const form = des ? KEY_FORM_DES_16 : type == KEY_TYPE_AES ? aesForm(put.secret) : 0;
  if (form == 0 || !keySets.formIsKnown(form)) return SW_WRONG_DATA;
  makeCheckValue(form);
  if (!equal(WORK, next + 1, CHECK_VALUE_BYTES)) return SW_SECURITY_NOT_SATISFIED;
  if (!place(form, index)) return SW_WRONG_DATA;
  reply(next + 1, CHECK_VALUE_BYTES);
  put.at = next + 1 + CHECK_VALUE_BYTES;
  return SW_SUCCESS;
}

/** Takes a public key: the point, then the curve by its reference, and no check value. 11.8.2.3.5. */
function takePublic(length: i32, index: i32): u16 {
  if (length != keyFormBytes(KEY_FORM_P256) || !has(length + 4)) return SW_WRONG_DATA;
  const behind = put.at + length;
  if (load<u8>(put.at) != POINT || load<u8>(behind) != KEY_TYPE_ECC_PARAMETERS) {
    return SW_WRONG_DATA;
  }
  if (load<u8>(behind + 1) != 1 || load<u8>(behind + 2) != KEY_PARAMETERS_P256) {
    return SW_WRONG_DATA;
  }
  if (load<u8>(behind + 3) != 0 || !place(KEY_FORM_P256, index)) return SW_WRONG_DATA;
  put.at = behind + 4;
  return SW_SUCCESS;
}

function takeKey(index: i32): u16 {
  if (!has(2)) return SW_WRONG_DATA;
  const type = load<u8>(put.at);
  const length = load<u8>(put.at + 1) as i32;
  put.at += 2;
  if (!has(length)) return SW_WRONG_DATA;
  return type == KEY_TYPE_ECC_PUBLIC ? takePublic(length, index) : takeSecret(type, length, index);
}

/** Takes the keys of the command data from identifier `first` on. */
function takeKeys(first: i32, several: bool): u16 {
  put.at = exchange.data + 1;
  put.end = exchange.data + exchange.lc;
  put.taken = 0;
  do {
    const status = takeKey(first - 1 + put.taken);
    if (status != SW_SUCCESS) return status;
  } while (several && put.at < put.end);
  return put.at == put.end ? SW_SUCCESS : SW_WRONG_DATA;
}

/** Writes the set with the keys that were taken, in place of the set in `row`, if there is one. */
function saveKeys(owner: i32, row: i32, version: i32, first: i32): u16 {
  const moves = row >= 0 && keySets.versionOf(row) != version;
  const whole = put.replaces ? put.taken == put.keys : put.keys == 0;
  if (moves && !whole) return SW_WRONG_DATA;
  keySets.forgetSet();
  if (row >= 0) objects.read(row, 0, SET, objects.sizeOf(row));
  if (whole || put.form == KEY_FORM_DES_16) memory.fill(SET, 0, SET_FORM);
  const length = keyFormBytes(put.form);
  store<u8>(SET + SET_FORM, put.form as u8);
  memory.copy(SET + SET_KEYS + (first - 1) * length, exchange.data, put.taken * length);
  const keys = put.replaces ? put.keys : put.keys + put.taken;
  let status = objects.begin();
  if (status == SW_SUCCESS && row >= 0) status = objects.remove(row);
  if (status == SW_SUCCESS) status = keySets.saveSet(owner, version, keys);
  return status == SW_SUCCESS ? objects.commit() : status;
}

/**
 * PUT KEY in hand: the version in the data, then keys; `replaced` is the version whose keys they
 * replace, 0 when they are added; `p2` says which. Answers version and check values. All or nothing.
 *
 * Keys keep their form when they are replaced (11.8.2.3.3); under another version a set moves whole.
 * A whole new set counts its sessions from zero (Amendment D, 6.2.2.1), one of DES keys after any
 * change (GPC 2.3.1, E.1.2). No rule ends the session whose own keys are replaced: it goes on with
 * its session keys, as `decryptSensitive` says.
 */
export function putKeySet(owner: i32, replaced: i32, p2: i32): u16 {
  const first = p2 & ~P2_SEVERAL;
  if (first < 1 || first > MAX_KEYS) return SW_WRONG_P1P2;
  if (exchange.lc < 2) return SW_WRONG_LENGTH;
  const version = load<u8>(exchange.data) as i32;
  if (version == 0 || version > MAX_VERSION) return SW_WRONG_DATA;
  const present = keySets.findKeySet(owner, version);
  const row = replaced == 0 ? present : keySets.findKeySet(owner, replaced);
  if (replaced != 0 && row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (replaced != 0 && replaced != version && present >= 0) return SW_WRONG_DATA;
  put.replaces = replaced != 0;
  put.form = row < 0 ? 0 : keySets.formOf(row);
  put.keys = row < 0 ? 0 : keySets.keysOf(row);
  const replied = exchange.replyLength;
  replyByte(version);
  let status = takeKeys(first, (p2 & P2_SEVERAL) != 0);
  if (status == SW_SUCCESS) status = saveKeys(owner, row, version, first);
  keySets.forgetSet();
  memory.fill(exchange.data, 0, exchange.lc);
  if (status != SW_SUCCESS) exchange.replyLength = replied;
  return status;
}
