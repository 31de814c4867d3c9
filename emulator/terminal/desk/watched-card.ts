// Knows whether a card may have been changed: what failed afterwards must not simply be done again.

import type { Card } from "../../../personalization/card.ts";
import {
  INS_APPEND_RECORD,
  INS_APPLICATION_BLOCK,
  INS_CARD_BLOCK,
  INS_CHANGE_PIN,
  INS_CREDIT_FOR_LOAD,
  INS_DEBIT_FOR_PURCHASE,
  INS_PIN_CHANGE_UNBLOCK,
  INS_UPDATE_BINARY,
  INS_UPDATE_RECORD,
} from "../../../runtime/spec/instructions.ts";

const CHANGING: ReadonlySet<number> = new Set([
  INS_APPEND_RECORD,
  INS_APPLICATION_BLOCK,
  INS_CARD_BLOCK,
  INS_CHANGE_PIN,
  INS_CREDIT_FOR_LOAD,
  INS_DEBIT_FOR_PURCHASE,
  INS_PIN_CHANGE_UNBLOCK,
  INS_UPDATE_BINARY,
  INS_UPDATE_RECORD,
]);

export interface WatchedCard extends Card {
  /** Whether a command went to it that changes files, PINs or money; whatever it answered. */
  mayHaveChanged(): boolean;
}

/** `card`, watched from now on. */
export function watchedCard(card: Card): WatchedCard {
  let changed = false;
  return {
    mayHaveChanged: () => changed,
    async transmit(command) {
      changed ||= CHANGING.has(command[1] ?? 0);
      return card.transmit(command);
    },
    reset: () => card.reset(),
  };
}
