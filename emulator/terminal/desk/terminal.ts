// What stands on a desk: slots, the issuer's keys, a pad for PINs.

import { socialSecurityCard } from "../../../personalization/definition/load.ts";
import type { CardDefinition } from "../../../personalization/definition/types.ts";
import { type CardSession, openSession } from "./card-session.ts";
import { CODE_NO_PSAM } from "./codes.ts";
import { parseType } from "./parameters.ts";
import type { PinPad } from "./pin-pad.ts";
import { DeskError } from "./result.ts";
import { NO_TERMINAL, type TerminalSecurity } from "./security.ts";
import { findCard, type Slot } from "./slots.ts";
import { type WatchedCard, watchedCard } from "./watched-card.ts";

export interface Terminal {
  readonly slots: readonly Slot[];
  readonly pinPad: PinPad;
  /** What cards hold; what comes with the package when not given. */
  readonly define?: (generation: 2 | 3) => CardDefinition;
  /** The PSAM, or what stands for it. Without it, only what needs no key is done at the desk itself. */
  readonly security?: TerminalSecurity;
  /** Of the terminal as a device; some have none. */
  readonly deviceNumber?: string;
}

/** A card in the terminal. Whoever has it calls `close`. */
export interface CardAtTerminal extends CardSession {
  readonly terminal: Terminal;
  close(): Promise<void>;
}

/** As `openCard` gives it. */
export interface OpenedAtTerminal extends CardAtTerminal {
  readonly card: WatchedCard;
}

/** What a function does with the card, once its parameters are known to be in order. */
export type Work<T> = (session: CardAtTerminal) => Promise<T>;

/** Powers and selects the card. When it cannot be, its slot is closed again. */
export async function openCard(terminal: Terminal, iType: number): Promise<OpenedAtTerminal> {
  const opened = await findCard(terminal.slots, parseType(iType));
  const close = () => opened.slot.close();
  const card = watchedCard(opened.card);
  try {
    const powered = { card, answer: opened.answer };
    const session = await openSession(powered, terminal.define ?? socialSecurityCard);
    return { ...session, card, terminal, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The security of the terminal, ready for the card. `DeskError` -2201, -2202. */
export async function securityFor(session: CardAtTerminal): Promise<TerminalSecurity> {
  const { security } = session.terminal;
  if (security === undefined) throw new DeskError(CODE_NO_PSAM);
  await security.prepare(session.algorithm);
  return security;
}

/** Number of the terminal, from the PSAM if it has one. */
export async function terminalNumber(terminal: Terminal): Promise<string> {
  return (await terminal.security?.terminal()) ?? NO_TERMINAL;
}
