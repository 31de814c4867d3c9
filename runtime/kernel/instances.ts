// Instances of applets: installed, started when first needed, called.

import { MAX_COMMAND_BYTES } from "../spec/card-api.ts";
import { APPLET_TRAPPED, ENTRY_DESELECT, ENTRY_INSTALL, MAX_INSTANCES } from "../spec/chip.ts";
import { MAX_AID_BYTES, MIN_AID_BYTES } from "../spec/configuration.ts";
import { CARD_OP_READY, LIFE_CYCLE_SELECTABLE } from "../spec/life-cycle.ts";
import { ISSUER_PRIVILEGES, PRIVILEGE_SECURITY_DOMAIN } from "../spec/privileges.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INTERNAL_ERROR,
  SW_MEMORY_FAILURE,
  SW_MORE_DATA,
  SW_NAME_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../spec/status-words.ts";
import { KIND_KERNEL } from "../spec/store.ts";
import { exchange, IO } from "./buffers.ts";
import * as channels from "./channels.ts";
import * as chip from "./chip.ts";
import * as configuration from "./configuration.ts";
import { forgetDerived } from "./keys.ts";
import * as modules from "./modules.ts";
import { bigEndian24 } from "./parse.ts";
import * as registry from "./registry.ts";
import { KERNEL, OBJECT_INSTALLED } from "./registry.ts";
import * as objects from "./store/objects.ts";
import { startWork, workIsSpent } from "./work.ts";

const AID: usize = memory.data(MAX_AID_BYTES, 4);
const PRIVILEGES: usize = memory.data(4, 4);

@unmanaged
@final
class Running {
  /** The instance whose `install` runs; one inside another is refused. */
  installing: i32;
  /** Whether an applet's request runs another instance: no further one inside it. */
  nested: i32;
}

// @ts-ignore: the compiler folds this to an address
export const running: Running = changetype<Running>(memory.data(offsetof<Running>(), 4));

/** What `install` makes. Pointers are kernel RAM. */
@unmanaged
@final
export class Installation {
  module: i32;
  /** Associated security domain; 0 makes a domain its own: the issuer's. */
  domain: i32;
  lifeCycle: u8;
  privileges: i32;
  implicit: i32;
  quota: i32;
  aid: usize;
  aidLength: i32;
  parameters: usize;
  parameterLength: i32;
}

// @ts-ignore: the compiler folds this to an address
export const installation: Installation = changetype<Installation>(
  memory.data(offsetof<Installation>(), 4),
);

/** Starts an instance that does not run. 6A84 without RAM, 6581 for a package that was damaged. */
function ensureRunning(instance: i32): u16 {
  if (registry.isRunning(instance)) return SW_SUCCESS;
  const module = registry.moduleOf(instance);
  const ram = modules.ramOf(module);
  if (ram == 0) return SW_INTERNAL_ERROR;
  if (!makeRam(ram)) return SW_NOT_ENOUGH_MEMORY;
  if (!modules.start(instance, module)) {
    return modules.isPackage(module) ? SW_MEMORY_FAILURE : SW_INTERNAL_ERROR;
  }
  registry.setRunning(instance, ram);
  return SW_SUCCESS;
}

/**
 * Makes room for the RAM of one more instance: while there is too little, one that is selected nowhere
 * loses its own. False when all that run are selected or resident.
 */
function makeRam(needed: u32): bool {
  const most = configuration.appletRam();
  if (needed > most) return false;
  while (registry.ramInUse() > most - needed) {
    const idle = idleInstance();
    if (idle == 0) return false;
    stop(idle);
  }
  return true;
}

function stop(instance: i32): void {
  chip.appletStop(instance);
  registry.setRunning(instance, 0);
}

/** An instance that runs, is selected nowhere and need not stay; 0 for none. */
function idleInstance(): i32 {
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (!registry.exists(instance) || !registry.isRunning(instance)) continue;
    if (modules.isResident(registry.moduleOf(instance))) continue;
    if (!channels.isSelected(instance, -1)) return instance;
  }
  return 0;
}

/**
 * Calls an entry of an instance. 6F00 when it trapped or spent its work: what it had begun is undone
 * and its RAM cleared, so that the next command finds it as after reset.
 */
export function callInstance(instance: i32, entry: i32, a: i32, b: i32, c: i32): u16 {
  const runs = ensureRunning(instance);
  if (runs != SW_SUCCESS) return runs;
  const result = chip.appletCall(instance, entry, a, b, c);
  if (result != APPLET_TRAPPED && !workIsSpent()) {
    return isStatusWord(result) ? (result as u16) : SW_INTERNAL_ERROR;
  }
  objects.abort();
  chip.appletClear(instance);
  forgetDerived(instance);
  exchange.replyLength = 0;
  return SW_INTERNAL_ERROR;
}

/** As `callInstance`, for an applet that has another do something; 6985 inside such a call. */
export function callNested(instance: i32, entry: i32, a: i32, b: i32, c: i32): u16 {
  if (running.nested != 0) return SW_CONDITIONS_NOT_SATISFIED;
  running.nested = 1;
  const status = callInstance(instance, entry, a, b, c);
  running.nested = 0;
  // A session key lasts as long as a selection, and this call may be all that the instance has.
  if (!channels.isSelected(instance, -1)) forgetDerived(instance);
  return status;
}

