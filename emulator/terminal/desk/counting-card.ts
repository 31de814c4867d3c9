// Counts what goes over a card's line, so that a bench can say how long a real line takes.

import type { Card } from "../../../personalization/card.ts";

export interface LineCount {
  commands: number;
  resets: number;
  /** Bytes of APDUs, headers and status words counted. */
  sent: number;
  received: number;
}

export interface Exchange {
  readonly command: Uint8Array;
  readonly response: Uint8Array;
}

export interface CountingCard extends Card {
  readonly count: LineCount;
}

/** `card`, counted; `trace` sees each exchange. */
export function countingCard(card: Card, trace?: (exchange: Exchange) => void): CountingCard {
  const count: LineCount = { commands: 0, resets: 0, sent: 0, received: 0 };
  return {
    count,
    async transmit(command) {
      count.commands++;
      count.sent += command.length;
      const response = await card.transmit(command);
      count.received += response.length;
      trace?.({ command, response });
      return response;
    },
    async reset() {
      count.resets++;
      return card.reset();
    },
  };
}

/** What a line costs: seconds for each byte, and for each command beside its bytes. */
export interface LineCost {
  readonly name: string;
  readonly secondsPerByte: number;
  readonly secondsPerCommand: number;
}

/**
 * T=0 at 9600 baud, 372 clocks a bit: 12 bit times a byte with its guard time; a procedure byte, and
 * a GET RESPONSE of 5 bytes and its status for a command that both brings and takes data, at most.
 */
export const CONTACT_9600: LineCost = {
  name: "contact, 9600 baud",
  secondsPerByte: 12 / 9600,
  secondsPerCommand: (9 * 12) / 9600,
};

/**
 * ISO/IEC 14443-4 at 106 kbit/s: 9 bits a byte; each of two blocks has PCB, two bytes of CRC, and
 * some 0.3 ms between blocks.
 */
export const CONTACTLESS_106: LineCost = {
  name: "contactless, 106 kbit/s",
  secondsPerByte: 9 / 106_000,
  secondsPerCommand: (6 * 9) / 106_000 + 0.0006,
};

/** Seconds that the line took; the card's own time comes on top. */
export function lineSeconds(count: LineCount, cost: LineCost): number {
  const bytes = count.sent + count.received;
  return bytes * cost.secondsPerByte + count.commands * cost.secondsPerCommand;
}
