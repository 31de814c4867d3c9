// GET STATUS: what is on the card. GPC 2.3.1, 11.4; without TLV as in 2.2.1, 11.4.3.1.

import { Apdu, bigEndian24, DATA, DATA_BYTES, loadData } from "../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../runtime/sdk/bytes.ts";
import * as card from "../../runtime/sdk/card.ts";
import * as reply from "../../runtime/sdk/reply.ts";
import { field, nextField } from "../../runtime/sdk/tlv.ts";
import {
  MODULE_ROW_AID,
  MODULE_ROW_AID_LENGTH,
  MODULE_ROW_BYTES,
  MODULE_ROW_DOMAIN,
  MODULE_ROW_MODULE_AID,
  MODULE_ROW_MODULE_AID_LENGTH,
  REGISTRY_ROW_AID,
  REGISTRY_ROW_AID_LENGTH,
  REGISTRY_ROW_DOMAIN,
  REGISTRY_ROW_IMPLICIT,
  REGISTRY_ROW_LIFE_CYCLE,
  REGISTRY_ROW_MODULE,
  REGISTRY_ROW_PRIVILEGES,
} from "../../runtime/spec/card-api.ts";
import { MAX_INSTANCES } from "../../runtime/spec/chip.ts";
import { MAX_MODULES, MAX_PACKAGES, PACKAGE_MODULE } from "../../runtime/spec/configuration.ts";
import {
  STATUS_APPLICATIONS,
  STATUS_ISSUER_DOMAIN,
  STATUS_LOAD_FILES,
  STATUS_LOAD_FILES_AND_MODULES,
  TAG_CF_IMPLICIT_SELECTION,
} from "../../runtime/spec/content.ts";
import { LIFE_CYCLE_LOADED } from "../../runtime/spec/life-cycle.ts";
import { PRIVILEGE_SECURITY_DOMAIN } from "../../runtime/spec/privileges.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_MORE_STATUS,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { checkAuthenticated } from "./session.ts";
import {
  STATUS_NEXT,
  STATUS_TLV_FORMAT,
  TAG_4F_AID,
  TAG_9F70_LIFE_CYCLE,
  TAG_84_MODULE,
  TAG_C4_LOAD_FILE,
  TAG_C5_PRIVILEGES,
  TAG_CC_DOMAIN,
  TAG_E3_REGISTRY,
} from "./spec.ts";
import { state } from "./state.ts";

/** Longest answer; what does not fit comes with the next GET STATUS. With a MAC it stays a short one. */
const PAGE_BYTES: i32 = 230;
/** Places that a listing walks through: instances by number, or modules by theirs. */
const MODULE_PLACES: i32 = MAX_MODULES + MAX_PACKAGES;

const ROW: usize = memory.data(MODULE_ROW_BYTES, 4);
const OTHER: usize = memory.data(MODULE_ROW_BYTES, 4);

/** GET STATUS: P1 of what, P2 02 in TLV format and 01 for what is left; the data 4F L, the AID's beginning. */
export function getStatus(apdu: Apdu): u16 {
  const kind = apdu.p1 as i32;
  if ((apdu.p2 & ~(STATUS_TLV_FORMAT | STATUS_NEXT)) != 0 || !isKind(kind)) return SW_WRONG_P1P2;
  if (apdu.lc < 2 || apdu.lc > DATA_BYTES) return SW_WRONG_LENGTH;
  const allowed = checkAuthenticated();
  if (allowed != SW_SUCCESS) return allowed;
  const end = DATA + loadData();
  if (nextField(DATA, end) == 0 || field.tag != (TAG_4F_AID as i32)) return SW_WRONG_DATA;
  const goesOn = (apdu.p2 & STATUS_NEXT) != 0;
  if (goesOn && state().listing != (kind as u8)) return SW_CONDITIONS_NOT_SATISFIED;
  const from = goesOn ? (state().next as i32) : 0;
  state().listing = 0;
  return list(kind, from, (apdu.p2 & STATUS_TLV_FORMAT) != 0);
}

function isKind(p1: i32): bool {
  return (
    p1 == STATUS_ISSUER_DOMAIN ||
    p1 == STATUS_APPLICATIONS ||
    p1 == STATUS_LOAD_FILES ||
    p1 == STATUS_LOAD_FILES_AND_MODULES
  );
}

function isOfModules(kind: i32): bool {
  return kind == STATUS_LOAD_FILES || kind == STATUS_LOAD_FILES_AND_MODULES;
}

/** Answers the entries from place `from` on, as many as a page holds. */
function list(kind: i32, from: i32, tlv: bool): u16 {
  const places = isOfModules(kind) ? MODULE_PLACES : MAX_INSTANCES;
  const before = card.replyLength();
  for (let place = from; place < places; place++) {
    if (!(isOfModules(kind) ? findModule(place) : findInstance(place + 1, kind))) continue;
    reply.start();
    if (isOfModules(kind)) writeModule(kind == STATUS_LOAD_FILES_AND_MODULES, tlv);
    else writeInstance(tlv);
    if (card.replyLength() - before + reply.written() > PAGE_BYTES) {
      state().listing = kind as u8;
      state().next = place as u8;
      return SW_MORE_STATUS;
    }
    const status = reply.send();
    if (status != SW_SUCCESS) return status;
  }
  return card.replyLength() == before ? SW_REFERENCED_DATA_NOT_FOUND : SW_SUCCESS;
}

