// MANAGE CHANNEL: opens and closes logical channels. ISO/IEC 7816-4:2020, 11.1.2; GPC 2.3.1, 6.4 and 11.7.

import { LE_ABSENT } from "../spec/card-api.ts";
import { P1_CLOSE_CHANNEL, P1_OPEN_CHANNEL } from "../spec/instructions.ts";
import { CARD_LOCKED } from "../spec/life-cycle.ts";
import {
  SW_CHANNEL_ALREADY_CLOSED,
  SW_CHANNEL_NOT_SUPPORTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FUNCTION_NOT_SUPPORTED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../spec/status-words.ts";
import { exchange, replyByte } from "./buffers.ts";
import * as channels from "./channels.ts";
import * as configuration from "./configuration.ts";
import * as modules from "./modules.ts";
import * as registry from "./registry.ts";
import { leave, selectDefault, selectSilently } from "./select.ts";

/** MANAGE CHANNEL: P1 00 opens channel P2, 80 closes it; P2 00 leaves the number to the card, or to CLA. */
export function manageChannel(): u16 {
  if (exchange.p1 != P1_OPEN_CHANNEL && exchange.p1 != P1_CLOSE_CHANNEL) return SW_WRONG_P1P2;
  if (exchange.lc != 0) return SW_WRONG_LENGTH;
  if (registry.cardState() == CARD_LOCKED) return SW_FUNCTION_NOT_SUPPORTED;
  return exchange.p1 == P1_OPEN_CHANNEL ? open() : close();
}

/**
 * Opens a channel. From the basic channel, the default of the new one is selected there, or nothing when
 * that cannot be on two at once. From another, what is selected on that one: 6985, and no channel, when
 * that cannot be on two. GPC 2.3.1, 6.4.2.2 and 6.4.3.2.
 */
function open(): u16 {
  const asked = exchange.p2 as i32;
  if (asked == 0 && exchange.le == LE_ABSENT) return SW_WRONG_LENGTH;
  const channel = asked == 0 ? channels.freeChannel() : asked;
  if (channel == 0 || channel >= configuration.channels()) return SW_CHANNEL_NOT_SUPPORTED;
  if (channels.isOpen(channel)) return SW_CHANNEL_NOT_SUPPORTED;
  const from = exchange.channel;
  const le = exchange.le;
  const same = channels.selectedOn(from);
  if (from != 0 && same != 0 && !modules.isMultiselectable(registry.moduleOf(same))) {
    return SW_CONDITIONS_NOT_SATISFIED;
  }
  channels.openChannel(channel);
  exchange.channel = channel;
  if (from == 0) selectDefault();
  else selectSilently(same);
  exchange.channel = from;
  exchange.le = le;
  if (asked == 0) replyByte(channel);
  return SW_SUCCESS;
}

/** Closes a channel: what is selected there ends, its secure channel too. 6200 when it was closed. */
function close(): u16 {
  const channel = exchange.p2 == 0 ? exchange.channel : (exchange.p2 as i32);
  if (channel == 0) return SW_WRONG_P1P2;
  if (channel >= configuration.channels()) return SW_CHANNEL_NOT_SUPPORTED;
  if (!channels.isOpen(channel)) return SW_CHANNEL_ALREADY_CLOSED;
  const from = exchange.channel;
  exchange.channel = channel;
  leave(channel);
  exchange.channel = from;
  channels.closeChannel(channel);
  return SW_SUCCESS;
}
