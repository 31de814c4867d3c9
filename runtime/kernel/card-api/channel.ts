// Card API: the secure channel of the applet's security domain.

import * as api from "../../spec/card-api.ts";
import { MAX_INSTANCES } from "../../spec/chip.ts";
import { INS_EXTERNAL_AUTHENTICATE, INS_INITIALIZE_UPDATE } from "../../spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INTERNAL_ERROR,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
} from "../../spec/status-words.ts";
import { exchange } from "../buffers.ts";
import * as channels from "../channels.ts";
import * as configuration from "../configuration.ts";
import * as registry from "../registry.ts";
import * as keySets from "../secure-channel/key-sets.ts";
import * as session from "../secure-channel/session.ts";
import { asksForChannel } from "../work.ts";
import { inCommand } from "./ranges.ts";

/** INITIALIZE UPDATE and EXTERNAL AUTHENTICATE work on the command in hand and answer it. */
export function callChannel(instance: i32, operation: i32, a: i32, b: i32): i32 {
  switch (operation) {
    case api.CARD_CHANNEL_INITIALIZE:
      if (!isAsked(instance, INS_INITIALIZE_UPDATE)) return SW_CONDITIONS_NOT_SATISFIED;
      // Each time costs a step of the keys' sequence counter, which has an end.
      if (session.isBegun() || !asksForChannel()) return SW_CONDITIONS_NOT_SATISFIED;
      return session.initializeUpdate(keyHolder(instance), instance);
    case api.CARD_CHANNEL_AUTHENTICATE:
      if (!isAsked(instance, INS_EXTERNAL_AUTHENTICATE)) return SW_CONDITIONS_NOT_SATISFIED;
      return session.externalAuthenticate();
    case api.CARD_CHANNEL_LEVEL:
      return session.sessionLevel();
    case api.CARD_CHANNEL_PARAMETER: // a protocol: its parameter i, or -1
      return configuration.secureChannel(a);
    case api.CARD_CHANNEL_DECIPHER: // a offset in the data, b length: deciphered in place
      if (!registry.isDomain(instance)) return SW_SECURITY_NOT_SATISFIED;
      if (!inCommand(a, b)) return SW_WRONG_LENGTH;
      return session.decryptSensitive(exchange.data + a, b);
    default:
      return SW_INTERNAL_ERROR;
  }
}

/** Whether the host sent this command to the instance. One that another has run opens no session. */
function isAsked(instance: i32, ins: u8): bool {
  return exchange.ins == ins && channels.selected() == instance;
}

/**
 * Whose keys speak for an instance: its own if it is a security domain that has some, else those of the
 * nearest domain above it that has. GPC 2.3.1, 7.3.1. 0 when there is none.
 */
function keyHolder(instance: i32): i32 {
  for (let left = MAX_INSTANCES; left > 0; left--) {
    // A locked domain serves nobody. 5.3.2.4.
    if (registry.isDomain(instance) && !registry.isSelectable(instance)) return 0;
    if (registry.isDomain(instance) && keySets.findChannelSet(instance, 0) >= 0) return instance;
    const above = registry.domainOf(instance);
    if (above == instance) return 0;
    instance = above;
  }
  return 0;
}
