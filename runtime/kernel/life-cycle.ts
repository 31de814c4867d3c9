// SET STATUS and what applications may do to their own life cycle and the card's. GPC 2.3.1, 5 and 11.10.

import { MAX_INSTANCES } from "../spec/chip.ts";
import {
  STATUS_APPLICATIONS,
  STATUS_DOMAIN_AND_ITS_APPLICATIONS,
  STATUS_ISSUER_DOMAIN,
} from "../spec/content.ts";
import {
  CARD_INITIALIZED,
  CARD_LOCKED,
  CARD_OP_READY,
  CARD_SECURED,
  CARD_TERMINATED,
  LIFE_CYCLE_INSTALLED,
  LIFE_CYCLE_LOCKED,
  LIFE_CYCLE_PERSONALIZED,
  LIFE_CYCLE_SELECTABLE,
} from "../spec/life-cycle.ts";
import {
  PRIVILEGE_CARD_LOCK,
  PRIVILEGE_CARD_TERMINATE,
  PRIVILEGE_FINAL_APPLICATION,
  PRIVILEGE_GLOBAL_LOCK,
} from "../spec/privileges.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../spec/status-words.ts";
import { isProtected } from "./protection.ts";
import * as registry from "./registry.ts";
import * as objects from "./store/objects.ts";

function hasPrivilege(instance: i32, privilege: i32): bool {
  return (registry.privilegesOf(instance) & privilege) != 0;
}

/** SET STATUS by a security domain: `kind` is P1, `state` P2, then the AID. 11.10. */
export function setStatus(domain: i32, kind: i32, state: u8, aid: usize, length: i32): u16 {
  if (!isProtected(domain)) return SW_SECURITY_NOT_SATISFIED;
  if (objects.transactionIsOpen() || !registry.isSelectable(domain)) {
    return SW_CONDITIONS_NOT_SATISFIED;
  }
  if (kind == STATUS_ISSUER_DOMAIN) return setCardState(domain, state);
  const cardState = registry.cardState();
  if (cardState == CARD_LOCKED || cardState == CARD_TERMINATED) return SW_CONDITIONS_NOT_SATISFIED;
  const target = registry.named(aid, length);
  if (target == 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (target == registry.issuerDomain()) return SW_CONDITIONS_NOT_SATISFIED;
  switch (kind) {
    case STATUS_APPLICATIONS:
      return target == domain ? setOwnState(domain, state) : setLock(domain, target, state);
    case STATUS_DOMAIN_AND_ITS_APPLICATIONS:
      return setLockOfAll(domain, target, state);
    default:
      return SW_WRONG_DATA;
  }
}

// The card. 5.1: OP_READY, INITIALIZED, SECURED go forward; SECURED and CARD_LOCKED both ways;
// TERMINATED is reached from all and left to none.

/** Moves the card's life cycle, if the asking instance may. */
export function setCardState(asking: i32, state: u8): u16 {
  const issuer = registry.issuerDomain();
  if (issuer == 0) return SW_CONDITIONS_NOT_SATISFIED;
  const now = registry.cardState();
  if (!cardMayMove(asking, now, state)) return SW_CONDITIONS_NOT_SATISFIED;
  return registry.setLifeCycle(issuer, state);
}

function cardMayMove(asking: i32, from: u8, to: u8): bool {
  if (from == to || from == CARD_TERMINATED) return false;
  switch (to) {
    case CARD_TERMINATED:
      return hasPrivilege(asking, PRIVILEGE_CARD_TERMINATE);
    case CARD_LOCKED:
      return from == CARD_SECURED && hasPrivilege(asking, PRIVILEGE_CARD_LOCK);
    case CARD_SECURED:
      if (from == CARD_LOCKED) return hasPrivilege(asking, PRIVILEGE_CARD_LOCK);
      return asking == registry.issuerDomain();
    case CARD_INITIALIZED:
      return from == CARD_OP_READY && asking == registry.issuerDomain();
    default:
      return false;
  }
}

// Applications. 5.3: another one's state can only be locked, or unlocked to what it was.

function mayLock(domain: i32, target: i32): bool {
  if (hasPrivilege(target, PRIVILEGE_FINAL_APPLICATION)) return false;
  return registry.isUnder(target, domain) || hasPrivilege(domain, PRIVILEGE_GLOBAL_LOCK);
}

function setLock(domain: i32, target: i32, state: u8): u16 {
  if (!mayLock(domain, target)) return SW_CONDITIONS_NOT_SATISFIED;
  const now = registry.lifeCycleOf(target);
  const next = (now & ~LIFE_CYCLE_LOCKED) | (state & LIFE_CYCLE_LOCKED);
  if (next == now) return SW_CONDITIONS_NOT_SATISFIED;
  return registry.setLifeCycle(target, next);
}

/** Locks or unlocks a domain and all that is under it, at once. 11.10.2.1. */
function setLockOfAll(domain: i32, target: i32, state: u8): u16 {
  if (!registry.isDomain(target) || target == domain) return SW_CONDITIONS_NOT_SATISFIED;
  if (!mayLock(domain, target)) return SW_CONDITIONS_NOT_SATISFIED;
  let status = objects.begin();
  for (let other = 1; other <= MAX_INSTANCES && status == SW_SUCCESS; other++) {
    if (!registry.exists(other) || !registry.isUnder(other, target)) continue;
    if (hasPrivilege(other, PRIVILEGE_FINAL_APPLICATION)) continue;
    const now = registry.lifeCycleOf(other);
    const next = (now & ~LIFE_CYCLE_LOCKED) | (state & LIFE_CYCLE_LOCKED);
    if (next != now) status = registry.setLifeCycle(other, next);
  }
  if (status == SW_SUCCESS) return objects.commit();
  objects.abort();
  for (let other = 1; other <= MAX_INSTANCES; other++) registry.refresh(other);
  return status;
}

/**
 * Moves the asking instance's own life cycle: an application between its own states (bits 3 to 1
 * set), a domain to PERSONALIZED; either may lock itself, and neither unlocks itself. Tables 11-4, 11-5.
 */
export function setOwnState(instance: i32, state: u8): u16 {
  const now = registry.lifeCycleOf(instance);
  if (instance == registry.issuerDomain()) return setCardState(instance, state);
  if (state == now || (now & LIFE_CYCLE_LOCKED) != 0) return SW_CONDITIONS_NOT_SATISFIED;
  if ((state & LIFE_CYCLE_LOCKED) != 0) {
    const final = hasPrivilege(instance, PRIVILEGE_FINAL_APPLICATION);
    if (final || (state & ~LIFE_CYCLE_LOCKED) != now) return SW_CONDITIONS_NOT_SATISFIED;
  } else if (registry.isDomain(instance)) {
    const forward = now == LIFE_CYCLE_SELECTABLE && state == LIFE_CYCLE_PERSONALIZED;
    if (!forward) return SW_CONDITIONS_NOT_SATISFIED;
  } else if ((state & LIFE_CYCLE_SELECTABLE) != LIFE_CYCLE_SELECTABLE) return SW_WRONG_DATA;
  // Only INSTALL makes selectable. Figure 5-2.
  else if (now == LIFE_CYCLE_INSTALLED) return SW_CONDITIONS_NOT_SATISFIED;
  return registry.setLifeCycle(instance, state);
}
