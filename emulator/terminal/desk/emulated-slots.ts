// An emulated card as a terminal has it: in a slot with contacts, or on a field without.

import { INTERFACE_CONTACT, INTERFACE_CONTACTLESS } from "../../../runtime/spec/chip.ts";
import type { Card as EmulatedCard } from "../../card.ts";
import { type CountingCard, countingCard, type Exchange } from "./counting-card.ts";
import type { CardInterface } from "./parameters.ts";
import type { PoweredCard, Slot } from "./slots.ts";

const LINES: Readonly<Record<CardInterface, number>> = {
  contact: INTERFACE_CONTACT,
  contactless: INTERFACE_CONTACTLESS,
};

export class EmulatedSlot implements Slot {
  readonly interface: CardInterface;
  readonly #emulated: EmulatedCard;
  /** What went over the line, whoever powered it. */
  readonly card: CountingCard;

  constructor(
    emulated: EmulatedCard,
    where: CardInterface = "contact",
    trace?: (exchange: Exchange) => void,
  ) {
    this.interface = where;
    this.#emulated = emulated;
    const line = {
      transmit: (command: Uint8Array) => emulated.transmit(command),
      reset: async () => emulated.reset(LINES[where]),
    };
    this.card = countingCard(line, trace);
  }

  async power(): Promise<PoweredCard> {
    this.#emulated.powerOff();
    return { card: this.card, answer: await this.card.reset() };
  }

  async close(): Promise<void> {
    this.#emulated.powerOff();
  }
}
