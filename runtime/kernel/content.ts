// Content management: what INSTALL and DELETE do to the registry. GPC 2.3.1, 9.3 to 9.5, 11.2, 11.5.
// The domain that asks has parsed nothing: its command is taken apart here, where its rights are known.

import {
  MODULE_ROW_BYTES,
  MODULE_ROW_DOMAIN,
  MODULE_ROW_FLAGS,
  MODULE_ROW_MODULE_AID,
  MODULE_ROW_MODULE_AID_LENGTH,
} from "../spec/card-api.ts";
import { MAX_INSTANCES } from "../spec/chip.ts";
import { MODULE_SECURITY_DOMAIN, PACKAGE_MODULE } from "../spec/configuration.ts";
import {
  INSTALL_FOR_INSTALL,
  INSTALL_FOR_MAKE_SELECTABLE,
  TAG_9E_TOKEN,
  TAG_C6_CODE_BYTES,
  TAG_C8_QUOTA,
  TAG_CF_IMPLICIT_SELECTION,
  TAG_D9_RESTRICT,
} from "../spec/content.ts";
import { LIFE_CYCLE_INSTALLED, LIFE_CYCLE_SELECTABLE } from "../spec/life-cycle.ts";
import {
  KNOWN_PRIVILEGES,
  PRIVILEGE_AUTHORIZED_MANAGEMENT,
  PRIVILEGE_CARD_LOCK,
  PRIVILEGE_CARD_RESET,
  PRIVILEGE_CARD_TERMINATE,
  PRIVILEGE_DAP_VERIFICATION,
  PRIVILEGE_DELEGATED_MANAGEMENT,
  PRIVILEGE_FINAL_APPLICATION,
  PRIVILEGE_GLOBAL_DELETE,
  PRIVILEGE_GLOBAL_LOCK,
  PRIVILEGE_GLOBAL_REGISTRY,
  PRIVILEGE_MANDATED_DAP,
  PRIVILEGE_SECURITY_DOMAIN,
  PRIVILEGE_TRUSTED_PATH,
} from "../spec/privileges.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_NAME_EXISTS,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../spec/status-words.ts";
import { SLOT_DATA_BYTES } from "../spec/store.ts";
import { exchange } from "./buffers.ts";
import * as channels from "./channels.ts";
import { appletStop } from "./chip.ts";
import { equal } from "./equal.ts";
import * as fields from "./install-fields.ts";
import { install, installation } from "./instances.ts";
import { abandonLoad, beginLoad } from "./loading.ts";
import * as modules from "./modules.ts";
import * as packages from "./packages.ts";
import { bigEndian24 } from "./parse.ts";
import { mayChange } from "./protection.ts";
import * as registry from "./registry.ts";
import * as keySets from "./secure-channel/key-sets.ts";
import * as objects from "./store/objects.ts";
import { tokenHolds } from "./tokens.ts";

/** Fields of INSTALL by their place; which of them a form uses: table 11-41 ff. */
const LOAD_FILE: i32 = 0;
const MODULE: i32 = 1;
const APPLICATION: i32 = 2;
const PRIVILEGES: i32 = 3;
const PARAMETERS: i32 = 4;
const FIELDS: i32 = 6;
/** [for load] has no privileges: load file, domain, hash, parameters, token. */
const LOAD_DOMAIN: i32 = 1;
const LOAD_HASH: i32 = 2;
const LOAD_PARAMETERS: i32 = 3;
const LOAD_FIELDS: i32 = 5;

const ROW: usize = memory.data(MODULE_ROW_BYTES, 4);

function hasPrivilege(instance: i32, privilege: i32): bool {
  return (registry.privilegesOf(instance) & privilege) != 0;
}

/** `mayChange`, for what asks for the right to manage content. 9.1.3. */
function mayManage(domain: i32): u16 {
  const status = mayChange(domain);
  if (status != SW_SUCCESS) return status;
  const may = PRIVILEGE_AUTHORIZED_MANAGEMENT | PRIVILEGE_DELEGATED_MANAGEMENT;
  return hasPrivilege(domain, may) ? SW_SUCCESS : SW_CONDITIONS_NOT_SATISFIED;
}

