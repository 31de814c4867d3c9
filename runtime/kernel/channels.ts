// Logical channels: which are open, and which instance is selected on each.
// ISO/IEC 7816-4:2020, 5.4.1 and 11.1.2; GPC 2.3.1, 6.3 and 11.7.

import { MAX_CHANNELS } from "../spec/configuration.ts";
import { exchange } from "./buffers.ts";
import * as configuration from "./configuration.ts";

/** For each channel: 0 closed, else 1 + the selected instance (0: none). */
const CHANNELS: usize = memory.data(MAX_CHANNELS, 4);

/** Closes all but the basic channel, on which nothing is selected then; at reset. */
export function resetChannels(): void {
  memory.fill(CHANNELS, 0, MAX_CHANNELS);
  openChannel(0);
}

export function isOpen(channel: i32): bool {
  return channel < MAX_CHANNELS && load<u8>(CHANNELS + channel) != 0;
}

export function openChannel(channel: i32): void {
  store<u8>(CHANNELS + channel, 1);
}

export function closeChannel(channel: i32): void {
  store<u8>(CHANNELS + channel, 0);
}

/** The first channel that is closed, or 0 when all that the chip has are open. */
export function freeChannel(): i32 {
  const channels = configuration.channels();
  for (let channel = 1; channel < channels; channel++) {
    if (!isOpen(channel)) return channel;
  }
  return 0;
}

/** The instance selected on a channel, 0 for none. */
export function selectedOn(channel: i32): i32 {
  return isOpen(channel) ? (load<u8>(CHANNELS + channel) as i32) - 1 : 0;
}

/** The instance selected on the channel of the command in hand. */
export function selected(): i32 {
  return selectedOn(exchange.channel);
}

export function setSelected(channel: i32, instance: i32): void {
  store<u8>(CHANNELS + channel, (1 + instance) as u8);
}

/** Whether the instance, a number from 1, is selected on a channel but `except`; -1 excepts none. */
export function isSelected(instance: i32, except: i32): bool {
  for (let channel = 0; channel < MAX_CHANNELS; channel++) {
    if (load<u8>(CHANNELS + channel) == 1 + instance && channel != except) return true;
  }
  return false;
}
