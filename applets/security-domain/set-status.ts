// SET STATUS: moves the life cycle of the card, a domain or an application. GPC 2.3.1, 11.10.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { checkProtected } from "./session.ts";

/** SET STATUS: P1 of what, P2 the state; the data are the AID, which the card itself needs not. */
export function setStatus(apdu: Apdu): u16 {
  const allowed = checkProtected();
  return allowed == SW_SUCCESS ? card.setStatus(apdu.p1, apdu.p2) : allowed;
}
