// Packages: modules that were loaded after issuance. Each lies in a run of whole pages behind those of
// the store; a row in the store says where. What no row names does not count, so a load that was cut
// leaves nothing, and a package that is deleted needs no more than its row to go.

import { MODULE_ROW_BYTES, MODULE_ROW_DOMAIN, MODULE_ROW_FLAGS } from "../spec/card-api.ts";
import { APPLET_TRAPPED, HASH_SHA256 } from "../spec/chip.ts";
import { MAX_PACKAGES } from "../spec/configuration.ts";
import { KIND_KERNEL } from "../spec/store.ts";
import { memoryHash, packageStart } from "./chip.ts";
import * as configuration from "./configuration.ts";
import { equal } from "./equal.ts";
import { KERNEL } from "./registry.ts";
import * as objects from "./store/objects.ts";

export const MOST: i32 = MAX_PACKAGES;
const OBJECT_PACKAGE: i32 = 0x200;

/** Layout of a row: MODULE_ROW_* (36 bytes), then where the module lies and what it needs. */
export const PACKAGE_PAGE: usize = 36; //    u16 first page, counted from the region's first
export const PACKAGE_PAGES: usize = 38; //   u16
export const PACKAGE_OFFSET: usize = 40; //  u16 of the module in those pages
export const PACKAGE_RAM: usize = 42; //     u16
export const PACKAGE_LENGTH: usize = 44; //  u32 bytes of the module
export const PACKAGE_STACK: usize = 48; //   u16
export const PACKAGE_DIGEST: usize = 52; //  SHA-256 of the module
export const DIGEST_BYTES: i32 = 32;
export const ROW_BYTES: i32 = 84;

/** The row in hand; `loading.ts` fills it for a new package. */
export const ROW: usize = memory.data(ROW_BYTES, 4);
const DIGEST: usize = memory.data(DIGEST_BYTES, 4);

function objectOf(index: i32): i32 {
  return objects.find(KERNEL, OBJECT_PACKAGE + index);
}

/** Brings a row to `ROW`; false when there is no such package. */
export function readPackage(index: i32): bool {
  const object = index < 0 || index >= MOST ? -1 : objectOf(index);
  if (object < 0) return false;
  objects.read(object, 0, ROW, ROW_BYTES);
  return true;
}

export function ramOf(index: i32): i32 {
  return readPackage(index) ? (load<u16>(ROW + PACKAGE_RAM) as i32) : 0;
}

export function flagsOf(index: i32): i32 {
  return readPackage(index) ? (load<u8>(ROW + MODULE_ROW_FLAGS) as i32) : 0;
}

export function readRow(index: i32, to: usize): bool {
  if (!readPackage(index)) return false;
  memory.copy(to, ROW, MODULE_ROW_BYTES);
  return true;
}

/** Makes `ROW` a package, for good: the one write that makes a load count. */
export function enterRow(index: i32): u16 {
  return objects.createFrom(KERNEL, OBJECT_PACKAGE + index, KIND_KERNEL, ROW_BYTES, ROW);
}

/** Associates a package with another security domain. */
export function setDomain(index: i32, domain: i32): u16 {
  store<u8>(ROW, domain as u8);
  return objects.write(objectOf(index), MODULE_ROW_DOMAIN, 0, ROW, 1);
}

export function removeRow(index: i32): u16 {
  return objects.remove(objectOf(index));
}

/** Index of a package that there is not yet, or -1. */
export function freeIndex(): i32 {
  for (let index = 0; index < MOST; index++) if (objectOf(index) < 0) return index;
  return -1;
}

/** Address of a page of the region. */
export function addressOf(page: i32): i32 {
  return (configuration.pageCount() + page) * configuration.pageSize();
}

/** Runs the module of a package as an instance, if its bytes are those that were loaded. */
export function start(instance: i32, index: i32): bool {
  if (!readPackage(index)) return false;
  const address = addressOf(load<u16>(ROW + PACKAGE_PAGE)) + load<u16>(ROW + PACKAGE_OFFSET);
  const length = load<u32>(ROW + PACKAGE_LENGTH) as i32;
  memoryHash(HASH_SHA256, address, length, DIGEST);
  if (!equal(DIGEST, ROW + PACKAGE_DIGEST, DIGEST_BYTES)) return false;
  const ram = load<u16>(ROW + PACKAGE_RAM);
  const stack = load<u16>(ROW + PACKAGE_STACK);
  return packageStart(instance, address, length, ram, stack) != APPLET_TRAPPED;
}

/** First page of the region behind `page` that a package begins at, or the region's end. */
function nextTaken(page: i32): i32 {
  let end = configuration.packagePages();
  for (let index = 0; index < MOST; index++) {
    if (!readPackage(index)) continue;
    const first = load<u16>(ROW + PACKAGE_PAGE) as i32;
    if (first >= page && first < end) end = first;
  }
  return end;
}

/** The longest run of free pages: its first page; its length comes from `freePagesAt`. */
export function longestFree(): i32 {
  let best = 0;
  for (let index = 0; index < MOST; index++) {
    if (!readPackage(index)) continue;
    const behind = (load<u16>(ROW + PACKAGE_PAGE) as i32) + load<u16>(ROW + PACKAGE_PAGES);
    if (freePagesAt(behind) > freePagesAt(best)) best = behind;
  }
  return best;
}

/** Free pages from `page` on. */
export function freePagesAt(page: i32): i32 {
  return nextTaken(page) - page;
}

/** Whether a package was loaded for the domain. */
export function hasPackages(domain: i32): bool {
  for (let index = 0; index < MOST; index++) {
    if (readPackage(index) && load<u8>(ROW + MODULE_ROW_DOMAIN) == (domain as u8)) return true;
  }
  return false;
}

/** Bytes of packages that can still be loaded in one piece. */
export function freePackageBytes(): i32 {
  if (freeIndex() < 0) return 0;
  return addressOf(freePagesAt(longestFree())) - addressOf(0);
}
