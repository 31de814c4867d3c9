// GET STATUS: what is on the card. GPC 2.3.1, 11.4.

import { Apdu, bigEndian24, DATA, DATA_BYTES, loadData } from "../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../runtime/sdk/bytes.ts";
import * as card from "../../runtime/sdk/card.ts";
import * as reply from "../../runtime/sdk/reply.ts";
import { field, nextField } from "../../runtime/sdk/tlv.ts";
import {
  REGISTRY_ROW_AID,
  REGISTRY_ROW_AID_LENGTH,
  REGISTRY_ROW_BYTES,
  REGISTRY_ROW_LIFE_CYCLE,
  REGISTRY_ROW_MODULE,
  REGISTRY_ROW_PRIVILEGES,
} from "../../runtime/spec/card-api.ts";
import { MAX_INSTANCES } from "../../runtime/spec/chip.ts";
import { MAX_MODULES } from "../../runtime/spec/configuration.ts";
import { PRIVILEGE_SECURITY_DOMAIN } from "../../runtime/spec/privileges.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { checkAuthenticated } from "./session.ts";
import {
  LIFE_CYCLE_LOADED,
  LIFE_CYCLE_OP_READY,
  STATUS_APPLICATIONS,
  STATUS_ISSUER_DOMAIN,
  STATUS_LOAD_FILES,
  STATUS_LOAD_FILES_AND_MODULES,
  STATUS_TLV_FORMAT,
  TAG_4F_AID,
  TAG_9F70_LIFE_CYCLE,
  TAG_84_MODULE,
  TAG_C4_LOAD_FILE,
  TAG_C5_PRIVILEGES,
  TAG_E3_REGISTRY,
} from "./spec.ts";

const ROW: usize = memory.data(REGISTRY_ROW_BYTES);
const MODULE: usize = memory.data(16);

/** GET STATUS: P1 says of what, P2 02 in TLV format; the data 4F L AID, of which L may be 0. */
export function getStatus(apdu: Apdu): u16 {
  if (apdu.p2 != STATUS_TLV_FORMAT || !isKind(apdu.p1)) return SW_WRONG_P1P2;
  if (apdu.lc < 2 || apdu.lc > DATA_BYTES) return SW_WRONG_LENGTH;
  const allowed = checkAuthenticated();
  if (allowed != SW_SUCCESS) return allowed;
  const end = DATA + loadData();
  if (nextField(DATA, end) == 0 || field.tag != (TAG_4F_AID as i32)) return SW_WRONG_DATA;
  const before = card.replyLength();
  const isModules = apdu.p1 == STATUS_LOAD_FILES || apdu.p1 == STATUS_LOAD_FILES_AND_MODULES;
  const status = isModules ? listModules(apdu.p1) : listInstances(apdu.p1);
  if (status != SW_SUCCESS) return status;
  return card.replyLength() == before ? SW_REFERENCED_DATA_NOT_FOUND : SW_SUCCESS;
}

function isKind(p1: u8): bool {
  return (
    p1 == STATUS_ISSUER_DOMAIN ||
    p1 == STATUS_APPLICATIONS ||
    p1 == STATUS_LOAD_FILES ||
    p1 == STATUS_LOAD_FILES_AND_MODULES
  );
}

/** Whether an AID begins with the bytes asked for. */
function isAskedFor(aid: usize, length: i32): bool {
  return length >= field.length && sameBytes(aid, field.value, field.length);
}

function listInstances(p1: u8): u16 {
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (card.readRegistry(instance, ROW) != SW_SUCCESS) continue;
    const isDomain = (bigEndian24(ROW + REGISTRY_ROW_PRIVILEGES) & PRIVILEGE_SECURITY_DOMAIN) != 0;
    if (isDomain != (p1 == STATUS_ISSUER_DOMAIN)) continue;
    const length = load<u8>(ROW + REGISTRY_ROW_AID_LENGTH) as i32;
    if (!isAskedFor(ROW + REGISTRY_ROW_AID, length)) continue;
    const status = answerInstance(length, isDomain);
    if (status != SW_SUCCESS) return status;
  }
  return SW_SUCCESS;
}

function answerInstance(aidLength: i32, isDomain: bool): u16 {
  const lifeCycle = isDomain ? LIFE_CYCLE_OP_READY : load<u8>(ROW + REGISTRY_ROW_LIFE_CYCLE);
  reply.start();
  const template = reply.open(TAG_E3_REGISTRY);
  reply.field(TAG_4F_AID, ROW + REGISTRY_ROW_AID, aidLength);
  reply.byteField(TAG_9F70_LIFE_CYCLE, lifeCycle);
  reply.field(TAG_C5_PRIVILEGES, ROW + REGISTRY_ROW_PRIVILEGES, 3);
  const module = card.readModule(load<u8>(ROW + REGISTRY_ROW_MODULE), MODULE);
  if (module > 0) reply.field(TAG_C4_LOAD_FILE, MODULE, module);
  reply.close(template);
  return reply.send();
}

/** The modules of the image: each is a load file with itself as its one module. */
function listModules(p1: u8): u16 {
  for (let module = 0; module < MAX_MODULES; module++) {
    const length = card.readModule(module, MODULE);
    if (length <= 0 || !isAskedFor(MODULE, length)) continue;
    reply.start();
    const template = reply.open(TAG_E3_REGISTRY);
    reply.field(TAG_4F_AID, MODULE, length);
    reply.byteField(TAG_9F70_LIFE_CYCLE, LIFE_CYCLE_LOADED);
    if (p1 == STATUS_LOAD_FILES_AND_MODULES) reply.field(TAG_84_MODULE, MODULE, length);
    reply.close(template);
    const status = reply.send();
    if (status != SW_SUCCESS) return status;
  }
  return SW_SUCCESS;
}
