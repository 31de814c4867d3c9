// The issuer security domain: the entries that the kernel calls. GlobalPlatform Card Specification 2.3.1.

import { Apdu, bigEndian24, receive } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import * as reply from "../../runtime/sdk/reply.ts";
import {
  REGISTRY_ROW_AID,
  REGISTRY_ROW_AID_LENGTH,
  REGISTRY_ROW_BYTES,
  REGISTRY_ROW_PRIVILEGES,
} from "../../runtime/spec/card-api.ts";
import { MAX_INSTANCES } from "../../runtime/spec/chip.ts";
import {
  CLA_PROPRIETARY,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_DATA,
  INS_GET_STATUS,
  INS_INITIALIZE_UPDATE,
  INS_INSTALL,
  INS_PUT_KEY,
  INS_SELECT,
  INS_STORE_DATA,
} from "../../runtime/spec/instructions.ts";
import { PRIVILEGE_SECURITY_DOMAIN } from "../../runtime/spec/privileges.ts";
import {
  SW_CLA_NOT_SUPPORTED,
  SW_FILE_NOT_FOUND,
  SW_INS_NOT_SUPPORTED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../runtime/spec/status-words.ts";
import { getData } from "./get-data.ts";
import { getStatus } from "./get-status.ts";
import { installCommand } from "./install-command.ts";
import { putKey } from "./put-key.ts";
import { TAG_6F_FCI, TAG_9F65_MAXIMUM_LENGTH, TAG_84_AID, TAG_A5_PROPRIETARY } from "./spec.ts";
import { storeData } from "./store-data.ts";

/** Install parameters: key version, then ENC, MAC and DEK of 16 bytes each: the transport keys. */
const PARAMETER_BYTES: i32 = 1 + 48;
/** Longest command data that a short APDU brings. */
const MAXIMUM_LENGTH: u8 = 0xff;

const ROW: usize = memory.data(REGISTRY_ROW_BYTES);

export function install(_header: i32, lc: i32, _le: i32): i32 {
  if (lc != PARAMETER_BYTES) return SW_WRONG_DATA;
  const status = card.readCommand(0, ROW, 1);
  return status == SW_SUCCESS ? card.createKeySet(load<u8>(ROW), 1) : status;
}

export function select(header: i32, lc: i32, le: i32): i32 {
  receive(header, lc, le);
  if (!findDomain()) return SW_FILE_NOT_FOUND;
  reply.start();
  const template = reply.open(TAG_6F_FCI);
  reply.field(TAG_84_AID, ROW + REGISTRY_ROW_AID, load<u8>(ROW + REGISTRY_ROW_AID_LENGTH));
  const proprietary = reply.open(TAG_A5_PROPRIETARY);
  reply.byteField(TAG_9F65_MAXIMUM_LENGTH, MAXIMUM_LENGTH);
  reply.close(proprietary);
  reply.close(template);
  return reply.send();
}

/** Leaves the registry row of the issuer domain in `ROW`. */
function findDomain(): bool {
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (card.readRegistry(instance, ROW) != SW_SUCCESS) continue;
    if ((bigEndian24(ROW + REGISTRY_ROW_PRIVILEGES) & PRIVILEGE_SECURITY_DOMAIN) != 0) return true;
  }
  return false;
}

export function deselect(_a: i32, _b: i32, _c: i32): i32 {
  return SW_SUCCESS;
}

export function process(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  if (apdu.cla == 0) return processInterindustry(apdu);
  if (apdu.cla != CLA_PROPRIETARY && !isAuthenticate(apdu)) return SW_CLA_NOT_SUPPORTED;
  switch (apdu.ins) {
    case INS_INITIALIZE_UPDATE:
      return card.initializeUpdate();
    case INS_EXTERNAL_AUTHENTICATE:
      return card.externalAuthenticate();
    case INS_GET_DATA:
      return getData(apdu);
    case INS_STORE_DATA:
      return storeData(apdu);
    case INS_PUT_KEY:
      return putKey(apdu);
    case INS_INSTALL:
      return installCommand(apdu);
    case INS_GET_STATUS:
      return getStatus(apdu);
    default:
      return SW_INS_NOT_SUPPORTED;
  }
}

/** EXTERNAL AUTHENTICATE carries its MAC before there is a session to take it off. */
function isAuthenticate(apdu: Apdu): bool {
  return apdu.cla == 0x84 && apdu.ins == INS_EXTERNAL_AUTHENTICATE;
}

/** GET DATA is also known in the interindustry class; a name that no instance has ends here. */
function processInterindustry(apdu: Apdu): i32 {
  switch (apdu.ins) {
    case INS_GET_DATA:
      return getData(apdu);
    case INS_SELECT:
      return SW_FILE_NOT_FOUND;
    default:
      return SW_INS_NOT_SUPPORTED;
  }
}
