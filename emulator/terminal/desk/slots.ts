// Where a card is put: contact slots and contactless fields of the terminal.

import { historicalBytes } from "../../../personalization/batch/answer-to-reset.ts";
import { hex } from "../../../personalization/bytes.ts";
import type { Card } from "../../../personalization/card.ts";
import { CODE_NO_CARD, CODE_READER, CODE_WRONG_CARD_TYPE } from "./codes.ts";
import type { CardInterface } from "./parameters.ts";
import { DeskError } from "./result.ts";

/** A card that has power and has answered to it. */
export interface PoweredCard {
  readonly card: Card;
  /** ATR of the contact interface, or ATS. A PC/SC reader gives an ATR for either. */
  readonly answer: Uint8Array;
}

export interface Slot {
  /** "either": the answer of the card tells, as in PC/SC readers. */
  readonly interface: CardInterface | "either";
  /** Powers the card; undefined when there is none. `DeskError` or `TransportError` otherwise. */
  power(): Promise<PoweredCard | undefined>;
  /** Takes the power away. Does nothing when there is none. */
  close(): Promise<void>;
}

export interface OpenedCard extends PoweredCard {
  readonly slot: Slot;
}

/** The first card at the interfaces, in their order. `DeskError` -11 without a reader, -2 without card. */
export async function findCard(
  slots: readonly Slot[],
  interfaces: readonly CardInterface[],
): Promise<OpenedCard> {
  let readers = 0;
  for (const wanted of interfaces) {
    for (const slot of slots) {
      if (slot.interface !== wanted && slot.interface !== "either") continue;
      readers++;
      const powered = await slot.power();
      if (powered === undefined) continue;
      if (slot.interface === wanted || interfaceOf(powered.answer) === wanted) {
        return { ...powered, slot };
      }
      await slot.close();
    }
  }
  if (readers === 0) throw new DeskError(CODE_READER, interfaces.join(", "));
  throw new DeskError(CODE_NO_CARD);
}

/**
 * PC/SC readers make an ATR for a contactless card: 3B 8n 80 01, its historical bytes, a check byte.
 * PC/SC part 3, 3.1.3.2.3. An ATS begins with its length.
 */
function interfaceOf(answer: Uint8Array): CardInterface {
  const [first = 0, format = 0, td1, td2] = answer;
  if (first === answer.length) return "contactless";
  return first === 0x3b && format >> 4 === 8 && td1 === 0x80 && td2 === 0x01
    ? "contactless"
    : "contact";
}

/** Bytes that identify the card at its key authority: the last of the historical ones. */
export const CARD_FACTOR_BYTES = 8;

/** Historical bytes of an ATR or an ATS. `DeskError` -1 when the card has too few for a factor. */
export function historicalOf(answer: Uint8Array): Uint8Array {
  const historical = historicalBytes(answer) ?? historicalOfAts(answer);
  if (historical === undefined || historical.length < CARD_FACTOR_BYTES) {
    throw new DeskError(CODE_WRONG_CARD_TYPE, `answer to reset ${hex(answer.subarray(0, 33))}`);
  }
  return historical;
}

/** TL ‖ T0 ‖ [TA1] ‖ [TB1] ‖ [TC1] ‖ historical bytes. ISO/IEC 14443-4:2018, 5.2. */
function historicalOfAts(ats: Uint8Array): Uint8Array | undefined {
  const [length = 0, format = 0] = ats;
  if (length !== ats.length || length < 2) return undefined;
  const present = (format >> 4) & 7;
  const skipped = 2 + (present & 1) + ((present >> 1) & 1) + ((present >> 2) & 1);
  return ats.slice(skipped);
}