/**
 * Whether the token of the command in hand, which covers the data before it, is what the domain needs:
 * none when it manages by its own right (one is an error then), the issuer's when it does by delegation.
 */
function checkToken(domain: i32, covered: i32, token: usize, length: i32): u16 {
  if (hasPrivilege(domain, PRIVILEGE_AUTHORIZED_MANAGEMENT)) {
    return length == 0 ? SW_SUCCESS : SW_WRONG_DATA;
  }
  return tokenHolds(covered, token, length) ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
}

/** Takes the LV fields of INSTALL, of which the last is the token, and checks that. */
function takeFields(domain: i32, count: i32): u16 {
  if (!fields.takeFields(count)) return SW_WRONG_DATA;
  const length = fields.lengthOf(count - 1);
  const token = fields.valueAt(count - 1);
  const covered = fields.valueAt(count - 2) + fields.lengthOf(count - 2) - exchange.data;
  return checkToken(domain, covered as i32, token, length);
}

/** Whether an instance is a domain that things can be associated with: not one that is locked. 5.3.2. */
function isOpenDomain(instance: i32): bool {
  return instance != 0 && registry.isDomain(instance) && registry.isSelectable(instance);
}

/** The instance that a field names, or 0. */
function instanceIn(field: i32): i32 {
  return registry.named(fields.valueAt(field), fields.lengthOf(field));
}

// INSTALL [for load]

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

// INSTALL [for install], [for make selectable]

/**
 * Whether privileges make sense together, are known here, and belong on this module; of those that only
 * one instance has, `held` are its own already. 6.6.2.
 */
function privilegesArePossible(privileges: i32, held: i32, flags: i32): bool {
  if ((privileges & ~KNOWN_PRIVILEGES) != 0) return false;
  const isDomain = (privileges & PRIVILEGE_SECURITY_DOMAIN) != 0;
  const managing = PRIVILEGE_AUTHORIZED_MANAGEMENT | PRIVILEGE_DELEGATED_MANAGEMENT;
  const ofDomains = PRIVILEGE_DAP_VERIFICATION | PRIVILEGE_MANDATED_DAP | managing;
  if (!isDomain && (privileges & ofDomains) != 0) return false;
  if ((privileges & managing) == managing) return false;
  const dap = privileges & (PRIVILEGE_DAP_VERIFICATION | PRIVILEGE_MANDATED_DAP);
  if (dap == PRIVILEGE_MANDATED_DAP) return false;
  // Only code that the image trusts becomes a security domain.
  if (isDomain && (flags & MODULE_SECURITY_DOMAIN) == 0) return false;
  const added = privileges & ~held;
  return isFree(added & PRIVILEGE_CARD_RESET) && isFree(added & PRIVILEGE_FINAL_APPLICATION);
}

/**
 * Whether the domain may give these privileges. Those that reach beyond what is under it only the issuer's
 * domain gives, or one that has them; the standard leaves it to the issuer's policy.
 */
function mayGive(domain: i32, privileges: i32): bool {
  const far =
    PRIVILEGE_CARD_LOCK |
    PRIVILEGE_CARD_TERMINATE |
    PRIVILEGE_CARD_RESET |
    PRIVILEGE_MANDATED_DAP |
    PRIVILEGE_GLOBAL_DELETE |
    PRIVILEGE_GLOBAL_LOCK |
    PRIVILEGE_GLOBAL_REGISTRY |
    PRIVILEGE_FINAL_APPLICATION;
  // What is done by delegation the issuer's token allows, privileges and all.
  if (domain == registry.issuerDomain() || hasPrivilege(domain, PRIVILEGE_DELEGATED_MANAGEMENT)) {
    return true;
  }
  return (privileges & far & ~registry.privilegesOf(domain)) == 0;
}

/** Whether no instance holds a privilege that only one may; 0 asks for none. */
function isFree(privilege: i32): bool {
  return privilege == 0 || registry.withPrivilege(privilege) == 0;
}

/** Privileges of a field, three bytes or the first of them; -1 for another length. 11.1.2, table 6-2. */
function privilegesIn(field: i32): i32 {
  const at = fields.valueAt(field);
  let first = 0;
  switch (fields.lengthOf(field)) {
    case 1:
      first = (load<u8>(at) as i32) << 16;
      return (first & PRIVILEGE_SECURITY_DOMAIN) != 0 ? first | PRIVILEGE_TRUSTED_PATH : first;
    case 3:
      return bigEndian24(at);
    default:
      return -1;
  }
}

