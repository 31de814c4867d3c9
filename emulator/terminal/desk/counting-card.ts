// Counts what goes over a card's line; `npm run bench` says how long a real line takes for it.

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
