// INSTALL [for install and make selectable] of a module of the image. GPC 2.3.1, 11.5.2.3.2.

import { Apdu, DATA, DATA_BYTES, loadData } from "../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../runtime/sdk/bytes.ts";
import * as card from "../../runtime/sdk/card.ts";
import { MAX_MODULES } from "../../runtime/spec/configuration.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { checkProtected } from "./session.ts";
import { INSTALL_AND_MAKE_SELECTABLE, TAG_C9_PARAMETERS } from "./spec.ts";

/** Load file AID, module AID, instance AID, privileges, parameters, token. */
const FIELDS: i32 = 6;
const FIELD_LOAD_FILE: i32 = 0;
const FIELD_MODULE: i32 = 1;
const FIELD_INSTANCE: i32 = 2;
const FIELD_PARAMETERS: i32 = 4;

const MODULE: usize = memory.data(16);

/** INSTALL: the data are six LV fields; the parameters hold tag C9, whose value the applet gets. */
export function installCommand(apdu: Apdu): u16 {
  if (apdu.p1 != INSTALL_AND_MAKE_SELECTABLE || apdu.p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc < FIELDS || apdu.lc > DATA_BYTES) return SW_WRONG_LENGTH;
  const allowed = checkProtected();
  if (allowed != SW_SUCCESS) return allowed;
  if (!isWellFormed(loadData())) return SW_WRONG_DATA;
  const parameters = offsetOf(FIELD_PARAMETERS);
  if (!holdsC9(parameters)) return SW_WRONG_DATA;
  const module = findModule();
  if (module < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  const status = card.install(module, offsetOf(FIELD_INSTANCE), parameters + 2);
  if (status != SW_SUCCESS) return status;
  // Receipt: none. 11.5.3.1.
  store<u8>(MODULE, 0);
  return card.replyBytes(MODULE, 1);
}

function lengthAt(offset: i32): i32 {
  return 1 + load<u8>(DATA + offset);
}

function offsetOf(index: i32): i32 {
  let offset = 0;
  for (let i = 0; i < index; i++) offset += lengthAt(offset);
  return offset;
}

/** Six fields that fill the data; the token may be left out. */
function isWellFormed(length: i32): bool {
  let offset = 0;
  for (let i = 0; i < FIELDS - 1; i++) {
    if (offset >= length) return false;
    offset += lengthAt(offset);
  }
  if (offset < length) offset += lengthAt(offset);
  return offset == length;
}

function holdsC9(offset: i32): bool {
  const length = load<u8>(DATA + offset) as i32;
  if (length < 2 || load<u8>(DATA + offset + 1) != TAG_C9_PARAMETERS) return false;
  return load<u8>(DATA + offset + 2) == ((length - 2) as u8);
}

/** Index of the module named as module and, unless left empty, as load file; -1 when there is none. */
function findModule(): i32 {
  for (let module = 0; module < MAX_MODULES; module++) {
    const length = card.readModule(module, MODULE);
    if (length <= 0 || !isNamed(offsetOf(FIELD_MODULE), length)) continue;
    const loadFile = offsetOf(FIELD_LOAD_FILE);
    if (load<u8>(DATA + loadFile) == 0 || isNamed(loadFile, length)) return module;
  }
  return -1;
}

/** Whether the LV field at `offset` is the AID in `MODULE`. */
function isNamed(offset: i32, length: i32): bool {
  if (load<u8>(DATA + offset) != (length as u8)) return false;
  return sameBytes(DATA + offset + 1, MODULE, length);
}
