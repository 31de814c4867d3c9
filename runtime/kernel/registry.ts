// The registry: which instances the card has. Each row is an object of the kernel; what every command
// needs of it stands in RAM, 12 bytes an instance, the AID only as a hash.

import {
  MAX_OBJECT_NUMBER,
  REGISTRY_ROW_AID,
  REGISTRY_ROW_AID_LENGTH,
  REGISTRY_ROW_BYTES,
  REGISTRY_ROW_DOMAIN,
  REGISTRY_ROW_IMPLICIT,
  REGISTRY_ROW_LIFE_CYCLE,
  REGISTRY_ROW_MODULE,
  REGISTRY_ROW_PRIVILEGES,
  REGISTRY_ROW_QUOTA,
} from "../spec/card-api.ts";
import { MAX_INSTANCES } from "../spec/chip.ts";
import { MAX_AID_BYTES } from "../spec/configuration.ts";
import { CARD_OP_READY, LIFE_CYCLE_LOCKED, LIFE_CYCLE_SELECTABLE } from "../spec/life-cycle.ts";
import { PRIVILEGE_SECURITY_DOMAIN } from "../spec/privileges.ts";
import { SW_SUCCESS } from "../spec/status-words.ts";
import { KIND_KERNEL } from "../spec/store.ts";
import { equal } from "./equal.ts";
import { bigEndian24 } from "./parse.ts";
import * as objects from "./store/objects.ts";

/** Owner of the kernel's own objects, and their numbers. */
export const KERNEL: i32 = 0;
export const OBJECT_HISTORICAL_BYTES: i32 = 1;
/** There once the instances of the image are installed; empty. */
export const OBJECT_INSTALLED: i32 = 2;
const OBJECT_REGISTRY: i32 = 0x100;

/** In RAM: bytes 0 to 6 of the row as stored, then these. */
const CACHE_BYTES: i32 = 12;
const CACHED_OF_ROW: i32 = 7;
const CACHE_AID_LENGTH: usize = 7; // u8, 0: no such instance
const CACHE_AID_HASH: usize = 8; //   u16
const CACHE_RAM: usize = 10; //       u16, 0: it does not run
const CACHE: usize = memory.data(MAX_INSTANCES * CACHE_BYTES, 4);
/** The issuer's security domain, u8. */
const ISSUER: usize = memory.data(4, 4);

/** A row on its way to or from the store. */
const ROW: usize = memory.data(REGISTRY_ROW_BYTES, 4);

function cacheOf(instance: i32): usize {
  return CACHE + (instance - 1) * CACHE_BYTES;
}

export function exists(instance: i32): bool {
  return load<u8>(cacheOf(instance) + CACHE_AID_LENGTH) != 0;
}
export function lifeCycleOf(instance: i32): u8 {
  return load<u8>(cacheOf(instance) + REGISTRY_ROW_LIFE_CYCLE);
}
/** PRIVILEGE_* of the instance. */
export function privilegesOf(instance: i32): i32 {
  return bigEndian24(cacheOf(instance) + REGISTRY_ROW_PRIVILEGES);
}
export function moduleOf(instance: i32): i32 {
  return load<u8>(cacheOf(instance) + REGISTRY_ROW_MODULE);
}
/** The associated security domain. */
export function domainOf(instance: i32): i32 {
  return load<u8>(cacheOf(instance) + REGISTRY_ROW_DOMAIN);
}
export function implicitOf(instance: i32): i32 {
  return load<u8>(cacheOf(instance) + REGISTRY_ROW_IMPLICIT);
}
export function aidLengthOf(instance: i32): i32 {
  return load<u8>(cacheOf(instance) + CACHE_AID_LENGTH);
}
/** Bytes of RAM that pointers of the instance may reach. */
export function ramOf(instance: i32): u32 {
  return load<u16>(cacheOf(instance) + CACHE_RAM);
}
export function isRunning(instance: i32): bool {
  return ramOf(instance) != 0;
}
export function setRunning(instance: i32, ram: i32): void {
  store<u16>(cacheOf(instance) + CACHE_RAM, ram as u16);
}

/** RAM of all instances that run, bytes. */
export function ramInUse(): u32 {
  let bytes: u32 = 0;
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) bytes += ramOf(instance);
  return bytes;
}