/** The implicit selection parameter, 0 without one; -1 when another instance has that place. */
function implicitIn(except: i32): i32 {
  const implicit = fields.systemParameter(PARAMETERS, TAG_CF_IMPLICIT_SELECTION);
  if (implicit == fields.WRONG || implicit > 0xff) return -1;
  if (implicit <= 0 || implicit >> 6 == 0) return 0;
  for (let other = 1; other <= MAX_INSTANCES; other++) {
    if (other == except || !registry.exists(other)) continue;
    const held = registry.implicitOf(other);
    if (((held ^ implicit) & 0x1f) == 0 && (held & implicit) >> 6 != 0) return -1;
  }
  return implicit;
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
  if (module < 0 || !modules.readRow(module, ROW)) return -1;
  const length = load<u8>(ROW + MODULE_ROW_MODULE_AID_LENGTH) as i32;
  if (length != fields.lengthOf(MODULE)) return -1;
  return equal(ROW + MODULE_ROW_MODULE_AID, fields.valueAt(MODULE), length) ? module : -1;
}

/**
 * The domain that an instance of the module in `ROW` will be associated with: that of its load file, or
 * that which asks when it stands below; 0 when the module is none of its business. Departs from 9.3.6,
 * where it is always the load file's: a domain below the issuer's could then never use the image.
 */
function domainOfNew(asking: i32): i32 {
  const owner = load<u8>(ROW + MODULE_ROW_DOMAIN) as i32;
  if (registry.isUnder(owner, asking)) return isOpenDomain(owner) ? owner : 0;
  return registry.isUnder(asking, owner) ? asking : 0;
}

