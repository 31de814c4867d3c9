// Whether what a security domain asks for came to it over its secure channel.

import { LEVEL_AUTHENTICATED, LEVEL_C_MAC } from "../spec/secure-channel.ts";
import * as channels from "./channels.ts";
import { sessionLevel } from "./secure-channel/session.ts";

/**
 * Whether the domain is selected on the channel of the command in hand, and the session there asks for
 * a MAC on each command. A domain that another one runs has no say.
 */
export function isProtected(domain: i32): bool {
  const needed = LEVEL_AUTHENTICATED | LEVEL_C_MAC;
  return channels.selected() == domain && (sessionLevel() & needed) == needed;
}
