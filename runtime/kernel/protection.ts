// Whether a security domain may do what it asks for: it came over its secure channel, to a card that lives.

import { CARD_LOCKED, CARD_TERMINATED } from "../spec/life-cycle.ts";
import { LEVEL_AUTHENTICATED, LEVEL_C_MAC } from "../spec/secure-channel.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
} from "../spec/status-words.ts";
import * as channels from "./channels.ts";
import * as registry from "./registry.ts";
import { sessionLevel } from "./secure-channel/session.ts";
import { transactionIsOpen } from "./store/objects.ts";

/**
 * Whether the domain is selected on the channel of the command in hand, and the session there asks for
 * a MAC on each command. A domain that another one runs has no say.
 */
export function isProtected(domain: i32): bool {
  const needed = LEVEL_AUTHENTICATED | LEVEL_C_MAC;
  return channels.selected() == domain && (sessionLevel() & needed) == needed;
}

/** Whether the domain may change what is on the card. A locked one may nothing. 5.3.2.4, 9.6.3. */
export function mayChange(domain: i32): u16 {
  if (!isProtected(domain)) return SW_SECURITY_NOT_SATISFIED;
  // The registry in RAM follows what is written, and a transaction could be taken back.
  if (transactionIsOpen() || !registry.isSelectable(domain)) return SW_CONDITIONS_NOT_SATISFIED;
  const state = registry.cardState();
  const locked = state == CARD_LOCKED || state == CARD_TERMINATED;
  return locked ? SW_CONDITIONS_NOT_SATISFIED : SW_SUCCESS;
}
