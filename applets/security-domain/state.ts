// What a security domain remembers from command to command, for each logical channel by itself; gone at
// select, deselect and reset.

import { logicalChannel } from "../../runtime/sdk/card.ts";
import { MAX_CHANNELS } from "../../runtime/spec/configuration.ts";

@unmanaged
@final
export class State {
  /** The instance that STORE DATA is for; 0: the domain itself. Set by INSTALL [for personalization]. */
  personalizing: u8;
  /** Whether INSTALL [for load] or LOAD was the command before. */
  loading: u8;
  /** P1 of the GET STATUS that has more to tell, and where it goes on; P1 0 when none has. */
  listing: u8;
  next: u8;
}

const STATES: usize = memory.data(MAX_CHANNELS * 4, 4);

/** The state of the channel of the command in hand. */
export function state(): State {
  return changetype<State>(STATES + logicalChannel() * offsetof<State>());
}

export function clearState(): void {
  memory.fill(changetype<usize>(state()), 0, offsetof<State>());
}
