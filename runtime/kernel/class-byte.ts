// What the class byte says: logical channel, secure messaging, chaining.
// ISO/IEC 7816-4:2020, 5.4.1; GPC 2.3.1, 11.1.4.

import { MAX_CHANNELS } from "../spec/configuration.ts";
import { CLA_CHAINING, CLA_PROPRIETARY, CLA_SECURE } from "../spec/instructions.ts";
import {
  SW_CHANNEL_NOT_SUPPORTED,
  SW_CLA_NOT_SUPPORTED,
  SW_SUCCESS,
} from "../spec/status-words.ts";
import { exchange, IO } from "./buffers.ts";
import * as channels from "./channels.ts";

/** A further class byte, for channels 4 to 19: bit 7. Bit 6 is its secure messaging. */
const CLA_FURTHER: u8 = 0x40;
const CLA_FURTHER_SECURE: u8 = 0x20;

/**
 * Takes the channel out of the class byte, so that nothing behind sees it: a further class becomes
 * the first class with the same meaning, in the buffer too, since a MAC runs over the class of channel 0
 * (Amendment D 1.1.2, 6.2.4). 6E00 for a class of no meaning, 6881 for a channel that is not open.
 */
export function takeClassApart(): u16 {
  const cla = exchange.cla;
  exchange.channel = 0;
  if (cla == 0xff || (cla & 0xe0) == 0x20) return SW_CLA_NOT_SUPPORTED;
  // A0 to BF are proprietary without any structure.
  if ((cla & 0xe0) == 0xa0) return SW_SUCCESS;
  if ((cla & CLA_FURTHER) != 0) {
    exchange.channel = 4 + (cla & 0x0f);
    const secure = (cla & CLA_FURTHER_SECURE) != 0 ? CLA_SECURE : 0;
    exchange.cla = (cla & (CLA_PROPRIETARY | CLA_CHAINING)) | secure;
  } else {
    exchange.channel = cla & 0x03;
    exchange.cla = cla & ~0x03;
  }
  store<u8>(IO, exchange.cla);
  const known = exchange.channel < MAX_CHANNELS && channels.isOpen(exchange.channel);
  return known ? SW_SUCCESS : SW_CHANNEL_NOT_SUPPORTED;
}
