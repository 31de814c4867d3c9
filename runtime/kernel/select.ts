// SELECT by DF name: which applet gets the next commands. ISO/IEC 7816-4:2020, 11.2.2; GPC 2.3.1, 6.4.

import { ENTRY_PROCESS, ENTRY_SELECT } from "../spec/chip.ts";
import { MAX_AID_BYTES } from "../spec/configuration.ts";
import { PRIVILEGE_SECURITY_DOMAIN } from "../spec/privileges.ts";
import {
  isWarningUnchanged,
  SW_FILE_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../spec/status-words.ts";
import { exchange } from "./buffers.ts";
import { callInstance, deselect, running } from "./instances.ts";
import { forgetDerived } from "./keys.ts";
import * as registry from "./registry.ts";
import { closeSession } from "./secure-channel/session.ts";

const OCCURRENCE_MASK: u8 = 0x03;
const OCCURRENCE_NEXT: u8 = 0x02;
/** P2 bits 4-3 ask for FCI, FCP, FMD or nothing; the rest is RFU. */
const KNOWN_P2: u8 = 0x0e;

/** Header of a command as an applet's `process` takes it: CLA, INS, P1, P2 from the high byte. */
export function headerWord(): i32 {
  const high = ((exchange.cla as i32) << 24) | ((exchange.ins as i32) << 16);
  return high | ((exchange.p1 as i32) << 8) | (exchange.p2 as i32);
}

/** The instance that the command names: with an empty name the issuer's security domain. */
function named(): i32 {
  if (exchange.lc == 0) return registry.withPrivilege(PRIVILEGE_SECURITY_DOMAIN);
  const next = (exchange.p2 & OCCURRENCE_MASK) == OCCURRENCE_NEXT;
  return registry.match(next ? running.selected : 0, exchange.data, exchange.lc);
}

/** SELECT with P1 = 04. A name of no instance goes to the selected applet: it may have such a DF. */
export function selectByName(): u16 {
  if ((exchange.p2 & ~KNOWN_P2) != 0) return SW_WRONG_P1P2;
  if (exchange.lc > MAX_AID_BYTES) return SW_WRONG_LENGTH;
  const instance = named();
  if (instance != 0) return selectInstance(instance);
  if (running.selected == 0) return SW_FILE_NOT_FOUND;
  return callInstance(running.selected, ENTRY_PROCESS, headerWord(), exchange.lc, exchange.le);
}

/** Deselects the old, closes its secure channel, then selects the new. */
export function selectInstance(instance: i32): u16 {
  deselect();
  closeSession();
  forgetDerived();
  const status = callInstance(instance, ENTRY_SELECT, headerWord(), exchange.lc, exchange.le);
  if (status == SW_SUCCESS || isWarningUnchanged(status)) running.selected = instance;
  return status;
}