function objectOf(instance: i32): i32 {
  return objects.find(KERNEL, OBJECT_REGISTRY + instance);
}

/** Copies the row of an instance that exists to `to` (REGISTRY_ROW_BYTES). */
export function readRow(instance: i32, to: usize): void {
  objects.read(objectOf(instance), 0, to, REGISTRY_ROW_BYTES);
}

/** The AID of an instance; it stays at this address until the next call of this module. */
export function aidOf(instance: i32): usize {
  const length = aidLengthOf(instance);
  objects.read(objectOf(instance), REGISTRY_ROW_AID, ROW + REGISTRY_ROW_AID, length);
  return ROW + REGISTRY_ROW_AID;
}

/** Share of the store in chunks; 0 when the row names none. */
export function quotaOf(instance: i32): i32 {
  readRow(instance, ROW);
  return load<u16>(ROW + REGISTRY_ROW_QUOTA);
}

function hashOf(aid: usize, length: i32): u16 {
  let hash: u32 = 0;
  for (let i = 0; i < length; i++) hash = hash * 31 + load<u8>(aid + i);
  return (hash ^ (hash >> 16)) as u16;
}

/** Takes the row in `ROW` into RAM. */
function cacheRow(instance: i32): void {
  const cache = cacheOf(instance);
  const length = load<u8>(ROW + REGISTRY_ROW_AID_LENGTH);
  memory.copy(cache, ROW, CACHED_OF_ROW);
  store<u8>(cache + CACHE_AID_LENGTH, length);
  store<u16>(cache + CACHE_AID_HASH, hashOf(ROW + REGISTRY_ROW_AID, length));
  if (isDomain(instance) && domainOf(instance) == instance) store<u8>(ISSUER, instance as u8);
}

/** Reads all rows from the store. */
export function loadRegistry(): void {
  memory.fill(CACHE, 0, MAX_INSTANCES * CACHE_BYTES);
  store<u8>(ISSUER, 0);
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    const object = objectOf(instance);
    if (object < 0) continue;
    objects.read(object, 0, ROW, REGISTRY_ROW_BYTES);
    const length = load<u8>(ROW + REGISTRY_ROW_AID_LENGTH) as i32;
    if (length <= MAX_AID_BYTES) cacheRow(instance);
  }
}

/** Reads the row of an instance that exists into RAM again, after a transaction was taken back. */
export function refresh(instance: i32): void {
  if (!exists(instance)) return;
  readRow(instance, ROW);
  cacheRow(instance);
}

/** Number of an instance that does not exist yet, or 0. */
export function freeInstance(): i32 {
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (!exists(instance)) return instance;
  }
  return 0;
}

/** Makes the row of a new instance, in the open transaction; `forget` it when that is taken back. */
export function enter(
  instance: i32,
  lifeCycle: u8,
  privileges: i32,
  module: i32,
  domain: i32,
  implicit: i32,
  quota: i32,
  aid: usize,
  aidLength: i32,
): u16 {
  memory.fill(ROW, 0, REGISTRY_ROW_BYTES);
  store<u8>(ROW + REGISTRY_ROW_LIFE_CYCLE, lifeCycle);
  storePrivileges(privileges);
  store<u8>(ROW + REGISTRY_ROW_MODULE, module as u8);
  store<u8>(ROW + REGISTRY_ROW_DOMAIN, domain as u8);
  store<u8>(ROW + REGISTRY_ROW_IMPLICIT, implicit as u8);
  store<u16>(ROW + REGISTRY_ROW_QUOTA, quota as u16);
  store<u8>(ROW + REGISTRY_ROW_AID_LENGTH, aidLength as u8);
  memory.copy(ROW + REGISTRY_ROW_AID, aid, aidLength);
  const number = OBJECT_REGISTRY + instance;
  const status = objects.createFrom(KERNEL, number, KIND_KERNEL, REGISTRY_ROW_BYTES, ROW);
  if (status != SW_SUCCESS) return status;
  store<u16>(cacheOf(instance) + CACHE_RAM, 0);
  cacheRow(instance);
  return SW_SUCCESS;
}

function storePrivileges(privileges: i32): void {
  store<u8>(ROW + REGISTRY_ROW_PRIVILEGES, (privileges >> 16) as u8);
  store<u8>(ROW + REGISTRY_ROW_PRIVILEGES + 1, (privileges >> 8) as u8);
  store<u8>(ROW + REGISTRY_ROW_PRIVILEGES + 2, privileges as u8);
}

