// PUT KEY: adds or replaces a key set. GPC 2.3.1, 11.8; Amendment D 1.1.2, 7.2.

import { KEY_TYPE_AES } from "../../spec/secure-channel.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
} from "../../spec/status-words.ts";
import { exchange, reply, replyByte } from "../buffers.ts";
import { equal } from "../equal.ts";
import * as objects from "../store/objects.ts";
import { BLOCK, encryptBlock } from "./cmac.ts";
import { createKeySet, findKeySet, removeKeySet } from "./key-sets.ts";
import { decryptSensitive } from "./session.ts";

const KEYS: i32 = 3;
const CHECK_VALUE_BYTES: i32 = 3;
/** One key: type, length 17, key length 16, key, check value length, check value. 7.2.2. */
const KEY_FIELD_BYTES: i32 = 3 + BLOCK + 1 + CHECK_VALUE_BYTES;

const SET: usize = memory.data(KEYS * BLOCK);
const ONES: usize = memory.data(BLOCK);
const CHECK: usize = memory.data(BLOCK);

/** Takes key `index` out of the command, deciphered and checked against its check value. */
function takeKey(index: i32): u16 {
  const at = exchange.data + 1 + index * KEY_FIELD_BYTES;
  if (load<u8>(at) != KEY_TYPE_AES || load<u8>(at + 1) != BLOCK + 1) return SW_WRONG_DATA;
  if (load<u8>(at + 2) != BLOCK || load<u8>(at + 3 + BLOCK) != CHECK_VALUE_BYTES) {
    return SW_WRONG_DATA;
  }
  const key = at + 3;
  const status = decryptSensitive(key, BLOCK);
  if (status != SW_SUCCESS) return status;
  memory.fill(ONES, 1, BLOCK);
  encryptBlock(key, ONES, CHECK);
  if (!equal(CHECK, key + BLOCK + 1, CHECK_VALUE_BYTES)) return SW_WRONG_DATA;
  memory.copy(SET + index * BLOCK, key, BLOCK);
  memory.fill(key, 0, BLOCK);
  return SW_SUCCESS;
}

/**
 * Puts the set of the command data (version, then three keys) in place of version `replaced`, or
 * beside what is there when `replaced` is 0; answers version and check values. All or nothing.
 */
export function putKeySet(owner: i32, replaced: i32): u16 {
  if (exchange.lc != 1 + KEYS * KEY_FIELD_BYTES) return SW_WRONG_LENGTH;
  const version = load<u8>(exchange.data) as i32;
  if (version == 0 || version > 0x7f) return SW_WRONG_DATA;
  if (replaced != 0 && findKeySet(owner, replaced) < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (replaced != version && findKeySet(owner, version) >= 0) return SW_WRONG_DATA;
  for (let index = 0; index < KEYS; index++) {
    const status = takeKey(index);
    if (status != SW_SUCCESS) return status;
  }
  let status = objects.begin();
  if (status == SW_SUCCESS && replaced != 0) status = removeKeySet(owner, replaced);
  if (status == SW_SUCCESS) status = createKeySet(owner, version, SET);
  if (status == SW_SUCCESS) status = objects.commit();
  memory.fill(SET, 0, KEYS * BLOCK);
  if (status != SW_SUCCESS) return status;
  replyByte(version);
  for (let index = 0; index < KEYS; index++) {
    const at = exchange.data + 1 + index * KEY_FIELD_BYTES;
    reply(at + 3 + BLOCK + 1, CHECK_VALUE_BYTES);
  }
  return SW_SUCCESS;
}
