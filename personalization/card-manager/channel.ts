// What content management talks through: an open secure channel, or a card that asks for none.

import { exchange, MAX_COMMAND_DATA, type Response } from "../apdu.ts";
import type { Card } from "../card.ts";

/** `SecureChannel` is one. Takes plain commands, gives plain responses. */
export interface ManagementChannel {
  /** Most bytes of command data, before the channel protects them. */
  readonly maxData: number;
  transmit(command: Uint8Array): Promise<Response>;
}

/** Commands in clear: SELECT, GET DATA, and what a card without keys takes. */
export function plainChannel(card: Card): ManagementChannel {
  return { maxData: MAX_COMMAND_DATA, transmit: (command) => exchange(card, command) };
}
