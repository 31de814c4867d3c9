// A desk with a card in its reader and a PSAM inside, opened for as long as the work takes.

import type { Card } from "../../../card.ts";
import { FileError } from "../../../command/fail.ts";
import { withCard } from "../../../command/open-card.ts";
import { Desk } from "../../desk/desk.ts";
import { EmulatedSlot } from "../../desk/emulated-slots.ts";
import type { PinPad, PinPrompt } from "../../desk/pin-pad.ts";
import { PsamSecurity } from "../../desk/psam-security.ts";
import type { Terminal } from "../../desk/terminal.ts";
import { PulledSlot } from "./pulled-slot.ts";

/** The PIN of every new sample card. */
export const FIRST_PIN = "123456";

/** The keys that the holder presses. */
export class HoldersFingers implements PinPad {
  /** What is typed when the PIN is asked for, and when a new one is. */
  newPin = "";

  constructor(public pin: string = FIRST_PIN) {}

  async enter(prompt: PinPrompt): Promise<string> {
    return prompt === "new" || prompt === "again" ? this.newPin : this.pin;
  }
}

export interface Stand {
  readonly card: Card;
  readonly slot: PulledSlot;
  readonly holder: HoldersFingers;
  readonly terminal: Terminal;
  readonly desk: Desk;
}

/** Whatever happens to card and PSAM stays in their files. */
export async function withStand(
  files: { readonly card: string; readonly psam: string },
  pin: string | undefined,
  work: (stand: Stand) => Promise<void>,
): Promise<void> {
  const options = { keep: true, trust: [] };
  await withCard(files.card, options, ({ card, fresh }) => {
    if (fresh) throw new FileError(files.card, "is an image, not a card");
    return withCard(files.psam, options, async ({ card: psam }) => {
      const security = new PsamSecurity(new EmulatedSlot(psam));
      const slot = new PulledSlot(card);
      const holder = new HoldersFingers(pin);
      const terminal = { slots: [slot], pinPad: holder, security };
      try {
        await work({ card, slot, holder, terminal, desk: new Desk(terminal) });
      } finally {
        await security.close();
      }
    });
  });
}
