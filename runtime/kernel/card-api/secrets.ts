// Card API: PINs and keys.

import * as api from "../../spec/card-api.ts";
import {
  SW_INTERNAL_ERROR,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
} from "../../spec/status-words.ts";
import { exchange } from "../buffers.ts";
import { appletRead, appletWrite, random } from "../chip.ts";
import * as instances from "../instances.ts";
import * as keys from "../keys.ts";
import * as pins from "../pins.ts";
import * as registry from "../registry.ts";
import { BLOCK } from "../secure-channel/cmac.ts";
import * as session from "../secure-channel/session.ts";
import { mayKeep } from "../work.ts";
import { inCommand, inRam, PIECE, PIECE_BYTES } from "./ranges.ts";

/** Bytes that a secret takes in the command: as it is during an install, else padded to blocks. */
function storedBytes(length: i32): i32 {
  if (instances.running.installing != 0) return length;
  return ((length + BLOCK - 1) / BLOCK) * BLOCK;
}

/**
 * Brings a secret of `length` bytes, at `offset` of the command data, to the caller's hands, who wipes it
 * there with `wipeSecret`: plain during an install, else deciphered under the session's DEK.
 */
function openSecret(offset: i32, length: i32): u16 {
  if (length < 1 || length > api.MAX_SECRET_BYTES) return SW_WRONG_LENGTH;
  const stored = storedBytes(length);
  if (!inCommand(offset, stored)) return SW_WRONG_LENGTH;
  if (instances.running.installing != 0) return SW_SUCCESS;
  return session.decryptSensitive(exchange.data + offset, stored);
}

/** The padding too: what stands there may be no padding, and the applet can read its command. */
function wipeSecret(offset: i32, length: i32): void {
  memory.fill(exchange.data + offset, 0, storedBytes(length));
}

export function callPin(instance: i32, operation: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  if (!registry.isAppletNumber(a)) return SW_WRONG_DATA;
  switch (operation) {
    case api.CARD_PIN_CREATE: {
      // a number, b tries, c offset in the data, d length
      if (!mayKeep(instance, 1, 1)) return SW_NOT_ENOUGH_MEMORY;
      const status = openSecret(c, d);
      if (status != SW_SUCCESS) return status;
      const created = pins.createPin(instance, a, b, exchange.data + c, d);
      wipeSecret(c, d);
      return created;
    }
    case api.CARD_PIN_VERIFY: // a number, b offset in the data, c length
      if (!inCommand(b, c)) return SW_INTERNAL_ERROR;
      return pins.verifyPin(instance, a, exchange.data + b, c);
    case api.CARD_PIN_TRIES: // a number
      return pins.pinTries(instance, a);
    case api.CARD_PIN_SET: // a number, b in RAM, c length, d 1 keeps the value as it is
      if (d == 1) return pins.setPin(instance, a, 0, pins.KEEP_PIN);
      if (!inRam(instance, b, c)) return SW_INTERNAL_ERROR;
      if (c > api.MAX_PIN_BYTES) return SW_WRONG_DATA;
      appletRead(instance, b, PIECE, c);
      {
        const status = pins.setPin(instance, a, PIECE, c);
        memory.fill(PIECE, 0, c);
        return status;
      }
    default:
      return SW_INTERNAL_ERROR;
  }
}

export function callKey(instance: i32, operation: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  if (operation == api.CARD_RANDOM) return replyRandom(instance, a, b);
  if (!registry.isAppletNumber(a) && a != api.SESSION_KEY) return SW_WRONG_DATA;
  switch (operation) {
    case api.CARD_KEY_CREATE: {
      // a number, b cipher | uses << 8 | tries << 16 | versions << 24, c offset in the data, d length
      if (a == api.SESSION_KEY) return SW_WRONG_DATA;
      if (!mayKeep(instance, 1, 1)) return SW_NOT_ENOUGH_MEMORY;
      const status = openSecret(c, d);
      if (status != SW_SUCCESS) return status;
      const created = keys.createKey(instance, a, b, exchange.data + c, d);
      wipeSecret(c, d);
      return created;
    }
    case api.CARD_KEY_CIPHER: // a number, b mode | direction << 8 | version << 16, c in RAM, d length
      return cipherInRam(instance, a, b, c, d);
    case api.CARD_KEY_FOLD: // a number, b version
      return keys.foldKey(instance, a, b);
    case api.CARD_KEY_DERIVE: // a number, b from, c length, d version
      if (!inRam(instance, b, c)) return SW_INTERNAL_ERROR;
      if (!keys.workFits(c)) return SW_WRONG_LENGTH;
      appletRead(instance, b, keys.WORK, c);
      return keys.deriveKey(instance, a, c, d);
    case api.CARD_KEY_ATTEMPT: // a number
      return keys.attempt(instance, a);
    case api.CARD_KEY_SUCCEED: // a number
      return keys.succeed(instance, a);
    case api.CARD_KEY_TRIES: // a number
      return keys.keyTries(instance, a);
    default:
      return SW_INTERNAL_ERROR;
  }
}

function cipherInRam(instance: i32, number: i32, how: i32, at: i32, length: i32): i32 {
  if (!inRam(instance, at, length)) return SW_INTERNAL_ERROR;
  if (!keys.workFits(length)) return SW_WRONG_LENGTH;
  appletRead(instance, at, keys.WORK, length);
  const status = keys.cipherWork(instance, number, how, length);
  if (status == SW_SUCCESS) appletWrite(instance, at, keys.WORK, length);
  memory.fill(keys.WORK, 0, length);
  return status;
}

function replyRandom(instance: i32, to: i32, length: i32): i32 {
  if (!inRam(instance, to, length) || length > PIECE_BYTES) return SW_INTERNAL_ERROR;
  random(PIECE, length);
  appletWrite(instance, to, PIECE, length);
  return SW_SUCCESS;
}
