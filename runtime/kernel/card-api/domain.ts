// Card API: what only a security domain may ask.

import * as api from "../../spec/card-api.ts";
import { ENTRY_PROCESS, MAX_INSTANCES } from "../../spec/chip.ts";
import {
  INSTALL_FOR_EXTRADITION,
  INSTALL_FOR_INSTALL,
  INSTALL_FOR_LOAD,
  INSTALL_FOR_MAKE_SELECTABLE,
  INSTALL_FOR_REGISTRY_UPDATE,
} from "../../spec/content.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INTERNAL_ERROR,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../spec/status-words.ts";
import { setHistoricalBytes } from "../answer-to-reset.ts";
import { exchange } from "../buffers.ts";
import { appletWrite } from "../chip.ts";
import { remove, removeKeySet } from "../content/delete.ts";
import { installFor, installForLoad } from "../content/install.ts";
import { loadBlock } from "../content/loading.ts";
import { extradite, findToPersonalize, mayPersonalize, updateRegistry } from "../content/move.ts";
import { maySee } from "../content/rights.ts";
import * as instances from "../instances.ts";
import { callNested } from "../instances.ts";
import { setStatus } from "../life-cycle.ts";
import * as modules from "../modules.ts";
import * as packages from "../packages.ts";
import { mayChange } from "../protection.ts";
import * as registry from "../registry.ts";
import * as keySets from "../secure-channel/key-sets.ts";
import { putKeySet } from "../secure-channel/put-key.ts";
import { headerWord } from "../select.ts";
import { abort } from "../store/objects.ts";
import { freeForApplets, mayKeep } from "../work.ts";
import { inCommand, inRam, PIECE } from "./ranges.ts";

export function callDomain(instance: i32, operation: i32, a: i32, b: i32, c: i32): i32 {
  switch (operation) {
    case api.CARD_REGISTRY_READ: // a instance, b to
      return readRegistry(instance, a, b);
    case api.CARD_MODULE_READ: // a module, b to
      return readModule(instance, a, b);
    case api.CARD_INSTALL: // a P1; the command data are those of INSTALL
      return installAs(instance, a);
    case api.CARD_KEY_SET_CREATE: // a version, b offset in the data, c length
      if (instances.running.installing != instance) return SW_CONDITIONS_NOT_SATISFIED;
      if (c < 1 || !inCommand(b, c) || a < 1 || a > 0xff) return SW_WRONG_LENGTH;
      return keySets.createKeySet(instance, a, exchange.data + b, c);
    case api.CARD_KEY_SET_PUT: // a version to replace or 0, b P2; the command data is PUT KEY's
      return putKeys(instance, a, b & 0xff);
    case api.CARD_KEY_SET_READ: // a version: the set after it, as `nextKeySet` says, or 0
      return keySets.nextKeySet(instance, a);
    case api.CARD_KEY_SET_COUNTER: // a version: its sequence counter, or -1
      return keySets.sequenceOf(instance, a);
    case api.CARD_KEY_SET_DELETE: // a version
      return removeKeySet(instance, a);
    case api.CARD_HISTORICAL_BYTES: // a offset in the data, b length
      if (!inCommand(a, b)) return SW_WRONG_LENGTH;
      // They are the card's, so only its issuer's to set.
      if (instance != registry.issuerDomain()) return SW_CONDITIONS_NOT_SATISFIED;
      return setHistoricalBytes(exchange.data + a, b);
    case api.CARD_LOAD_BLOCK: // a block number, b whether it is the last; the data are the block
      return loadBlock(instance, a, b != 0);
    case api.CARD_DELETE: // a offset of the AID in the data, b its length, c with all that is related
      if (!inCommand(a, b)) return SW_WRONG_LENGTH;
      return remove(instance, exchange.data + a, b, c != 0);
    case api.CARD_STATUS_SET: // a P1 of SET STATUS, b state; the command data are the AID
      return setStatus(instance, a, b as u8, exchange.data, exchange.lc);
    case api.CARD_MAY_CHANGE:
      return mayChange(instance);
    case api.CARD_PERSONALIZE_FIND: // the command data are those of INSTALL: an instance, or 0
      return findToPersonalize(instance);
    case api.CARD_PERSONALIZE: // a instance
      return personalize(instance, a);
    case api.CARD_ROOM: // a ROOM_*
      return room(a);
    default:
      return SW_INTERNAL_ERROR;
  }
}

function putKeys(instance: i32, replaced: i32, p2: i32): i32 {
  const status = mayChange(instance);
  if (status != SW_SUCCESS) return status;
  // What replaces needs room beside the old until it counts: that is what the reserve is for.
  if (replaced == 0 && !mayKeep(instance, 1, 1)) return SW_NOT_ENOUGH_MEMORY;
  return putKeySet(instance, replaced, p2);
}

function readRegistry(instance: i32, which: i32, to: i32): i32 {
  if (!inRam(instance, to, api.REGISTRY_ROW_BYTES)) return SW_INTERNAL_ERROR;
  const there = which >= 1 && which <= MAX_INSTANCES && registry.exists(which);
  if (!there || !maySee(instance, which)) return SW_REFERENCED_DATA_NOT_FOUND;
  registry.readRow(which, PIECE);
  appletWrite(instance, to, PIECE, api.REGISTRY_ROW_BYTES);
  return SW_SUCCESS;
}

function readModule(instance: i32, module: i32, to: i32): i32 {
  if (!inRam(instance, to, api.MODULE_ROW_BYTES)) return SW_INTERNAL_ERROR;
  if (!modules.readRow(module, PIECE)) return SW_REFERENCED_DATA_NOT_FOUND;
  const domain = load<u8>(PIECE + api.MODULE_ROW_DOMAIN) as i32;
  if (domain != 0 && !maySee(instance, domain)) return SW_REFERENCED_DATA_NOT_FOUND;
  appletWrite(instance, to, PIECE, api.MODULE_ROW_BYTES);
  return SW_SUCCESS;
}

/** INSTALL in the form that P1 says. */
function installAs(instance: i32, p1: i32): u16 {
  switch (p1) {
    case INSTALL_FOR_LOAD:
      return installForLoad(instance);
    case INSTALL_FOR_INSTALL:
    case INSTALL_FOR_MAKE_SELECTABLE:
    case INSTALL_FOR_INSTALL | INSTALL_FOR_MAKE_SELECTABLE:
      return installFor(instance, p1);
    case INSTALL_FOR_EXTRADITION:
      return extradite(instance);
    case INSTALL_FOR_REGISTRY_UPDATE:
      return updateRegistry(instance);
    default:
      return SW_WRONG_P1P2;
  }
}

/** Has another instance of the domain do the command in hand: STORE DATA that is for it. */
function personalize(domain: i32, instance: i32): u16 {
  // No transaction is open either: each has its own, neither commits nor drops the other's.
  const allowed = mayChange(domain);
  if (allowed != SW_SUCCESS) return allowed;
  if (!mayPersonalize(domain, instance)) return SW_CONDITIONS_NOT_SATISFIED;
  const status = callNested(instance, ENTRY_PROCESS, headerWord(), exchange.lc, exchange.le);
  abort();
  return status;
}

function room(which: i32): i32 {
  switch (which) {
    case api.ROOM_APPLICATIONS:
      return registry.countApplications();
    case api.ROOM_STORE:
      return freeForApplets();
    case api.ROOM_PACKAGES:
      return packages.freePackageBytes();
    default:
      return -1;
  }
}
