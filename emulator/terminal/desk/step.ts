// A function in steps: what one hands out, and what is done with what comes back.

import { AUTHENTICATION_BYTES } from "../../../applets/social-security/spec.ts";
import { equal } from "../../../personalization/bytes.ts";
import type { KeyDefinition } from "../../../personalization/definition/types.ts";
import { indicatorOf } from "./algorithm.ts";
import { terminalRandom } from "./authenticate.ts";
import { externalAuthenticate, getChallenge } from "./card-commands.ts";
import { CODE_BAD_INPUT, CODE_KEY_NOT_FOUND } from "./codes.ts";
import { hexField, join } from "./parameters.ts";
import { DeskError } from "./result.ts";
import type { CardAtTerminal } from "./terminal.ts";

/** One step done. */
export interface Step {
  readonly output: string;
  /** The next one, with what the HSM answered and, for writing, the data; none after the last. */
  readonly next?: (pKey: string, data: string) => Promise<Step>;
}

/** What a key is proven with to the card: a random number of the card's, and one of the terminal's. */
export interface Challenge {
  readonly original: Uint8Array;
  readonly factor: Uint8Array;
}

export async function takeChallenge(session: CardAtTerminal): Promise<Challenge> {
  return { original: terminalRandom(), factor: await getChallenge(session.card) };
}

/**
 * The step that asks the HSM for the proof of a key: cipher, address, factor, original. `prepare` looks at
 * the data before the card gets the proof; what it gives goes on once the card has accepted that.
 */
export async function askForProof(
  session: CardAtTerminal,
  key: KeyDefinition,
  prepare: (data: string) => () => Promise<Step>,
): Promise<Step> {
  const address = addressOf(key);
  const challenge = await takeChallenge(session);
  const { factor, original } = challenge;
  return {
    output: join(indicatorOf(session.algorithm), address, factor, original),
    next: async (pKey, data) => {
      const proven = prepare(data);
      await giveProof(session, key, challenge, pKey);
      return proven();
    },
  };
}

/** Logical address of a key at the HSM, four hex digits. `DeskError` -27272 when it has none there. */
export function addressOf({ name, hsm }: KeyDefinition, version = 1): string {
  const address = hsm[version - 1];
  if (address === undefined) throw new DeskError(CODE_KEY_NOT_FOUND, name);
  return address.toString(16).toUpperCase().padStart(4, "0");
}

/** Gives the card what the HSM made: proof ‖ original, 32 hex digits. */
export async function giveProof(
  session: CardAtTerminal,
  key: KeyDefinition,
  { original }: Challenge,
  pKey: string,
): Promise<void> {
  const answer = proofOf(pKey);
  if (!equal(answer.original, original)) throw new DeskError(CODE_BAD_INPUT, "pKey");
  await externalAuthenticate(session.card, key.reference, answer.proof, answer.original);
}

/** Authentication data ‖ original data, 16 hex digits each. */
export function proofOf(text: string): { proof: Uint8Array; original: Uint8Array } {
  const both = hexField(text, 2 * AUTHENTICATION_BYTES);
  return {
    proof: both.subarray(0, AUTHENTICATION_BYTES),
    original: both.subarray(AUTHENTICATION_BYTES),
  };
}
