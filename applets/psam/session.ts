// What a PSAM knows only until deselect or reset: what its session key may do, and a purchase.

import { MAC_BYTES } from "./spec.ts";

/** Kinds of computation of CIPHER DATA; bits. */
export const MAY_ENCIPHER: u8 = 1;
export const MAY_MAC: u8 = 2;

@unmanaged
@final
class Session {
  /** MAY_* that the session key is for and has not done to its end. Set by DELIVERY SESSION KEY. */
  may: u8;
  /** Whether a MAC in several parts has begun. Set by CIPHER DATA. */
  macBegun: bool;
  /** Whether a MAC2 is awaited. Set by INIT SAM FOR PURCHASE. */
  purchase: bool;
}

// @ts-ignore: the compiler folds this to an address
export const session: Session = changetype<Session>(memory.data(offsetof<Session>(), 4));
/** MAC2 that the user card must give, while `session.purchase`. */
export const EXPECTED_MAC2: usize = memory.data(MAC_BYTES, 4);

/** No session key may be used and no purchase goes on. */
export function endSession(): void {
  session.may = 0;
  session.macBegun = false;
  session.purchase = false;
  memory.fill(EXPECTED_MAC2, 0, MAC_BYTES);
}
