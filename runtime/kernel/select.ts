// Which applet gets the next commands of a channel: by SELECT, at reset, when a channel is opened.
// ISO/IEC 7816-4:2020, 11.2.2; GPC 2.3.1, 6.4 and 11.9.

import { LE_ABSENT } from "../spec/card-api.ts";
import { ENTRY_PROCESS, ENTRY_SELECT, INTERFACE_CONTACTLESS, MAX_INSTANCES } from "../spec/chip.ts";
import { MAX_AID_BYTES } from "../spec/configuration.ts";
import { CARD_LOCKED, CARD_TERMINATED } from "../spec/life-cycle.ts";
import { PRIVILEGE_CARD_RESET, PRIVILEGE_FINAL_APPLICATION } from "../spec/privileges.ts";
import {
  isWarningUnchanged,
  SW_CARD_LOCKED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_FUNCTION_NOT_SUPPORTED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../spec/status-words.ts";
import { exchange } from "./buffers.ts";
import * as channels from "./channels.ts";
import { callInstance, deselect } from "./instances.ts";
import { forgetDerived } from "./keys.ts";
import * as modules from "./modules.ts";
import * as registry from "./registry.ts";
import { closeSession } from "./secure-channel/session.ts";

const OCCURRENCE_MASK: u8 = 0x03;
const OCCURRENCE_NEXT: u8 = 0x02;
/** P2 bits 4-3 ask for FCI, FCP, FMD or nothing; the rest is RFU. */
const KNOWN_P2: u8 = 0x0e;

/** A name that is the card's to answer, and that no instance may be selected by. */
const NOBODY: i32 = -1;

/** Implicit selection parameter: interfaces, and the channel in the low five bits. GPC 2.3.1, 11.1.7. */
const IMPLICIT_CONTACTLESS: i32 = 0x80;
const IMPLICIT_CONTACT: i32 = 0x40;
const IMPLICIT_CHANNEL: i32 = 0x1f;

/** Header of a command as an applet's `process` takes it: CLA, INS, P1, P2 from the high byte. */
export function headerWord(): i32 {
  const high = ((exchange.cla as i32) << 24) | ((exchange.ins as i32) << 16);
  return high | ((exchange.p1 as i32) << 8) | (exchange.p2 as i32);
}

/**
 * The instance that the command names: with an empty name the issuer's domain, else one of exactly
 * this AID, else the first whose AID begins so, or for "next" the first of those behind the selected;
 * one that is free before one that is busy. NOBODY for a locked one, and at the end of a search; 0 for a
 * name that may be a DF's.
 */
function named(): i32 {
  if (exchange.lc == 0) return registry.issuerDomain();
  if (!isNext()) {
    const exact = registry.named(exchange.data, exchange.lc);
    if (exact != 0) return registry.isSelectable(exact) ? exact : NOBODY;
  }
  let busy = 0;
  for (let other = isNext() ? channels.selected() + 1 : 1; other <= MAX_INSTANCES; other++) {
    if (!registry.isSelectable(other)) continue;
    if (!registry.beginsWith(other, exchange.data, exchange.lc)) continue;
    if (!isBusy(other)) return other;
    if (busy == 0) busy = other;
  }
  if (busy != 0) return busy;
  // A search that goes on is the card's, not an application's.
  return isNext() ? NOBODY : 0;
}

function isNext(): bool {
  return (exchange.p2 & OCCURRENCE_MASK) == OCCURRENCE_NEXT;
}

/** Whether an instance is selected on another channel and cannot be on two. GPC 2.3.1, 6.2. */
function isBusy(instance: i32): bool {
  if (!channels.isSelected(instance, exchange.channel)) return false;
  return !modules.isMultiselectable(registry.moduleOf(instance));
}

/** The application that answers for a card that is locked or terminated. GPC 2.3.1, 6.6.2.6. */
export function finalApplication(): i32 {
  const instance = registry.withPrivilege(PRIVILEGE_FINAL_APPLICATION);
  return instance != 0 ? instance : registry.issuerDomain();
}

/** SELECT with P1 = 04. A name of no instance goes to the selected applet: it may have such a DF. */
export function selectByName(): u16 {
  if ((exchange.p2 & ~KNOWN_P2) != 0) return SW_WRONG_P1P2;
  if (exchange.lc > MAX_AID_BYTES) return SW_WRONG_LENGTH;
  const instance = named();
  if (registry.cardState() == CARD_LOCKED) return selectOnLockedCard(instance);
  if (instance == NOBODY) return SW_FILE_NOT_FOUND;
  if (instance != 0) return selectInstance(instance);
  const selected = channels.selected();
  if (selected == 0) return SW_FILE_NOT_FOUND;
  return callInstance(selected, ENTRY_PROCESS, headerWord(), exchange.lc, exchange.le);
}

/**
 * On a locked card only the final application can be selected, on the basic channel, and says so; another
 * channel is closed. GPC 2.3.1, 6.4.2.1.2 and 6.4.3.1.2.
 */
function selectOnLockedCard(instance: i32): u16 {
  const channel = exchange.channel;
  if (channel != 0) {
    leave(channel);
    channels.closeChannel(channel);
    return SW_FUNCTION_NOT_SUPPORTED;
  }
  if (instance <= 0 || instance != finalApplication()) return SW_FUNCTION_NOT_SUPPORTED;
  const status = selectInstance(instance);
  return status == SW_SUCCESS ? SW_CARD_LOCKED : status;
}

/**
 * Deselects what the channel has, closes its secure channel, then selects the new. 6985, with nothing
 * changed, for an instance that is selected on another channel and cannot be twice. GPC 2.3.1, 6.2.
 */
export function selectInstance(instance: i32): u16 {
  const channel = exchange.channel;
  if (isBusy(instance)) return SW_CONDITIONS_NOT_SATISFIED;
  const elsewhere = channels.isSelected(instance, channel);
  leave(channel);
  // It may have been selected here, and have locked itself on leaving.
  if (!registry.isSelectable(instance)) return SW_FILE_NOT_FOUND;
  const status = callInstance(instance, ENTRY_SELECT, headerWord(), exchange.lc, exchange.le);
  if (status == SW_SUCCESS || isWarningUnchanged(status)) channels.setSelected(channel, instance);
  else if (!elsewhere) forgetDerived(instance);
  return status;
}

/** Ends what is selected on the channel in hand, with its secure channel. */
export function leave(channel: i32): void {
  deselect(channel);
  closeSession();
}

/** The instance that is selected without being named on a channel of the interface in use; 0: none. */
function defaultOn(channel: i32): i32 {
  const state = registry.cardState();
  if (state == CARD_LOCKED || state == CARD_TERMINATED) {
    return channel == 0 ? finalApplication() : 0;
  }
  const bit = exchange.line == INTERFACE_CONTACTLESS ? IMPLICIT_CONTACTLESS : IMPLICIT_CONTACT;
  for (let other = 1; other <= MAX_INSTANCES; other++) {
    const implicit = registry.exists(other) ? registry.implicitOf(other) : 0;
    const here = (implicit & bit) != 0 && (implicit & IMPLICIT_CHANNEL) == channel;
    if (here) return orFinal(other);
  }
  const holder = channel == 0 ? registry.withPrivilege(PRIVILEGE_CARD_RESET) : 0;
  return holder != 0 ? orFinal(holder) : registry.issuerDomain();
}

/** Whoever holds the place, or while it is locked the final application. GPC 2.3.1, 9.6.2. */
function orFinal(holder: i32): i32 {
  return registry.isSelectable(holder) ? holder : finalApplication();
}

/** Selects the default of the channel in hand; with none, or one that refuses, nothing is selected. */
export function selectDefault(): void {
  selectSilently(defaultOn(exchange.channel));
}

/** Selects an instance with nobody to answer to. */
export function selectSilently(instance: i32): void {
  if (instance == 0 || !registry.isSelectable(instance)) return;
  exchange.cla = 0;
  exchange.ins = 0;
  exchange.p1 = 0;
  exchange.p2 = 0;
  exchange.lc = 0;
  exchange.le = LE_ABSENT;
  selectInstance(instance);
  exchange.replyLength = 0;
}
