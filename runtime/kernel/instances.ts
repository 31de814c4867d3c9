// Instances of applets: installed from the image's modules, started when first needed, called.

import { MAX_COMMAND_BYTES } from "../spec/card-api.ts";
import { APPLET_TRAPPED, ENTRY_DESELECT, ENTRY_INSTALL, MAX_INSTANCES } from "../spec/chip.ts";
import { MAX_AID_BYTES, MAX_MODULES, MIN_AID_BYTES } from "../spec/configuration.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INTERNAL_ERROR,
  SW_MORE_DATA,
  SW_NAME_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../spec/status-words.ts";
import { exchange, IO } from "./buffers.ts";
import * as chip from "./chip.ts";
import * as configuration from "./configuration.ts";
import * as registry from "./registry.ts";
import * as objects from "./store/objects.ts";

const AID: usize = memory.data(MAX_AID_BYTES);
const PRIVILEGES: usize = memory.data(4);

@unmanaged
@final
class Running {
  /** The selected instance, 0 for none. */
  selected: i32;
  /** Whether an install is under way: one inside another is refused. */
  installing: i32;
}

// @ts-ignore: the compiler folds this to an address
export const running: Running = changetype<Running>(memory.data(offsetof<Running>()));

function ensureRunning(instance: i32): bool {
  if (registry.isRunning(instance)) return true;
  const module = registry.moduleOf(instance);
  const ram = configuration.moduleRam(module);
  if (ram == 0 || chip.appletStart(instance, module) == APPLET_TRAPPED) return false;
  registry.setRunning(instance, ram);
  return true;
}

/**
 * Calls an entry of an instance. 6F00 when it trapped: what it had begun is undone and its RAM
 * cleared, so that the next command finds it as after reset.
 */
export function callInstance(instance: i32, entry: i32, a: i32, b: i32, c: i32): u16 {
  if (!ensureRunning(instance)) return SW_INTERNAL_ERROR;
  const result = chip.appletCall(instance, entry, a, b, c);
  if (result != APPLET_TRAPPED) return isStatusWord(result) ? (result as u16) : SW_INTERNAL_ERROR;
  objects.abort();
  chip.appletClear(instance);
  exchange.replyLength = 0;
  return SW_INTERNAL_ERROR;
}

/**
 * Whether a reader can make sense of it: 6XXX or 9XXX, without 60 and without 61, which promises a
 * response that only the kernel can keep. ISO/IEC 7816-4:2020, 5.6.
 */
function isStatusWord(value: i32): bool {
  const high = value >> 8;
  return (value >> 12 == 6 || value >> 12 == 9) && high != 0x60 && high != SW_MORE_DATA >> 8;
}

/** Tells the selected applet that it ends. What it leaves of transaction and response is dropped. */
export function deselect(): void {
  const instance = running.selected;
  running.selected = 0;
  if (instance == 0) return;
  callInstance(instance, ENTRY_DESELECT, 0, 0, 0);
  objects.abort();
  exchange.replyLength = 0;
}

/** Clears the RAM of all instances that run; at reset. */
export function clearInstances(): void {
  running.selected = 0;
  running.installing = 0;
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (registry.exists(instance) && registry.isRunning(instance)) chip.appletClear(instance);
  }
}

/**
 * Installs an instance: registry row and all objects that its `install` entry makes, in one
 * transaction. The entry finds `parameterLength` bytes of parameters as its command data.
 */
export function install(
  module: i32,
  aid: usize,
  aidLength: i32,
  privileges: usize,
  parameters: usize,
  parameterLength: i32,
): u16 {
  if (running.installing != 0) return SW_CONDITIONS_NOT_SATISFIED;
  if (aidLength < MIN_AID_BYTES || aidLength > MAX_AID_BYTES) return SW_WRONG_DATA;
  if (registry.hasAid(aid, aidLength)) return SW_NAME_EXISTS;
  if (module < 0 || module >= MAX_MODULES || configuration.moduleRam(module) == 0) {
    return SW_REFERENCED_DATA_NOT_FOUND;
  }
  const instance = registry.freeInstance();
  if (instance == 0) return SW_NOT_ENOUGH_MEMORY;
  let status = objects.begin();
  if (status != SW_SUCCESS) return status;
  registry.enterRow(instance, module, privileges, aid, aidLength);

  const data = exchange.data;
  const lc = exchange.lc;
  const replied = exchange.replyLength;
  exchange.data = parameters;
  exchange.lc = parameterLength;
  running.installing = instance;
  status = callInstance(instance, ENTRY_INSTALL, 0, parameterLength, 0);
  running.installing = 0;
  exchange.data = data;
  exchange.lc = lc;
  // An install has nobody to answer.
  exchange.replyLength = replied;

  if (status == SW_SUCCESS) status = registry.saveRow(instance);
  if (status == SW_SUCCESS) status = objects.commit();
  if (status == SW_SUCCESS) return SW_SUCCESS;
  objects.abort();
  chip.appletStop(instance);
  registry.forget(instance);
  return status;
}

/** Installs the instances that the image names and the card does not have yet. */
export function installFromImage(): u16 {
  for (let nth = 0; nth < MAX_INSTANCES; nth++) {
    const aidLength = configuration.instanceAid(nth, AID);
    if (aidLength < 0) return SW_SUCCESS;
    if (registry.hasAid(AID, aidLength)) continue;
    const module = configuration.instanceModule(nth);
    if (configuration.instancePrivileges(nth, PRIVILEGES) != 3) return SW_WRONG_DATA;
    const most = MAX_COMMAND_BYTES;
    const length = configuration.instanceParameters(nth, IO, most);
    const status = install(module, AID, aidLength, PRIVILEGES, IO, length < 0 ? 0 : length);
    if (status != SW_SUCCESS) return status;
  }
  return SW_SUCCESS;
}
