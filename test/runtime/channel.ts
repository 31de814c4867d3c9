// Logical channels, as a reader names them: the class byte of a command, MANAGE CHANNEL.

import type { Card } from "../../emulator/card.ts";
import {
  CLA_CHAINING,
  CLA_PROPRIETARY,
  CLA_SECURE,
  INS_MANAGE_CHANNEL,
  P1_CLOSE_CHANNEL,
  P1_OPEN_CHANNEL,
} from "../../runtime/spec/instructions.ts";
import { accept, apdu } from "../helpers/card.ts";

/** Channels that the two low bits of a class byte can name; those above need a further class. */
const FIRST_CHANNELS = 4;
/** A further interindustry class, and its bit for secure messaging. ISO/IEC 7816-4:2020, 5.4.1. */
const CLA_FURTHER = 0x40;
const CLA_FURTHER_SECURE = 0x20;

/** The class byte of channel 0 with another channel in it. */
export function classOn(channel: number, cla: number): number {
  if (channel < FIRST_CHANNELS) return cla | channel;
  const secure = (cla & CLA_SECURE) !== 0 ? CLA_FURTHER_SECURE : 0;
  const kept = cla & (CLA_PROPRIETARY | CLA_CHAINING);
  return kept | CLA_FURTHER | secure | (channel - FIRST_CHANNELS);
}

/** A command of channel 0 sent on another. */
export function onChannel(channel: number, command: Uint8Array): Uint8Array {
  return Uint8Array.of(classOn(channel, command[0]!), ...command.subarray(1));
}

/** MANAGE CHANNEL that opens: a channel of the card's choice, which it answers, or this one. */
export function open(channel = 0, from = 0): Uint8Array {
  const le = channel === 0 ? 1 : undefined;
  return onChannel(from, apdu(0x00, INS_MANAGE_CHANNEL, P1_OPEN_CHANNEL, channel, "", le));
}

/** MANAGE CHANNEL that closes: this channel, or for 0 the one that it is sent on. */
export function close(channel: number, from = 0): Uint8Array {
  return onChannel(from, apdu(0x00, INS_MANAGE_CHANNEL, P1_CLOSE_CHANNEL, channel));
}

/** Opens channels 1 to `last`. */
export function openUpTo(card: Card, last: number): void {
  for (let channel = 1; channel <= last; channel++) accept(card, open(channel));
}
