// SELECT of a security domain, and what its FCI tells. GPC 2.3.1, 11.9.

import {
  TAG_6F_FCI,
  TAG_9F65_MAXIMUM_LENGTH,
  TAG_84_AID,
  TAG_A5_PROPRIETARY,
} from "../../applets/security-domain/spec.ts";
import { INS_SELECT, P1_SELECT_BY_NAME } from "../../runtime/spec/instructions.ts";
import { command, exchange, expectSuccess, LE_ALL } from "../apdu.ts";
import type { Card } from "../card.ts";
import { findValue, numberOf, readFields } from "./read-tlv.ts";

export interface Domain {
  readonly aid: Uint8Array;
  /** Most bytes of command data that the domain takes, MAC and padding included; if it says so. */
  readonly maximumLength?: number;
}

/** Selects a security domain; without an AID the one that the card offers first, the issuer's. */
export async function selectDomain(
  card: Card,
  aid: Uint8Array = new Uint8Array(),
): Promise<Domain> {
  const select = command(0x00, INS_SELECT, P1_SELECT_BY_NAME, 0x00, aid, LE_ALL);
  const answer = expectSuccess("SELECT security domain", await exchange(card, select));
  const what = "SELECT security domain";
  const fci = readFields(findValue(readFields(answer, what), TAG_6F_FCI) ?? answer, what);
  const proprietary = readFields(findValue(fci, TAG_A5_PROPRIETARY) ?? new Uint8Array(), what);
  const maximum = findValue(proprietary, TAG_9F65_MAXIMUM_LENGTH);
  return {
    aid: findValue(fci, TAG_84_AID) ?? aid,
    ...(maximum === undefined ? {} : { maximumLength: numberOf(maximum) }),
  };
}
