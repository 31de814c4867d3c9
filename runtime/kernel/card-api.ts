// What an applet may ask, operation by operation. The chip names the instance that asks; every
// pointer is checked against the RAM of that instance before a byte moves.

import * as api from "../spec/card-api.ts";
import { MAX_INSTANCES } from "../spec/chip.ts";
import { MAX_MODULES, PRIVILEGE_SECURITY_DOMAIN } from "../spec/configuration.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INTERNAL_ERROR,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
} from "../spec/status-words.ts";
import { KIND_DATA } from "../spec/store.ts";
import { setHistoricalBytes } from "./answer-to-reset.ts";
import { exchange } from "./buffers.ts";
import { appletRead, appletWrite, random } from "./chip.ts";
import * as configuration from "./configuration.ts";
import * as instances from "./instances.ts";
import * as keys from "./keys.ts";
import * as pins from "./pins.ts";
import * as registry from "./registry.ts";
import { BLOCK } from "./secure-channel/cmac.ts";
import * as keySets from "./secure-channel/key-sets.ts";
import { putKeySet } from "./secure-channel/put-key.ts";
import * as session from "./secure-channel/session.ts";
import * as objects from "./store/objects.ts";

/** One piece of data on its way to or from an applet. */
const PIECE_BYTES: i32 = 100;
const PIECE: usize = memory.data(PIECE_BYTES);

/** Whether [offset, offset + length) lies in the RAM of the instance. Wraps round nowhere. */
function inRam(instance: i32, offset: i32, length: i32): bool {
  const ram = registry.ramOf(instance);
  const size = length as u32;
  return size <= ram && (offset as u32) <= ram - size;
}

/** Whether [offset, offset + length) lies in the command data. */
function inCommand(offset: i32, length: i32): bool {
  const all = exchange.lc as u32;
  const size = length as u32;
  return size <= all && (offset as u32) <= all - size;
}

function isSecurityDomain(instance: i32): bool {
  return (registry.privilegesOf(instance) & PRIVILEGE_SECURITY_DOMAIN) != 0;
}

/** Does `operation` for `instance`. A call with a number of no operation answers 6F00. */
export function callCard(instance: i32, operation: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  if (instance < 1 || instance > MAX_INSTANCES || !registry.exists(instance)) {
    return SW_INTERNAL_ERROR;
  }
  switch (operation >> 4) {
    case 0:
      return callCommand(instance, operation, a, b, c);
    case 1:
      return callStore(instance, operation, a, b, c, d);
    case 2:
      return callPin(instance, operation, a, b, c, d);
    case 3:
      return callKey(instance, operation, a, b, c, d);
    case 4:
      return callChannel(operation);
    case 5:
      if (!isSecurityDomain(instance)) return SW_SECURITY_NOT_SATISFIED;
      return callDomain(instance, operation, a, b, c);
    default:
      return SW_INTERNAL_ERROR;
  }
}

// The command and the response

function callCommand(instance: i32, operation: i32, a: i32, b: i32, c: i32): i32 {
  switch (operation) {
    case api.CARD_COMMAND_READ: // a offset in the data, b to, c length
      if (!inCommand(a, c) || !inRam(instance, b, c)) return SW_INTERNAL_ERROR;
      appletWrite(instance, b, exchange.data + a, c);
      return SW_SUCCESS;
    case api.CARD_REPLY: // a from, b length
      if (!inRam(instance, a, b)) return SW_INTERNAL_ERROR;
      if (exchange.replyLength + b > api.MAX_RESPONSE_BYTES) return SW_WRONG_LENGTH;
      appletRead(instance, a, exchange.reply + exchange.replyLength, b);
      exchange.replyLength += b;
      return SW_SUCCESS;
    case api.CARD_REPLY_OBJECT: // a number, b offset, c length
      return replyObject(instance, a, b, c);
    case api.CARD_REPLY_CLEAR:
      exchange.replyLength = 0;
      return SW_SUCCESS;
    case api.CARD_REPLY_LENGTH:
      return exchange.replyLength;
    default:
      return SW_INTERNAL_ERROR;
  }
}

/** Row of a data object of the instance, or -1. */
function dataRow(instance: i32, number: i32): i32 {
  const row = registry.isAppletNumber(number) ? objects.find(instance, number) : -1;
  return row >= 0 && objects.kindOf(row) == KIND_DATA ? row : -1;
}

function inObject(row: i32, offset: i32, length: i32): bool {
  const size = objects.sizeOf(row) as u32;
  return (length as u32) <= size && (offset as u32) <= size - (length as u32);
}

function replyObject(instance: i32, number: i32, offset: i32, length: i32): i32 {
  const row = dataRow(instance, number);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (!inObject(row, offset, length)) return SW_WRONG_OFFSET;
  if (exchange.replyLength + length > api.MAX_RESPONSE_BYTES) return SW_WRONG_LENGTH;
  objects.read(row, offset, exchange.reply + exchange.replyLength, length);
  exchange.replyLength += length;
  return SW_SUCCESS;
}

