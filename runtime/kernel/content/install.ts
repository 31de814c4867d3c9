// INSTALL [for load], [for install], [for make selectable]. GPC 2.3.1, 9.3 and 11.5.

import {
  MODULE_ROW_DOMAIN,
  MODULE_ROW_FLAGS,
  MODULE_ROW_MODULE_AID,
  MODULE_ROW_MODULE_AID_LENGTH,
} from "../../spec/card-api.ts";
import {
  INSTALL_FOR_INSTALL,
  INSTALL_FOR_MAKE_SELECTABLE,
  TAG_C6_CODE_BYTES,
  TAG_C8_QUOTA,
} from "../../spec/content.ts";
import { LIFE_CYCLE_INSTALLED, LIFE_CYCLE_SELECTABLE } from "../../spec/life-cycle.ts";
import { PRIVILEGE_CARD_RESET } from "../../spec/privileges.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_NAME_EXISTS,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../spec/status-words.ts";
import { SLOT_DATA_BYTES } from "../../spec/store.ts";
import { equal } from "../equal.ts";
import { install, installation } from "../instances.ts";
import * as modules from "../modules.ts";
import * as registry from "../registry.ts";
import * as fields from "./fields.ts";
import { abandonLoad, beginLoad } from "./loading.ts";
import { implicitIn, isFree, mayGive, privilegesArePossible, privilegesIn } from "./privileges.ts";
import {
  APPLICATION,
  FIELDS,
  instanceIn,
  isOpenDomain,
  LOAD_DOMAIN,
  LOAD_FIELDS,
  LOAD_FILE,
  LOAD_HASH,
  LOAD_PARAMETERS,
  MODULE,
  mayManage,
  PARAMETERS,
  PRIVILEGES,
  takeFields,
} from "./rights.ts";

/** Prepares a load. The domain it will belong to: the one named, or that which asks. 11.5.2.3.1. */
export function installForLoad(domain: i32): u16 {
  abandonLoad();
  const status = mayManage(domain);
  if (status != SW_SUCCESS) return status;
  const taken = takeFields(domain, LOAD_FIELDS);
  if (taken != SW_SUCCESS) return taken;
  const target = fields.lengthOf(LOAD_DOMAIN) == 0 ? domain : instanceIn(LOAD_DOMAIN);
  if (!isOpenDomain(target)) return SW_REFERENCED_DATA_NOT_FOUND;
  if (!registry.isUnder(target, domain)) return SW_CONDITIONS_NOT_SATISFIED;
  const aid = fields.valueAt(LOAD_FILE);
  const aidLength = fields.lengthOf(LOAD_FILE);
  const exists = modules.named(aid, aidLength) >= 0 || registry.named(aid, aidLength) != 0;
  if (exists) return SW_NAME_EXISTS;
  const needed = fields.systemParameter(LOAD_PARAMETERS, TAG_C6_CODE_BYTES);
  if (!fields.parametersAreWhole(LOAD_PARAMETERS) || needed == fields.WRONG) return SW_WRONG_DATA;
  const hash = fields.valueAt(LOAD_HASH);
  const hashLength = fields.lengthOf(LOAD_HASH);
  return beginLoad(domain, target, aid, aidLength, hash, hashLength, needed < 0 ? 0 : needed);
}

/** [for install], [for make selectable], or both, as P1 says. */
export function installFor(domain: i32, p1: i32): u16 {
  abandonLoad();
  const status = mayManage(domain);
  if (status != SW_SUCCESS) return status;
  const taken = takeFields(domain, FIELDS);
  if (taken != SW_SUCCESS) return taken;
  if (!fields.parametersAreWhole(PARAMETERS)) return SW_WRONG_DATA;
  if ((p1 & INSTALL_FOR_INSTALL) == 0) return makeSelectable(domain);
  return installNew(domain, (p1 & INSTALL_FOR_MAKE_SELECTABLE) != 0);
}

