// DELETE: applications, packages, key sets. GPC 2.3.1, 9.5 and 11.2.

import { MODULE_ROW_DOMAIN } from "../../spec/card-api.ts";
import { MAX_INSTANCES } from "../../spec/chip.ts";
import { PACKAGE_MODULE } from "../../spec/configuration.ts";
import { TAG_9E_TOKEN } from "../../spec/content.ts";
import { PRIVILEGE_GLOBAL_DELETE } from "../../spec/privileges.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
} from "../../spec/status-words.ts";
import { exchange } from "../buffers.ts";
import * as channels from "../channels.ts";
import { appletStop } from "../chip.ts";
import * as modules from "../modules.ts";
import * as packages from "../packages.ts";
import { mayChange } from "../protection.ts";
import * as registry from "../registry.ts";
import * as keySets from "../secure-channel/key-sets.ts";
import { closeSessionsOf } from "../secure-channel/session.ts";
import * as objects from "../store/objects.ts";
import * as fields from "./fields.ts";
import { abandonLoad } from "./loading.ts";
import { checkToken, hasPrivilege, mayManage } from "./rights.ts";

/**
 * Deletes the application or load file of this AID, which stands in the command data; with `related`,
 * a load file's applications too.
 */
export function remove(domain: i32, aid: usize, length: i32, related: bool): u16 {
  abandonLoad();
  let status = mayManage(domain);
  if (status == SW_SUCCESS) status = checkDeleteToken(domain);
  if (status != SW_SUCCESS) return status;
  const instance = registry.named(aid, length);
  if (instance != 0) return removeAlone(domain, instance);
  const module = modules.named(aid, length);
  if (module < 0 || !modules.readRow(module, modules.ROW)) return SW_REFERENCED_DATA_NOT_FOUND;
  const owner = load<u8>(modules.ROW + MODULE_ROW_DOMAIN) as i32;
  // What the image brought lies in the chip for good.
  if (!modules.isPackage(module) || !isOver(domain, owner)) return SW_CONDITIONS_NOT_SATISFIED;
  return removePackage(domain, module, related);
}

/** The token stands last, in a field of its own. 11.2.2.3.1. */
function checkDeleteToken(domain: i32): u16 {
  const data = exchange.data;
  const found = fields.findTag(TAG_9E_TOKEN, data, data + exchange.lc);
  if (!found) return checkToken(domain, 0, data, 0);
  const token = fields.parameter.at;
  const covered = (fields.parameter.tagAt - data) as i32;
  return checkToken(domain, covered, token, fields.parameter.length);
}

/** Whether the domain may delete what is associated with `owner`. */
function isOver(domain: i32, owner: i32): bool {
  return hasPrivilege(domain, PRIVILEGE_GLOBAL_DELETE) || registry.isUnder(owner, domain);
}

/** Why an instance cannot be deleted now, or 9000. */
function checkRemovable(domain: i32, instance: i32): u16 {
  if (instance == registry.issuerDomain() || !isOver(domain, instance)) {
    return SW_CONDITIONS_NOT_SATISFIED;
  }
  if (channels.isSelected(instance, -1) || isAbove(instance)) return SW_CONDITIONS_NOT_SATISFIED;
  return SW_SUCCESS;
}

/** Whether something is associated with the instance. */
function isAbove(instance: i32): bool {
  for (let other = 1; other <= MAX_INSTANCES; other++) {
    if (other == instance || !registry.exists(other)) continue;
    if (registry.domainOf(other) == instance) return true;
  }
  return packages.hasPackages(instance);
}

function removeAlone(domain: i32, instance: i32): u16 {
  let status = checkRemovable(domain, instance);
  if (status == SW_SUCCESS) status = objects.begin();
  if (status == SW_SUCCESS) status = removeInstance(instance);
  if (status == SW_SUCCESS) status = objects.commit();
  if (status == SW_SUCCESS) forget(instance);
  else objects.abort();
  return status;
}

/** Deletes what an instance has in the store, in the open transaction. */
function removeInstance(instance: i32): u16 {
  const status = objects.removeAllOf(instance);
  return status == SW_SUCCESS ? registry.removeRow(instance) : status;
}

function forget(instance: i32): void {
  closeSessionsOf(instance);
  appletStop(instance);
  registry.forget(instance);
}

/** Deletes a key set. The issuer's domain keeps the last that opens a channel: else the card had no master. */
export function removeKeySet(domain: i32, version: i32): u16 {
  const status = mayChange(domain);
  if (status != SW_SUCCESS) return status;
  const alone = keySets.isOnlyChannelSet(domain, version);
  if (alone && domain == registry.issuerDomain()) return SW_CONDITIONS_NOT_SATISFIED;
  return keySets.removeKeySet(domain, version);
}

function runsModule(instance: i32, module: i32): bool {
  return registry.exists(instance) && registry.moduleOf(instance) == module;
}

function removePackage(domain: i32, module: i32, related: bool): u16 {
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (!runsModule(instance, module)) continue;
    if (!related) return SW_CONDITIONS_NOT_SATISFIED;
    const status = checkRemovable(domain, instance);
    if (status != SW_SUCCESS) return status;
  }
  let status = objects.begin();
  for (let instance = 1; instance <= MAX_INSTANCES && status == SW_SUCCESS; instance++) {
    if (runsModule(instance, module)) status = removeInstance(instance);
  }
  if (status == SW_SUCCESS) status = packages.removeRow(module - PACKAGE_MODULE);
  if (status == SW_SUCCESS) status = objects.commit();
  if (status != SW_SUCCESS) {
    objects.abort();
    return status;
  }
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (runsModule(instance, module)) forget(instance);
  }
  return SW_SUCCESS;
}
