// INSTALL [for extradition], [for registry update], [for personalization]. GPC 2.3.1, 9.4 and 11.5.

import { MODULE_ROW_DOMAIN } from "../../spec/card-api.ts";
import { MAX_INSTANCES } from "../../spec/chip.ts";
import { PACKAGE_MODULE } from "../../spec/configuration.ts";
import { TAG_CF_IMPLICIT_SELECTION, TAG_D9_RESTRICT } from "../../spec/content.ts";
import {
  PRIVILEGE_DAP_VERIFICATION,
  PRIVILEGE_SECURITY_DOMAIN,
  PRIVILEGE_TRUSTED_PATH,
} from "../../spec/privileges.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../spec/status-words.ts";
import * as modules from "../modules.ts";
import * as packages from "../packages.ts";
import { mayChange } from "../protection.ts";
import * as registry from "../registry.ts";
import * as fields from "./fields.ts";
import { implicitIn, mayGive, privilegesArePossible, privilegesIn } from "./privileges.ts";
import {
  APPLICATION,
  FIELDS,
  hasPrivilege,
  instanceIn,
  isOpenDomain,
  LOAD_FILE,
  mayManage,
  PARAMETERS,
  PRIVILEGES,
  takeFields,
} from "./rights.ts";

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
  // A domain that stands elsewhere would have to accept, and nobody asks it. 9.4.1.
  if (!registry.isUnder(to, domain) && !registry.isUnder(domain, to)) {
    return SW_CONDITIONS_NOT_SATISFIED;
  }
  // Under itself a domain would be under nobody.
  if (registry.isUnder(to, instance)) return SW_CONDITIONS_NOT_SATISFIED;
  return registry.setDomain(instance, to);
}

function extraditePackage(domain: i32, to: i32): u16 {
  const module = modules.named(fields.valueAt(APPLICATION), fields.lengthOf(APPLICATION));
  if (module < 0 || !modules.readRow(module, modules.ROW)) return SW_REFERENCED_DATA_NOT_FOUND;
  const owner = load<u8>(modules.ROW + MODULE_ROW_DOMAIN) as i32;
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
