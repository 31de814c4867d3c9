// PUT KEY: adds or replaces the three keys of a secure channel. GPC 2.3.1, 11.8.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import { putKeySet } from "../../runtime/sdk/card.ts";
import { SW_SUCCESS, SW_WRONG_P1P2 } from "../../runtime/spec/status-words.ts";
import { checkProtected } from "./session.ts";
import { PUT_KEY_SET } from "./spec.ts";

/** PUT KEY: P1 the version to replace (00 adds), P2 81 for a whole set. */
export function putKey(apdu: Apdu): u16 {
  if (apdu.p2 != PUT_KEY_SET) return SW_WRONG_P1P2;
  const allowed = checkProtected();
  return allowed == SW_SUCCESS ? putKeySet(apdu.p1) : allowed;
}
