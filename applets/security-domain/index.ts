// A security domain, the issuer's or a supplementary one: the entries that the kernel calls.
// GlobalPlatform Card Specification 2.3.1.

import { Apdu, receive } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import {
  CLA_PROPRIETARY,
  INS_DELETE,
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_DATA,
  INS_GET_DATA_ODD,
  INS_GET_STATUS,
  INS_INITIALIZE_UPDATE,
  INS_INSTALL,
  INS_LOAD,
  INS_PUT_KEY,
  INS_SELECT,
  INS_SET_STATUS,
  INS_STORE_DATA,
} from "../../runtime/spec/instructions.ts";
import {
  SW_CLA_NOT_SUPPORTED,
  SW_FILE_NOT_FOUND,
  SW_INS_NOT_SUPPORTED,
  SW_SUCCESS,
} from "../../runtime/spec/status-words.ts";
import { deleteCommand } from "./delete.ts";
import { answerFci } from "./fci.ts";
import { getData } from "./get-data.ts";
import { getStatus } from "./get-status.ts";
import { installCommand } from "./install-command.ts";
import { installDomain } from "./install-domain.ts";
import { load } from "./load.ts";
import { putKey } from "./put-key.ts";
import { setStatus } from "./set-status.ts";
import { clearState, state } from "./state.ts";
import { storeData } from "./store-data.ts";

export function install(_header: i32, lc: i32, _le: i32): i32 {
  return installDomain(lc);
}

export function select(header: i32, lc: i32, le: i32): i32 {
  receive(header, lc, le);
  clearState();
  return answerFci();
}

export function deselect(_a: i32, _b: i32, _c: i32): i32 {
  clearState();
  return SW_SUCCESS;
}

export function process(header: i32, lc: i32, le: i32): i32 {
  const apdu = receive(header, lc, le);
  if (apdu.ins != INS_LOAD) state().loading = 0;
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
    case INS_LOAD:
      return load(apdu);
    case INS_DELETE:
      return deleteCommand(apdu);
    case INS_GET_STATUS:
      return getStatus(apdu);
    case INS_SET_STATUS:
      return setStatus(apdu);
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
    case INS_GET_DATA_ODD:
      return getData(apdu);
    case INS_SELECT:
      return SW_FILE_NOT_FOUND;
    default:
      return SW_INS_NOT_SUPPORTED;
  }
}