/** Writes `ROW`, read and changed before, back; RAM follows only what was written. */
function saveRow(instance: i32): u16 {
  const status = objects.write(objectOf(instance), 0, 0, ROW, REGISTRY_ROW_BYTES);
  if (status == SW_SUCCESS) cacheRow(instance);
  return status;
}

export function setLifeCycle(instance: i32, lifeCycle: u8): u16 {
  readRow(instance, ROW);
  store<u8>(ROW + REGISTRY_ROW_LIFE_CYCLE, lifeCycle);
  return saveRow(instance);
}

export function setDomain(instance: i32, domain: i32): u16 {
  readRow(instance, ROW);
  store<u8>(ROW + REGISTRY_ROW_DOMAIN, domain as u8);
  return saveRow(instance);
}

/** Sets life cycle, privileges and implicit selection at once. */
export function update(instance: i32, lifeCycle: u8, privileges: i32, implicit: i32): u16 {
  readRow(instance, ROW);
  store<u8>(ROW + REGISTRY_ROW_LIFE_CYCLE, lifeCycle);
  storePrivileges(privileges);
  store<u8>(ROW + REGISTRY_ROW_IMPLICIT, implicit as u8);
  return saveRow(instance);
}

/** Deletes the row of an instance from the store, in the open transaction. */
export function removeRow(instance: i32): u16 {
  return objects.remove(objectOf(instance));
}

/** Forgets an instance in RAM. */
export function forget(instance: i32): void {
  memory.fill(cacheOf(instance), 0, CACHE_BYTES);
  if (load<u8>(ISSUER) == (instance as u8)) store<u8>(ISSUER, 0);
}

/** The instance with exactly this AID, or 0. */
export function named(aid: usize, length: i32): i32 {
  const hash = hashOf(aid, length);
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    const cache = cacheOf(instance);
    if (load<u16>(cache + CACHE_AID_HASH) != hash || aidLengthOf(instance) != length) continue;
    if (length != 0 && equal(aidOf(instance), aid, length)) return instance;
  }
  return 0;
}

/** Whether the AID of an instance begins with the given bytes. */
export function beginsWith(instance: i32, aid: usize, length: i32): bool {
  return aidLengthOf(instance) >= length && equal(aidOf(instance), aid, length);
}

/** The first instance with all of these privileges, or 0. */
export function withPrivilege(privilege: i32): i32 {
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (exists(instance) && (privilegesOf(instance) & privilege) == privilege) return instance;
  }
  return 0;
}

/** The issuer's security domain: the one that is its own; 0 on a card without one. */
export function issuerDomain(): i32 {
  return load<u8>(ISSUER);
}

/** Life cycle of the card: that of the issuer's domain. GPC 2.3.1, 5.1. */
export function cardState(): u8 {
  const issuer = issuerDomain();
  return issuer == 0 ? CARD_OP_READY : lifeCycleOf(issuer);
}

/** Whether an instance is there and neither locked nor merely installed. */
export function isSelectable(instance: i32): bool {
  if (!exists(instance)) return false;
  if (instance == issuerDomain()) return true;
  return (
    (lifeCycleOf(instance) & (LIFE_CYCLE_LOCKED | LIFE_CYCLE_SELECTABLE)) == LIFE_CYCLE_SELECTABLE
  );
}

export function isDomain(instance: i32): bool {
  return (privilegesOf(instance) & PRIVILEGE_SECURITY_DOMAIN) != 0;
}

/** Whether `instance` is `domain`, or is associated with it directly or through other domains. */
export function isUnder(instance: i32, domain: i32): bool {
  for (let left = MAX_INSTANCES; left > 0 && instance != 0; left--) {
    if (instance == domain) return true;
    const above = domainOf(instance);
    if (above == instance) return false;
    instance = above;
  }
  return false;
}

/** Whether the number is one that an applet may give to its objects. */
export function isAppletNumber(number: i32): bool {
  return number >= 0 && number <= MAX_OBJECT_NUMBER;
}

/** Applications and supplementary domains on the card. */
export function countApplications(): i32 {
  let count = 0;
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (exists(instance) && instance != issuerDomain()) count += 1;
  }
  return count;
}