// Objects of the store

function callStore(instance: i32, operation: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  switch (operation) {
    case api.CARD_OBJECT_CREATE: // a number, b size
      if (!registry.isAppletNumber(a) || b < 0) return SW_WRONG_DATA;
      return objects.create(instance, a, KIND_DATA, b);
    case api.CARD_TRANSACTION_BEGIN:
      return objects.begin();
    case api.CARD_TRANSACTION_COMMIT:
      // An install is one transaction that ends with it.
      return instances.running.installing != 0 ? SW_CONDITIONS_NOT_SATISFIED : objects.commit();
    case api.CARD_TRANSACTION_ABORT:
      if (instances.running.installing != 0) return SW_CONDITIONS_NOT_SATISFIED;
      objects.abort();
      return SW_SUCCESS;
    case api.CARD_OBJECT_DELETE: // a number
      return registry.isAppletNumber(a) ? removeObject(instance, a) : SW_WRONG_DATA;
    default:
      break;
  }
  const row = dataRow(instance, a);
  if (operation == api.CARD_OBJECT_SIZE) return row < 0 ? -1 : objects.sizeOf(row);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  switch (operation) {
    case api.CARD_OBJECT_READ: // a number, b offset, c to, d length
      return readObject(instance, row, b, c, d);
    case api.CARD_OBJECT_WRITE: // a number, b offset, c from, d length
      if (!inRam(instance, c, d)) return SW_INTERNAL_ERROR;
      return writeObject(row, b, instance, c, d);
    case api.CARD_OBJECT_WRITE_COMMAND: // a number, b offset, c offset in the data, d length
      if (!inCommand(c, d)) return SW_INTERNAL_ERROR;
      return writeObject(row, b, 0, exchange.data + c, d);
    default:
      return SW_INTERNAL_ERROR;
  }
}

/** Deletes an object of any kind that the instance owns. */
function removeObject(instance: i32, number: i32): i32 {
  const row = objects.find(instance, number);
  return row < 0 ? SW_REFERENCED_DATA_NOT_FOUND : objects.remove(row);
}

function readObject(instance: i32, row: i32, offset: i32, to: i32, length: i32): i32 {
  if (!inRam(instance, to, length)) return SW_INTERNAL_ERROR;
  if (!inObject(row, offset, length)) return SW_WRONG_OFFSET;
  while (length > 0) {
    const part = length < PIECE_BYTES ? length : PIECE_BYTES;
    objects.read(row, offset, PIECE, part);
    appletWrite(instance, to, PIECE, part);
    offset += part;
    to += part;
    length -= part;
  }
  return SW_SUCCESS;
}

function writeObject(row: i32, offset: i32, instance: i32, source: usize, length: i32): i32 {
  if (!inObject(row, offset, length)) return SW_WRONG_OFFSET;
  return objects.write(row, offset, instance, source, length);
}

// PINs and keys

/**
 * Brings a secret of `length` bytes, at `offset` of the command data, to the caller's hands: as it
 * is during an install, else deciphered under the session's DEK, where it stands padded to blocks.
 */
function openSecret(offset: i32, length: i32): u16 {
  if (length < 1 || length > api.MAX_KEY_BYTES) return SW_WRONG_LENGTH;
  const installing = instances.running.installing != 0;
  const stored = installing ? length : ((length + BLOCK - 1) / BLOCK) * BLOCK;
  if (!inCommand(offset, stored)) return SW_WRONG_LENGTH;
  return installing ? SW_SUCCESS : session.decryptSensitive(exchange.data + offset, stored);
}

function callPin(instance: i32, operation: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  if (!registry.isAppletNumber(a)) return SW_WRONG_DATA;
  switch (operation) {
    case api.CARD_PIN_CREATE: {
      // a number, b tries, c offset in the data, d length
      const status = openSecret(c, d);
      if (status != SW_SUCCESS) return status;
      const created = pins.createPin(instance, a, b, exchange.data + c, d);
      memory.fill(exchange.data + c, 0, d);
      return created;
    }
    case api.CARD_PIN_VERIFY: // a number, b offset in the data, c length
      if (!inCommand(b, c)) return SW_INTERNAL_ERROR;
      return pins.verifyPin(instance, a, exchange.data + b, c);
    case api.CARD_PIN_TRIES: // a number
      return pins.pinTries(instance, a);
    default:
      return SW_INTERNAL_ERROR;
  }
}

