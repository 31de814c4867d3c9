// What a security domain remembers from command to command; gone at select, deselect and reset.

@unmanaged
@final
class State {
  /** The instance that STORE DATA is for; 0: the domain itself. Set by INSTALL [for personalization]. */
  personalizing: i32;
  /** Whether INSTALL [for load] or LOAD was the command before. */
  loading: i32;
  /** P1 of the GET STATUS that has more to tell, and where it goes on; P1 0 when none has. */
  listing: i32;
  next: i32;
}

// @ts-ignore: the compiler folds this to an address
export const state: State = changetype<State>(memory.data(offsetof<State>(), 4));

export function clearState(): void {
  memory.fill(changetype<usize>(state), 0, offsetof<State>());
}
