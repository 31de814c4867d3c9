// Who may manage content, and what the fields of a command name. GPC 2.3.1, 9.1.3 and 11.5.2.3.
// The domain that asks has parsed nothing: its command is taken apart here, where its rights are known.

import {
  PRIVILEGE_AUTHORIZED_MANAGEMENT,
  PRIVILEGE_DELEGATED_MANAGEMENT,
  PRIVILEGE_GLOBAL_REGISTRY,
} from "../../spec/privileges.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../spec/status-words.ts";
import { exchange } from "../buffers.ts";
import { mayChange } from "../protection.ts";
import * as registry from "../registry.ts";
import * as fields from "./fields.ts";
import { tokenHolds } from "./tokens.ts";

/** Fields of INSTALL by their place; which of them a form uses: table 11-41 ff. */
export const LOAD_FILE: i32 = 0;
export const MODULE: i32 = 1;
export const APPLICATION: i32 = 2;
export const PRIVILEGES: i32 = 3;
export const PARAMETERS: i32 = 4;
export const FIELDS: i32 = 6;
/** [for load] has no privileges: load file, domain, hash, parameters, token. */
export const LOAD_DOMAIN: i32 = 1;
export const LOAD_HASH: i32 = 2;
export const LOAD_PARAMETERS: i32 = 3;
export const LOAD_FIELDS: i32 = 5;

export function hasPrivilege(instance: i32, privilege: i32): bool {
  return (registry.privilegesOf(instance) & privilege) != 0;
}

/** `mayChange`, for what asks for the right to manage content. 9.1.3. */
export function mayManage(domain: i32): u16 {
  const status = mayChange(domain);
  if (status != SW_SUCCESS) return status;
  const may = PRIVILEGE_AUTHORIZED_MANAGEMENT | PRIVILEGE_DELEGATED_MANAGEMENT;
  return hasPrivilege(domain, may) ? SW_SUCCESS : SW_CONDITIONS_NOT_SATISFIED;
}

/**
 * Whether the token of the command in hand, which covers the data before it, is what the domain needs:
 * none when it manages by its own right (one is an error then), the issuer's when it does by delegation.
 */
export function checkToken(domain: i32, covered: i32, token: usize, length: i32): u16 {
  if (hasPrivilege(domain, PRIVILEGE_AUTHORIZED_MANAGEMENT)) {
    return length == 0 ? SW_SUCCESS : SW_WRONG_DATA;
  }
  return tokenHolds(covered, token, length) ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
}

/** Takes the LV fields of INSTALL, of which the last is the token, and checks that. */
export function takeFields(domain: i32, count: i32): u16 {
  if (!fields.takeFields(count)) return SW_WRONG_DATA;
  const length = fields.lengthOf(count - 1);
  const token = fields.valueAt(count - 1);
  const covered = fields.valueAt(count - 2) + fields.lengthOf(count - 2) - exchange.data;
  return checkToken(domain, covered as i32, token, length);
}

/** Whether an instance is a domain that things can be associated with: not one that is locked. 5.3.2. */
export function isOpenDomain(instance: i32): bool {
  return instance != 0 && registry.isDomain(instance) && registry.isSelectable(instance);
}

/** The instance that a field names, or 0. */
export function instanceIn(field: i32): i32 {
  return registry.named(fields.valueAt(field), fields.lengthOf(field));
}

/** Whether a domain may see an instance: itself, what is under it, and with Global Registry all. */
export function maySee(domain: i32, instance: i32): bool {
  return registry.isUnder(instance, domain) || hasPrivilege(domain, PRIVILEGE_GLOBAL_REGISTRY);
}
