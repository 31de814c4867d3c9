// A blank with its issuer domain selected, whatever application a reset selects.

import { AID_ISSUER_DOMAIN } from "../../../applets/issuer-domain/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, freshCard } from "../../helpers/card.ts";
import { selectApplication } from "../../helpers/secure-channel.ts";

export function selectDomain(card: Card): void {
  accept(card, selectApplication(AID_ISSUER_DOMAIN));
}

export async function blankCard(): Promise<Card> {
  const card = await freshCard();
  selectDomain(card);
  return card;
}

/** Resets the card and selects the domain again; ATR or ATS, hex. */
export function restart(card: Card, line?: number): string {
  const answer = hex(card.reset(line));
  selectDomain(card);
  return answer;
}
