// Access conditions: what must have been proven before a file may be read, updated or appended to.

import { SW_SECURITY_NOT_SATISFIED, SW_SUCCESS } from "../../../runtime/spec/status-words.ts";
import {
  ACCESS_FREE,
  ACCESS_KEY,
  ACCESS_NEVER,
  ACCESS_PIN,
  ACCESS_PIN_AND_KEY,
  ACCESS_PIN_OR_KEY,
} from "../spec.ts";
import { isKeyReference, isPinReference, keyIsAuthenticated, pinIsVerified } from "./current.ts";
import { conditionsOf } from "./files.ts";

/** Checks CONDITION_READ, _UPDATE or _APPEND of a row; 6982 unless it holds. */
export function checkAccess(row: usize, condition: i32): u16 {
  return holds(conditionsOf(row) + condition) ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
}

function holds(condition: usize): bool {
  const pin = load<u8>(condition + 1);
  const key = load<u8>(condition + 2);
  switch (load<u8>(condition)) {
    case ACCESS_FREE:
      return true;
    case ACCESS_PIN:
      return pinIsVerified(pin);
    case ACCESS_KEY:
      return keyIsAuthenticated(key);
    case ACCESS_PIN_OR_KEY:
      return pinIsVerified(pin) || keyIsAuthenticated(key);
    case ACCESS_PIN_AND_KEY:
      return pinIsVerified(pin) && keyIsAuthenticated(key);
    default:
      return false;
  }
}

/** Whether the bytes are a condition: a known mode, and references that can exist. */
export function isCondition(condition: usize): bool {
  const mode = load<u8>(condition);
  if (mode > ACCESS_PIN_AND_KEY && mode != ACCESS_NEVER) return false;
  return isPinReference(load<u8>(condition + 1)) && isKeyReference(load<u8>(condition + 2));
}