function installNew(asking: i32, selectable: bool): u16 {
  const module = moduleIn();
  if (module < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  const domain = domainOfNew(asking);
  if (domain == 0) return SW_CONDITIONS_NOT_SATISFIED;
  const privileges = privilegesIn(PRIVILEGES);
  if (privileges < 0 || !privilegesArePossible(privileges, 0, load<u8>(ROW + MODULE_ROW_FLAGS))) {
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

// INSTALL [for extradition], [for registry update], [for personalization]

/** Associates an application or a package with another domain. 11.5.2.3.4. */
export function extradite(domain: i32): u16 {
  const status = mayManage(domain);
  if (status != SW_SUCCESS) return status;
  const taken = takeFields(domain, FIELDS);
  if (taken != SW_SUCCESS) return taken;
  const to = instanceIn(LOAD_FILE);
  if (!isOpenDomain(to)) return SW_REFERENCED_DATA_NOT_FOUND;
  const instance = instanceIn(APPLICATION);
  if (instance == 0) return extraditePackage(domain, to);
  if (instance == registry.issuerDomain() || !registry.isUnder(instance, domain)) {
    return SW_CONDITIONS_NOT_SATISFIED;
  }
  // Under itself a domain would be under nobody.
  if (registry.isUnder(to, instance)) return SW_CONDITIONS_NOT_SATISFIED;
  return registry.setDomain(instance, to);
}

function extraditePackage(domain: i32, to: i32): u16 {
  const module = modules.named(fields.valueAt(APPLICATION), fields.lengthOf(APPLICATION));
  if (module < 0 || !modules.readRow(module, ROW)) return SW_REFERENCED_DATA_NOT_FOUND;
  const owner = load<u8>(ROW + MODULE_ROW_DOMAIN) as i32;
  if (!modules.isPackage(module) || !registry.isUnder(owner, domain)) {
    return SW_CONDITIONS_NOT_SATISFIED;
  }
  // It would have signed what it takes.
  if (hasPrivilege(to, PRIVILEGE_DAP_VERIFICATION)) return SW_CONDITIONS_NOT_SATISFIED;
  return packages.setDomain(module - PACKAGE_MODULE, to);
}

/** Gives an application other privileges, or another place among those selected implicitly. 11.5.2.3.5. */
export function updateRegistry(domain: i32): u16 {
  const status = mayManage(domain);
  if (status != SW_SUCCESS) return status;
  const taken = takeFields(domain, FIELDS);
  if (taken != SW_SUCCESS) return taken;
  if (!fields.parametersAreWhole(PARAMETERS)) return SW_WRONG_DATA;
  if (fields.lengthOf(LOAD_FILE) != 0) return SW_WRONG_DATA;
  const instance = instanceIn(APPLICATION);
  if (instance == 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (instance == registry.issuerDomain() || !registry.isUnder(instance, domain)) {
    return SW_CONDITIONS_NOT_SATISFIED;
  }
  const held = registry.privilegesOf(instance);
  const privileges = fields.lengthOf(PRIVILEGES) == 0 ? held : privilegesIn(PRIVILEGES);
  // Nothing is restricted here, and who asks for it must know. 11.5.2.3.7.
  const restricts = fields.systemParameter(PARAMETERS, TAG_D9_RESTRICT) != fields.ABSENT;
  if (restricts) return SW_WRONG_DATA;
  const named = fields.systemParameter(PARAMETERS, TAG_CF_IMPLICIT_SELECTION) != fields.ABSENT;
  const implicit = named ? implicitIn(instance) : registry.implicitOf(instance);
  if (privileges < 0 || implicit < 0) return SW_WRONG_DATA;
  // What an instance is, a domain or not, is its module's to say, and stays.
  const changed = privileges ^ held;
  if ((changed & PRIVILEGE_SECURITY_DOMAIN) != 0) return SW_WRONG_DATA;
  const flags = modules.flagsOf(registry.moduleOf(instance));
  if (changed != 0 && !privilegesArePossible(privileges, held, flags)) return SW_WRONG_DATA;
  if (!mayGive(domain, privileges & changed)) return SW_CONDITIONS_NOT_SATISFIED;
  return registry.update(instance, registry.lifeCycleOf(instance), privileges, implicit);
}

/** [for personalization]: the instance that STORE DATA shall reach, or 0. 11.5.2.3.6. */
export function findToPersonalize(domain: i32): i32 {
  if (mayChange(domain) != SW_SUCCESS || !fields.takeFields(FIELDS)) return 0;
  const instance = instanceIn(APPLICATION);
  return mayPersonalize(domain, instance) ? instance : 0;
}

/** Whether the domain may hand STORE DATA to the instance: one of its own that is not locked. 6.7. */
export function mayPersonalize(domain: i32, instance: i32): bool {
  if (!hasPrivilege(domain, PRIVILEGE_TRUSTED_PATH)) return false;
  if (instance < 1 || instance > MAX_INSTANCES || !registry.exists(instance)) return false;
  if (instance == domain || registry.domainOf(instance) != domain) return false;
  return registry.isSelectable(instance);
}

// DELETE. 11.2 and 9.5.

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
  if (module < 0 || !modules.readRow(module, ROW)) return SW_REFERENCED_DATA_NOT_FOUND;
  const owner = load<u8>(ROW + MODULE_ROW_DOMAIN) as i32;
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
  return checkToken(domain, (token - 2 - data) as i32, token, fields.parameter.length);
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
  appletStop(instance);
  registry.forget(instance);
}

/** Deletes a key set. The issuer's domain keeps its last one: without it nobody could manage the card. */
export function removeKeySet(domain: i32, version: i32): u16 {
  const status = mayChange(domain);
  if (status != SW_SUCCESS) return status;
  const first = keySets.nextVersion(domain, 0);
  const alone = first == version && keySets.nextVersion(domain, first) == 0;
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

/** Bytes of packages that can still be loaded in one piece. */
export function freePackageBytes(): i32 {
  return packages.addressOf(packages.freePagesAt(packages.longestFree())) - packages.addressOf(0);
}

/** Applications and supplementary domains on the card. */
export function countApplications(): i32 {
  let count = 0;
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (registry.exists(instance) && instance != registry.issuerDomain()) count += 1;
  }
  return count;
}

/** Whether a domain may see an instance: itself, what is under it, and with Global Registry all. */
export function maySee(domain: i32, instance: i32): bool {
  return registry.isUnder(instance, domain) || hasPrivilege(domain, PRIVILEGE_GLOBAL_REGISTRY);
}
