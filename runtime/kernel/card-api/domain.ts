// Card API: the secure channel, and what only a security domain may ask.

import * as api from "../../spec/card-api.ts";
import { MAX_INSTANCES } from "../../spec/chip.ts";
import { MAX_MODULES } from "../../spec/configuration.ts";
import { PRIVILEGE_SECURITY_DOMAIN } from "../../spec/privileges.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INTERNAL_ERROR,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
} from "../../spec/status-words.ts";
import { setHistoricalBytes } from "../answer-to-reset.ts";
import { exchange } from "../buffers.ts";
import { appletWrite } from "../chip.ts";
import * as configuration from "../configuration.ts";
import * as instances from "../instances.ts";
import { bigEndian24 } from "../parse.ts";
import * as registry from "../registry.ts";
import * as keySets from "../secure-channel/key-sets.ts";
import { putKeySet } from "../secure-channel/put-key.ts";
import * as session from "../secure-channel/session.ts";
import { inCommand, inRam, PIECE } from "./ranges.ts";

/** INITIALIZE UPDATE and EXTERNAL AUTHENTICATE work on the command in hand and answer it. */
export function callChannel(operation: i32): i32 {
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

export function callDomain(instance: i32, operation: i32, a: i32, b: i32, c: i32): i32 {
  switch (operation) {
    case api.CARD_REGISTRY_READ: // a instance, b to
      return readRegistry(instance, a, b);
    case api.CARD_MODULE_READ: // a module, b to (16 bytes): length of its AID, or -1
      return readModule(instance, a, b);
    case api.CARD_INSTALL: // a module, b offset of LV AID ‖ LV privileges, c offset of LV parameters
      return installFromCommand(a, b, c);
    case api.CARD_KEY_SET_CREATE: // a version, b offset in the data, c length
      if (instances.running.installing != instance) return SW_CONDITIONS_NOT_SATISFIED;
      if (c < 1 || !inCommand(b, c) || a < 1 || a > 0xff) return SW_WRONG_LENGTH;
      return keySets.createKeySet(instance, a, exchange.data + b, c);
    case api.CARD_KEY_SET_PUT: // a version to replace or 0, b P2; the command data is PUT KEY's
      return putKeySet(instance, a, b & 0xff);
    case api.CARD_KEY_SET_READ: // a version: the set after it, as `nextKeySet` says, or 0
      return keySets.nextKeySet(instance, a);
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
  if ((bigEndian24(PIECE) & PRIVILEGE_SECURITY_DOMAIN) != 0) return SW_WRONG_DATA;
  const value = exchange.data + parameterOffset + 1;
  return instances.install(module, at + 1, aid - 1, PIECE, value, parameters - 1);
}
