// PUT KEY: adds or replaces keys of the domain. GPC 2.3.1, 11.8.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import { mayChange, putKeySet } from "../../runtime/sdk/card.ts";
import { SW_SUCCESS, SW_WRONG_P1P2 } from "../../runtime/spec/status-words.ts";
import { INITIAL_KEY_VERSION } from "./spec.ts";

/**
 * PUT KEY: P1 the version whose keys are replaced (00 adds), P2 the identifier of the first key, with
 * bit 8 for several. A chain by bit 8 of P1 is not taken; FF is the version of the initial keys, which
 * the standard leaves no way to name. Departs from 11.8.2.1.
 */
export function putKey(apdu: Apdu): u16 {
  if (apdu.p1 > 0x7f && apdu.p1 != INITIAL_KEY_VERSION) return SW_WRONG_P1P2;
  const allowed = mayChange();
  return allowed == SW_SUCCESS ? putKeySet(apdu.p1, apdu.p2) : allowed;
}
