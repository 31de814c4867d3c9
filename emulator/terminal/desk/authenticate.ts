// Both directions of authentication between a card and the issuer's keys. Part 7, 5.4 and chapter 6.

import { AUTHENTICATION_BYTES } from "../../../applets/social-security/spec.ts";
import { equal } from "../../../personalization/bytes.ts";
import type { KeyDefinition } from "../../../personalization/definition/types.ts";
import { externalAuthenticate, getChallenge, internalAuthenticate } from "./card-commands.ts";
import { type CardSession, environmentKey } from "./card-session.ts";
import { CODE_INTERNAL_AUTHENTICATION } from "./codes.ts";
import { DeskError } from "./result.ts";
import type { TerminalSecurity } from "./security.ts";

/** Two random numbers of the terminal; the card and the security must make the same of them. */
export async function proveCard(session: CardSession, security: TerminalSecurity): Promise<void> {
  const [factor, original] = [terminalRandom(), terminalRandom()];
  const answer = await internalAuthenticate(session.card, factor, original);
  const key = environmentKey(session, "IRK");
  expectGenuine(answer, await security.authenticate(session, key, factor, original));
}

/** `DeskError` -21 when the card's answer is not the issuer's. */
export function expectGenuine(answer: Uint8Array, expected: Uint8Array): void {
  if (!equal(answer, expected)) throw new DeskError(CODE_INTERNAL_AUTHENTICATION);
}

/** Proves `key` to the card, with its random number and one of the terminal's. */
export async function proveKey(
  session: CardSession,
  security: TerminalSecurity,
  key: KeyDefinition,
): Promise<void> {
  const original = terminalRandom();
  const random = await getChallenge(session.card);
  const proof = await security.authenticate(session, key, random, original);
  await externalAuthenticate(session.card, key.reference, proof, original);
}

export function terminalRandom(): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(AUTHENTICATION_BYTES));
}
