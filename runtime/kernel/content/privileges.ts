// Privileges and implicit selection that a command asks for: possible, free, and the domain's to give.
// GPC 2.3.1, 6.6 and 11.1.7.

import { MAX_INSTANCES } from "../../spec/chip.ts";
import { MODULE_SECURITY_DOMAIN } from "../../spec/configuration.ts";
import { TAG_CF_IMPLICIT_SELECTION } from "../../spec/content.ts";
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
} from "../../spec/privileges.ts";
import { bigEndian24 } from "../parse.ts";
import * as registry from "../registry.ts";
import * as fields from "./fields.ts";
import { hasPrivilege, PARAMETERS } from "./rights.ts";

/**
 * Whether privileges make sense together, are known here, and belong on this module; of those that only
 * one instance has, `held` are its own already. 6.6.2.
 */
export function privilegesArePossible(privileges: i32, held: i32, flags: i32): bool {
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
export function mayGive(domain: i32, privileges: i32): bool {
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
export function isFree(privilege: i32): bool {
  return privilege == 0 || registry.withPrivilege(privilege) == 0;
}

/** Privileges of a field, three bytes or the first of them; -1 for another length. 11.1.2, table 6-2. */
export function privilegesIn(field: i32): i32 {
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
export function implicitIn(except: i32): i32 {
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
