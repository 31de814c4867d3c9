// Modules: those of the image, by their index, and those of loaded packages, from PACKAGE_MODULE on.

import {
  MODULE_ROW_AID,
  MODULE_ROW_AID_LENGTH,
  MODULE_ROW_BYTES,
  MODULE_ROW_DOMAIN,
  MODULE_ROW_FLAGS,
  MODULE_ROW_MODULE_AID,
  MODULE_ROW_MODULE_AID_LENGTH,
} from "../spec/card-api.ts";
import { APPLET_TRAPPED } from "../spec/chip.ts";
import {
  MAX_AID_BYTES,
  MAX_MODULES,
  MODULE_MULTISELECTABLE,
  MODULE_RESIDENT,
  PACKAGE_MODULE,
} from "../spec/configuration.ts";
import { appletStart } from "./chip.ts";
import * as configuration from "./configuration.ts";
import { equal } from "./equal.ts";
import * as packages from "./packages.ts";
import * as registry from "./registry.ts";

export function isPackage(module: i32): bool {
  return module >= PACKAGE_MODULE;
}

/** RAM of a module, bytes; 0 when there is no such module. */
export function ramOf(module: i32): i32 {
  return isPackage(module)
    ? packages.ramOf(module - PACKAGE_MODULE)
    : configuration.moduleRam(module);
}

/** MODULE_* of a module. */
export function flagsOf(module: i32): i32 {
  return isPackage(module)
    ? packages.flagsOf(module - PACKAGE_MODULE)
    : configuration.moduleFlags(module);
}

export function isMultiselectable(module: i32): bool {
  return (flagsOf(module) & MODULE_MULTISELECTABLE) != 0;
}

/** Whether its instances keep their RAM until reset; no package may claim that. */
export function isResident(module: i32): bool {
  return !isPackage(module) && (flagsOf(module) & MODULE_RESIDENT) != 0;
}

/** Gives an instance a fresh memory and the code of a module; false when it cannot run. */
export function start(instance: i32, module: i32): bool {
  return isPackage(module)
    ? packages.start(instance, module - PACKAGE_MODULE)
    : appletStart(instance, module) != APPLET_TRAPPED;
}

/** Writes MODULE_ROW_* of a module to `to`; false when there is none. */
export function readRow(module: i32, to: usize): bool {
  memory.fill(to, 0, MODULE_ROW_BYTES);
  if (isPackage(module)) return packages.readRow(module - PACKAGE_MODULE, to);
  if (module < 0 || module >= MAX_MODULES) return false;
  const length = configuration.moduleAid(module, to + MODULE_ROW_AID);
  if (length <= 0) return false;
  // A module of the image is a load file of its own name, the issuer's.
  store<u8>(to + MODULE_ROW_AID_LENGTH, length as u8);
  store<u8>(to + MODULE_ROW_MODULE_AID_LENGTH, length as u8);
  memory.copy(to + MODULE_ROW_MODULE_AID, to + MODULE_ROW_AID, MAX_AID_BYTES);
  store<u8>(to + MODULE_ROW_DOMAIN, registry.issuerDomain() as u8);
  store<u8>(to + MODULE_ROW_FLAGS, configuration.moduleFlags(module) as u8);
  return true;
}

/** A row in hand; `named` leaves there what it read last. */
export const ROW: usize = memory.data(MODULE_ROW_BYTES, 4);

/** The module whose load file has exactly this AID, or -1. */
export function named(aid: usize, length: i32): i32 {
  for (let module = next(-1); module >= 0; module = next(module)) {
    if (!readRow(module, ROW) || load<u8>(ROW + MODULE_ROW_AID_LENGTH) != length) continue;
    if (equal(ROW + MODULE_ROW_AID, aid, length)) return module;
  }
  return -1;
}

/** The module number after `module` that there may be, or -1 behind the last. */
export function next(module: i32): i32 {
  module += 1;
  if (module == MAX_MODULES) return PACKAGE_MODULE;
  return module == PACKAGE_MODULE + packages.MOST ? -1 : module;
}
