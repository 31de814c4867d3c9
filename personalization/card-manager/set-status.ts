// SET STATUS: life cycles of the card, of applications and of security domains. GPC 2.3.1, 11.10.

import {
  STATUS_APPLICATIONS,
  STATUS_DOMAIN_AND_ITS_APPLICATIONS,
  STATUS_ISSUER_DOMAIN,
} from "../../runtime/spec/content.ts";
import { CLA_PROPRIETARY, INS_SET_STATUS } from "../../runtime/spec/instructions.ts";
import { LIFE_CYCLE_LOCKED } from "../../runtime/spec/life-cycle.ts";
import { command, expectSuccess } from "../apdu.ts";
import type { ManagementChannel } from "./channel.ts";

/** Moves the card itself: CARD_INITIALIZED, SECURED, CARD_LOCKED or TERMINATED. */
export function setCardStatus(channel: ManagementChannel, lifeCycle: number): Promise<void> {
  return setStatus(channel, STATUS_ISSUER_DOMAIN, lifeCycle, new Uint8Array());
}

/** Moves an application or a supplementary domain. */
export function setApplicationStatus(
  channel: ManagementChannel,
  aid: Uint8Array,
  lifeCycle: number,
): Promise<void> {
  return setStatus(channel, STATUS_APPLICATIONS, lifeCycle, aid);
}

/** Locks an application, or lets it go on where it was. Of the state only the lock bit counts. */
export function setLocked(
  channel: ManagementChannel,
  aid: Uint8Array,
  locked: boolean,
): Promise<void> {
  return setApplicationStatus(channel, aid, locked ? LIFE_CYCLE_LOCKED : 0x00);
}

/** `setLocked` of a domain and of all that is associated with it, directly or not. */
export function setDomainLocked(
  channel: ManagementChannel,
  aid: Uint8Array,
  locked: boolean,
): Promise<void> {
  const lifeCycle = locked ? LIFE_CYCLE_LOCKED : 0x00;
  return setStatus(channel, STATUS_DOMAIN_AND_ITS_APPLICATIONS, lifeCycle, aid);
}

async function setStatus(
  channel: ManagementChannel,
  kind: number,
  lifeCycle: number,
  aid: Uint8Array,
): Promise<void> {
  const request = command(CLA_PROPRIETARY, INS_SET_STATUS, kind, lifeCycle, aid);
  expectSuccess("SET STATUS", await channel.transmit(request));
}