/** Whether an AID begins with the bytes asked for. */
function isAskedFor(aid: usize, length: i32): bool {
  return length >= field.length && sameBytes(aid, field.value, field.length);
}

/** Brings the row of an instance to `ROW` when it is asked for. The issuer's domain is its own domain. */
function findInstance(instance: i32, kind: i32): bool {
  if (card.readRegistry(instance, ROW) != SW_SUCCESS) return false;
  const isIssuer = isIssuerDomain(instance);
  if (isIssuer != (kind == STATUS_ISSUER_DOMAIN)) return false;
  // Of the one there is, whatever the search says. 11.4.2.1.
  if (isIssuer) return true;
  return isAskedFor(ROW + REGISTRY_ROW_AID, load<u8>(ROW + REGISTRY_ROW_AID_LENGTH));
}

function findModule(place: i32): bool {
  const module = place < MAX_MODULES ? place : PACKAGE_MODULE + place - MAX_MODULES;
  if (card.readModule(module, ROW) != SW_SUCCESS) return false;
  return isAskedFor(ROW + MODULE_ROW_AID, load<u8>(ROW + MODULE_ROW_AID_LENGTH));
}

/** The AID of a domain as field CC. */
function writeDomain(domain: i32): void {
  if (domain == 0 || card.readRegistry(domain, OTHER) != SW_SUCCESS) return;
  reply.field(TAG_CC_DOMAIN, OTHER + REGISTRY_ROW_AID, load<u8>(OTHER + REGISTRY_ROW_AID_LENGTH));
}

function writeInstance(tlv: bool): void {
  const length = load<u8>(ROW + REGISTRY_ROW_AID_LENGTH);
  if (!tlv) {
    reply.byte(length);
    reply.bytes(ROW + REGISTRY_ROW_AID, length);
    reply.bytes(ROW + REGISTRY_ROW_LIFE_CYCLE, 1);
    reply.bytes(ROW + REGISTRY_ROW_PRIVILEGES, 1);
    return;
  }
  const template = reply.open(TAG_E3_REGISTRY);
  reply.field(TAG_4F_AID, ROW + REGISTRY_ROW_AID, length);
  reply.byteField(TAG_9F70_LIFE_CYCLE, load<u8>(ROW + REGISTRY_ROW_LIFE_CYCLE));
  reply.field(TAG_C5_PRIVILEGES, ROW + REGISTRY_ROW_PRIVILEGES, 3);
  const implicit = load<u8>(ROW + REGISTRY_ROW_IMPLICIT);
  if (implicit != 0) reply.byteField(TAG_CF_IMPLICIT_SELECTION, implicit);
  if (card.readModule(load<u8>(ROW + REGISTRY_ROW_MODULE), OTHER) == SW_SUCCESS) {
    reply.field(TAG_C4_LOAD_FILE, OTHER + MODULE_ROW_AID, load<u8>(OTHER + MODULE_ROW_AID_LENGTH));
  }
  writeDomain(load<u8>(ROW + REGISTRY_ROW_DOMAIN));
  reply.close(template);
}

function writeModule(withModules: bool, tlv: bool): void {
  const length = load<u8>(ROW + MODULE_ROW_AID_LENGTH);
  const moduleLength = load<u8>(ROW + MODULE_ROW_MODULE_AID_LENGTH);
  if (!tlv) {
    reply.byte(length);
    reply.bytes(ROW + MODULE_ROW_AID, length);
    reply.byte(LIFE_CYCLE_LOADED);
    reply.byte(0);
    if (!withModules) return;
    reply.byte(1);
    reply.byte(moduleLength);
    reply.bytes(ROW + MODULE_ROW_MODULE_AID, moduleLength);
    return;
  }
  const template = reply.open(TAG_E3_REGISTRY);
  reply.field(TAG_4F_AID, ROW + MODULE_ROW_AID, length);
  reply.byteField(TAG_9F70_LIFE_CYCLE, LIFE_CYCLE_LOADED);
  if (withModules) reply.field(TAG_84_MODULE, ROW + MODULE_ROW_MODULE_AID, moduleLength);
  writeDomain(load<u8>(ROW + MODULE_ROW_DOMAIN));
  reply.close(template);
}

function isIssuerDomain(instance: i32): bool {
  const isDomain = (bigEndian24(ROW + REGISTRY_ROW_PRIVILEGES) & PRIVILEGE_SECURITY_DOMAIN) != 0;
  return isDomain && load<u8>(ROW + REGISTRY_ROW_DOMAIN) == (instance as u8);
}