function callKey(instance: i32, operation: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  if (operation == api.CARD_RANDOM) return replyRandom(instance, a, b);
  if (!registry.isAppletNumber(a) && a != api.SESSION_KEY) return SW_WRONG_DATA;
  switch (operation) {
    case api.CARD_KEY_CREATE: {
      // a number, b cipher | uses << 8 | tries << 16, c offset in the data, d length
      if (a == api.SESSION_KEY) return SW_WRONG_DATA;
      const status = openSecret(c, d);
      if (status != SW_SUCCESS) return status;
      const value = exchange.data + c;
      const uses = (b >> 8) & 0xff;
      const created = keys.createKey(instance, a, b & 0xff, uses, (b >> 16) & 0xff, value, d);
      memory.fill(value, 0, d);
      return created;
    }
    case api.CARD_KEY_CIPHER: // a number, b mode | direction << 8, c in RAM, d length
      return cipherInRam(instance, a, b, c, d);
    case api.CARD_KEY_DERIVE: // a number, b from, c length
      if (!inRam(instance, b, c)) return SW_INTERNAL_ERROR;
      if (!keys.workFits(c)) return SW_WRONG_LENGTH;
      appletRead(instance, b, keys.WORK, c);
      return keys.deriveKey(instance, a, c);
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
  const direction = (how >> 8) & 0xff;
  const status = keys.cipherWork(instance, number, how & 0xff, direction, length);
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

// The secure channel

/** INITIALIZE UPDATE and EXTERNAL AUTHENTICATE work on the command in hand and answer it. */
function callChannel(operation: i32): i32 {
  switch (operation) {
    case api.CARD_CHANNEL_INITIALIZE:
      return session.initializeUpdate(registry.withPrivilege(PRIVILEGE_SECURITY_DOMAIN));
    case api.CARD_CHANNEL_AUTHENTICATE:
      return session.externalAuthenticate();
    case api.CARD_CHANNEL_LEVEL:
      return session.sessionLevel();
    default:
      return SW_INTERNAL_ERROR;
  }
}

// What only a security domain may ask

function callDomain(instance: i32, operation: i32, a: i32, b: i32, c: i32): i32 {
  switch (operation) {
    case api.CARD_REGISTRY_READ: // a instance, b to
      return readRegistry(instance, a, b);
    case api.CARD_MODULE_READ: // a module, b to (16 bytes): length of its AID, or -1
      return readModule(instance, a, b);
    case api.CARD_INSTALL: // a module, b offset of LV AID ‖ LV privileges, c offset of LV parameters
      return installFromCommand(a, b, c);
    case api.CARD_KEY_SET_CREATE: // a version, b offset of 48 bytes in the data
      if (instances.running.installing != instance) return SW_CONDITIONS_NOT_SATISFIED;
      if (!inCommand(b, 48) || a < 1 || a > 0xff) return SW_WRONG_LENGTH;
      return keySets.createKeySet(instance, a, exchange.data + b);
    case api.CARD_KEY_SET_PUT: // a version to replace or 0; the command data is that of PUT KEY
      return putKeySet(instance, a);
    case api.CARD_KEY_SET_READ: // a version: the next one above it, or 0
      return keySets.nextVersion(instance, a);
    case api.CARD_HISTORICAL_BYTES: // a offset in the data, b length
      if (!inCommand(a, b)) return SW_WRONG_LENGTH;
      return setHistoricalBytes(exchange.data + a, b);
    default:
      return SW_INTERNAL_ERROR;
  }
}

function readRegistry(instance: i32, which: i32, to: i32): i32 {
  if (!inRam(instance, to, api.REGISTRY_ROW_BYTES)) return SW_INTERNAL_ERROR;
  if (which < 1 || which > MAX_INSTANCES || !registry.exists(which)) {
    return SW_REFERENCED_DATA_NOT_FOUND;
  }
  appletWrite(instance, to, registry.rowOf(which), api.REGISTRY_ROW_BYTES);
  return SW_SUCCESS;
}

function readModule(instance: i32, module: i32, to: i32): i32 {
  if (!inRam(instance, to, 16) || module < 0 || module >= MAX_MODULES) return -1;
  const length = configuration.moduleAid(module, PIECE);
  if (length > 0) appletWrite(instance, to, PIECE, length);
  return length;
}

/** Length of the LV field at `offset` of the command data with its length byte, or -1. */
function fieldLength(offset: i32): i32 {
  if (!inCommand(offset, 1)) return -1;
  const length = 1 + load<u8>(exchange.data + offset);
  return inCommand(offset, length) ? length : -1;
}

function installFromCommand(module: i32, offset: i32, parameterOffset: i32): i32 {
  const aid = fieldLength(offset);
  if (aid < 0) return SW_WRONG_LENGTH;
  const privileges = fieldLength(offset + aid);
  const parameters = fieldLength(parameterOffset);
  if (privileges < 2 || parameters < 0) return SW_WRONG_LENGTH;
  // One byte of privileges stands for three. GPC 2.3.1, 11.1.2.
  const at = exchange.data + offset;
  memory.fill(PIECE, 0, 3);
  memory.copy(PIECE, at + aid + 1, privileges - 1 > 3 ? 3 : privileges - 1);
  // A second domain with its own keys is not supported yet; refuse rather than pretend.
  if ((load<u8>(PIECE) & PRIVILEGE_SECURITY_DOMAIN) != 0) return SW_WRONG_DATA;
  const value = exchange.data + parameterOffset + 1;
  return instances.install(module, at + 1, aid - 1, PIECE, value, parameters - 1);
}
