// The registry: which instances the card has. In RAM for speed; each row is an object of the kernel.

import {
  MAX_OBJECT_NUMBER,
  REGISTRY_ROW_AID,
  REGISTRY_ROW_AID_LENGTH,
  REGISTRY_ROW_BYTES,
  REGISTRY_ROW_LIFE_CYCLE,
  REGISTRY_ROW_MODULE,
  REGISTRY_ROW_PRIVILEGES,
} from "../spec/card-api.ts";
import { MAX_INSTANCES } from "../spec/chip.ts";
import { MAX_AID_BYTES } from "../spec/configuration.ts";
import { SW_SUCCESS } from "../spec/status-words.ts";
import { KIND_KERNEL } from "../spec/store.ts";
import { equal } from "./equal.ts";
import { bigEndian24 } from "./parse.ts";
import * as objects from "./store/objects.ts";

/** Owner of the kernel's own objects, and their numbers. */
export const KERNEL: i32 = 0;
export const OBJECT_HISTORICAL_BYTES: i32 = 1;
const OBJECT_REGISTRY: i32 = 0x100;

/** Life cycle of an application. GPC 2.3.1, 5.3.1 and table 11-4. */
export const LIFE_CYCLE_SELECTABLE: u8 = 0x07;

/** Row: as stored (REGISTRY_ROW_*, 24 bytes), then RAM of the instance u16, running u8, pad. */
const ROW_BYTES: i32 = 28;
const ROW_RAM: usize = 24;
const ROW_RUNNING: usize = 26;
const ROWS: usize = memory.data(MAX_INSTANCES * ROW_BYTES);

/** Where the row of `instance` (1 to MAX_INSTANCES) lies. */
export function rowOf(instance: i32): usize {
  return ROWS + (instance - 1) * ROW_BYTES;
}

export function exists(instance: i32): bool {
  return load<u8>(rowOf(instance) + REGISTRY_ROW_AID_LENGTH) != 0;
}
export function moduleOf(instance: i32): i32 {
  return load<u8>(rowOf(instance) + REGISTRY_ROW_MODULE);
}
/** PRIVILEGE_* of the instance. */
export function privilegesOf(instance: i32): i32 {
  return bigEndian24(rowOf(instance) + REGISTRY_ROW_PRIVILEGES);
}
export function aidOf(instance: i32): usize {
  return rowOf(instance) + REGISTRY_ROW_AID;
}
export function aidLengthOf(instance: i32): i32 {
  return load<u8>(rowOf(instance) + REGISTRY_ROW_AID_LENGTH);
}
/** Bytes of RAM that pointers of the instance may reach. */
export function ramOf(instance: i32): u32 {
  return load<u16>(rowOf(instance) + ROW_RAM);
}
export function isRunning(instance: i32): bool {
  return load<u8>(rowOf(instance) + ROW_RUNNING) != 0;
}
export function setRunning(instance: i32, ram: i32): void {
  store<u16>(rowOf(instance) + ROW_RAM, ram as u16);
  store<u8>(rowOf(instance) + ROW_RUNNING, 1);
}

/** Reads all rows from the store. */
export function loadRegistry(): void {
  memory.fill(ROWS, 0, MAX_INSTANCES * ROW_BYTES);
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    const row = objects.find(KERNEL, OBJECT_REGISTRY + instance);
    if (row < 0) continue;
    objects.read(row, 0, rowOf(instance), REGISTRY_ROW_BYTES);
    if (aidLengthOf(instance) > MAX_AID_BYTES) forget(instance);
  }
}

/** Number of an instance that does not exist yet, or 0. */
export function freeInstance(): i32 {
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (!exists(instance)) return instance;
  }
  return 0;
}

/** Enters an instance in RAM only; `saveRow` makes it last. */
export function enterRow(
  instance: i32,
  module: i32,
  privileges: usize,
  aid: usize,
  aidLength: i32,
): void {
  const row = rowOf(instance);
  memory.fill(row, 0, ROW_BYTES);
  store<u8>(row + REGISTRY_ROW_LIFE_CYCLE, LIFE_CYCLE_SELECTABLE);
  memory.copy(row + REGISTRY_ROW_PRIVILEGES, privileges, 3);
  store<u8>(row + REGISTRY_ROW_MODULE, module as u8);
  store<u8>(row + REGISTRY_ROW_AID_LENGTH, aidLength as u8);
  memory.copy(row + REGISTRY_ROW_AID, aid, aidLength);
}

export function saveRow(instance: i32): u16 {
  const number = OBJECT_REGISTRY + instance;
  const status = objects.create(KERNEL, number, KIND_KERNEL, REGISTRY_ROW_BYTES);
  if (status != SW_SUCCESS) return status;
  const row = objects.find(KERNEL, number);
  return objects.write(row, 0, 0, rowOf(instance), REGISTRY_ROW_BYTES);
}

export function forget(instance: i32): void {
  memory.fill(rowOf(instance), 0, ROW_BYTES);
}

/**
 * The instance after `previous` whose AID begins with the given bytes, or 0. A full AID is its own
 * beginning. ISO/IEC 7816-4:2020, 11.2.2: "first or only" and "next" occurrence.
 */
export function match(previous: i32, aid: usize, length: i32): i32 {
  for (let instance = previous + 1; instance <= MAX_INSTANCES; instance++) {
    if (aidLengthOf(instance) < length || !exists(instance)) continue;
    if (equal(aidOf(instance), aid, length)) return instance;
  }
  return 0;
}

/** Whether an instance has exactly this AID. */
export function hasAid(aid: usize, length: i32): bool {
  for (
    let instance = match(0, aid, length);
    instance != 0;
    instance = match(instance, aid, length)
  ) {
    if (aidLengthOf(instance) == length) return true;
  }
  return false;
}

/** The first instance with this privilege, or 0. */
export function withPrivilege(privilege: i32): i32 {
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (exists(instance) && (privilegesOf(instance) & privilege) != 0) return instance;
  }
  return 0;
}

/** Whether the number is one that an applet may give to its objects. */
export function isAppletNumber(number: i32): bool {
  return number >= 0 && number <= MAX_OBJECT_NUMBER;
}