/**
 * Whether a reader can make sense of it: 6XXX or 9XXX, without 60 and without 61, which promises a
 * response that only the kernel can keep. ISO/IEC 7816-4:2020, 5.6.
 */
function isStatusWord(value: i32): bool {
  const high = value >> 8;
  return (value >> 12 == 6 || value >> 12 == 9) && high != 0x60 && high != SW_MORE_DATA >> 8;
}

/**
 * Tells the applet selected on a channel that it ends. The command in hand is another's: its data are
 * out of reach, and what the applet leaves of a transaction, of a response, of a session key is
 * dropped, what it spent of the command's work is forgotten.
 */
export function deselect(channel: i32): void {
  const instance = channels.selectedOn(channel);
  if (instance == 0) return;
  const lc = exchange.lc;
  exchange.lc = 0;
  channels.setSelected(channel, 0);
  callInstance(instance, ENTRY_DESELECT, 0, 0, 0);
  exchange.lc = lc;
  exchange.replyLength = 0;
  objects.abort();
  if (!channels.isSelected(instance, -1)) forgetDerived(instance);
  startWork();
}

/** Clears the RAM of all instances that run, and takes it from the resident ones; at reset. */
export function clearInstances(): void {
  running.installing = 0;
  running.nested = 0;
  for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
    if (!registry.exists(instance) || !registry.isRunning(instance)) continue;
    if (modules.isResident(registry.moduleOf(instance))) stop(instance);
    else chip.appletClear(instance);
  }
}

/**
 * Makes the instance that `installation` describes: registry row and all objects that its `install`
 * entry makes, in one transaction. The entry finds the parameters as its command data.
 */
export function install(): u16 {
  const wanted = installation;
  if (running.installing != 0) return SW_CONDITIONS_NOT_SATISFIED;
  // What the domain has answered already would be in the new instance's hands.
  if (exchange.replyLength != 0) return SW_CONDITIONS_NOT_SATISFIED;
  if (wanted.aidLength < MIN_AID_BYTES || wanted.aidLength > MAX_AID_BYTES) return SW_WRONG_DATA;
  if (registry.named(wanted.aid, wanted.aidLength) != 0) return SW_NAME_EXISTS;
  if (modules.ramOf(wanted.module) == 0) return SW_REFERENCED_DATA_NOT_FOUND;
  const instance = registry.freeInstance();
  if (instance == 0) return SW_NOT_ENOUGH_MEMORY;
  let status = objects.begin();
  if (status != SW_SUCCESS) return status;
  status = registry.enter(
    instance,
    wanted.lifeCycle,
    wanted.privileges,
    wanted.module,
    wanted.domain == 0 ? instance : wanted.domain,
    wanted.implicit,
    wanted.quota,
    wanted.aid,
    wanted.aidLength,
  );
  if (status == SW_SUCCESS) status = callInstall(instance);
  if (status == SW_SUCCESS) status = objects.commit();
  if (status == SW_SUCCESS) return SW_SUCCESS;
  objects.abort();
  chip.appletStop(instance);
  registry.forget(instance);
  return status;
}

function callInstall(instance: i32): u16 {
  const data = exchange.data;
  const lc = exchange.lc;
  exchange.data = installation.parameters;
  exchange.lc = installation.parameterLength;
  running.installing = instance;
  const status = callNested(instance, ENTRY_INSTALL, 0, installation.parameterLength, 0);
  running.installing = 0;
  exchange.data = data;
  exchange.lc = lc;
  // An install has nobody to answer.
  exchange.replyLength = 0;
  return status;
}

/**
 * Installs the instances that the image names, once in the card's life: what is deleted later stays
 * deleted. A first power-on that was cut goes on where it stopped.
 */
export function installFromImage(): u16 {
  if (objects.find(KERNEL, OBJECT_INSTALLED) >= 0) return SW_SUCCESS;
  for (let nth = 0; nth < MAX_INSTANCES; nth++) {
    const aidLength = configuration.instanceAid(nth, AID);
    if (aidLength < 0) break;
    if (registry.named(AID, aidLength) != 0) continue;
    startWork();
    if (configuration.instancePrivileges(nth, PRIVILEGES) != 3) return SW_WRONG_DATA;
    const length = configuration.instanceParameters(nth, IO, MAX_COMMAND_BYTES);
    installation.module = configuration.instanceModule(nth);
    installation.privileges = bigEndian24(PRIVILEGES);
    associate();
    installation.implicit = configuration.instanceImplicit(nth);
    installation.quota = configuration.instanceQuota(nth);
    installation.aid = AID;
    installation.aidLength = aidLength;
    installation.parameters = IO;
    installation.parameterLength = length < 0 ? 0 : length;
    const status = install();
    if (status != SW_SUCCESS) return status;
  }
  return objects.create(KERNEL, OBJECT_INSTALLED, KIND_KERNEL, 0);
}

/** The first security domain of an image is the issuer's; all else is associated with it. */
function associate(): void {
  const issuer = registry.issuerDomain();
  const isIssuer = issuer == 0 && (installation.privileges & PRIVILEGE_SECURITY_DOMAIN) != 0;
  installation.domain = issuer;
  installation.lifeCycle = isIssuer ? CARD_OP_READY : LIFE_CYCLE_SELECTABLE;
  if (isIssuer) installation.privileges |= ISSUER_PRIVILEGES;
}
