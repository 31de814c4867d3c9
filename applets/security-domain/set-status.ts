// SET STATUS: moves the life cycle of the card, a domain or an application. GPC 2.3.1, 11.10.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";

/** SET STATUS: P1 of what, P2 the state; the data are the AID, which the card itself needs not. */
export function setStatus(apdu: Apdu): u16 {
  // A locked card is unlocked so: the kernel knows which states may be left.
  return card.setStatus(apdu.p1, apdu.p2);
}
