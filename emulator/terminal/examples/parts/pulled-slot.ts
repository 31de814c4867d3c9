// A slot whose card can be pulled in the middle of a command, as people do.

import type { Card as BureauCard } from "../../../../personalization/card.ts";
import { TransportError } from "../../../../personalization/errors.ts";
import type { Card } from "../../../card.ts";
import { EmulatedSlot } from "../../desk/emulated-slots.ts";
import type { PoweredCard, Slot } from "../../desk/slots.ts";

/** When: while the card writes what it was told to, or when it has and before its answer arrives. */
export type Moment = "while it writes" | "before it answers";

export class PulledSlot implements Slot {
  readonly interface = "contact";
  readonly #slot: EmulatedSlot;
  readonly #card: Card;
  #pull: { readonly ins: number; readonly moment: Moment; readonly operation: number } | undefined;

  constructor(card: Card) {
    this.#card = card;
    this.#slot = new EmulatedSlot(card);
  }

  /**
   * The card will be pulled once, at its next command with this instruction. While it writes: at the operation of its
   * memory that is counted from 0; it may have no such one, and is then pulled before it answers.
   */
  pullAt(ins: number, moment: Moment, operation = 0): void {
    this.#pull = { ins, moment, operation };
  }

  async power(): Promise<PoweredCard> {
    const { card, answer } = await this.#slot.power();
    const line: BureauCard = {
      reset: () => card.reset(),
      transmit: (command) => this.#transmit(card, command),
    };
    return { card: line, answer };
  }

  close(): Promise<void> {
    return this.#slot.close();
  }

  async #transmit(line: BureauCard, command: Uint8Array): Promise<Uint8Array> {
    const pull = this.#pull;
    if (pull === undefined || command[1] !== pull.ins) return line.transmit(command);
    this.#pull = undefined;
    if (pull.moment === "while it writes") this.#card.cutPower(pull.operation);
    await line.transmit(command).catch(() => undefined);
    this.#card.cutPower(undefined);
    this.#card.powerOff();
    throw new TransportError("the card was pulled out of the reader");
  }
}