/** The module that the load file field names, by its own name when that is empty; -1 for none. */
function moduleIn(): i32 {
  const byName = fields.lengthOf(LOAD_FILE) == 0 ? MODULE : LOAD_FILE;
  const module = modules.named(fields.valueAt(byName), fields.lengthOf(byName));
  if (module < 0 || !modules.readRow(module, modules.ROW)) return -1;
  const length = load<u8>(modules.ROW + MODULE_ROW_MODULE_AID_LENGTH) as i32;
  if (length != fields.lengthOf(MODULE)) return -1;
  return equal(modules.ROW + MODULE_ROW_MODULE_AID, fields.valueAt(MODULE), length) ? module : -1;
}

/**
 * The domain that an instance of the module in `modules.ROW` will be associated with: that of its load file, or
 * that which asks when it stands below; 0 when the module is none of its business. Departs from 9.3.6,
 * where it is always the load file's: a domain below the issuer's could then never use the image.
 */
function domainOfNew(asking: i32): i32 {
  const owner = load<u8>(modules.ROW + MODULE_ROW_DOMAIN) as i32;
  if (registry.isUnder(owner, asking)) return isOpenDomain(owner) ? owner : 0;
  return registry.isUnder(asking, owner) ? asking : 0;
}

function installNew(asking: i32, selectable: bool): u16 {
  const module = moduleIn();
  if (module < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  const domain = domainOfNew(asking);
  if (domain == 0) return SW_CONDITIONS_NOT_SATISFIED;
  const privileges = privilegesIn(PRIVILEGES);
  if (
    privileges < 0 ||
    !privilegesArePossible(privileges, 0, load<u8>(modules.ROW + MODULE_ROW_FLAGS))
  ) {
    return SW_WRONG_DATA;
  }
  if (!mayGive(asking, privileges)) return SW_CONDITIONS_NOT_SATISFIED;
  // Card reset is given only with the selectability that it means. 6.6.3.
  if (!selectable && (privileges & PRIVILEGE_CARD_RESET) != 0) return SW_WRONG_DATA;
  const implicit = selectable ? implicitIn(0) : 0;
  if (implicit < 0 || !fields.findAppletParameters(PARAMETERS)) return SW_WRONG_DATA;
  installation.parameters = fields.parameter.at;
  installation.parameterLength = fields.parameter.length;
  const quota = fields.systemParameter(PARAMETERS, TAG_C8_QUOTA);
  if (quota == fields.WRONG) return SW_WRONG_DATA;
  installation.quota = quota <= 0 ? 0 : chunks(quota);
  installation.module = module;
  installation.domain = domain;
  installation.lifeCycle = selectable ? LIFE_CYCLE_SELECTABLE : LIFE_CYCLE_INSTALLED;
  installation.privileges = privileges;
  installation.implicit = implicit;
  installation.aid = fields.valueAt(APPLICATION);
  installation.aidLength = fields.lengthOf(APPLICATION);
  if (modules.named(installation.aid, installation.aidLength) >= 0) return SW_NAME_EXISTS;
  return install();
}

/** Chunks of the store for so many bytes, at least one. */
function chunks(bytes: i32): i32 {
  const whole = bytes / SLOT_DATA_BYTES + (bytes % SLOT_DATA_BYTES == 0 ? 0 : 1);
  return whole > 0xffff ? 0xffff : whole;
}

function makeSelectable(domain: i32): u16 {
  const instance = instanceIn(APPLICATION);
  if (instance == 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (!registry.isUnder(instance, domain)) return SW_CONDITIONS_NOT_SATISFIED;
  if (registry.lifeCycleOf(instance) != LIFE_CYCLE_INSTALLED) return SW_CONDITIONS_NOT_SATISFIED;
  const added = fields.lengthOf(PRIVILEGES) == 0 ? 0 : privilegesIn(PRIVILEGES);
  const implicit = implicitIn(instance);
  if (added < 0 || implicit < 0) return SW_WRONG_DATA;
  const reset = added & PRIVILEGE_CARD_RESET;
  if (!isFree(reset)) return SW_WRONG_DATA;
  if (!mayGive(domain, reset)) return SW_CONDITIONS_NOT_SATISFIED;
  const privileges = registry.privilegesOf(instance) | reset;
  return registry.update(instance, LIFE_CYCLE_SELECTABLE, privileges, implicit);
}
