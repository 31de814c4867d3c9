// GET STARTING DAY. Part 5, 7.8.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { replyBytes } from "../../../runtime/sdk/card.ts";
import { SW_WRONG_LENGTH, SW_WRONG_P1P2 } from "../../../runtime/spec/status-words.ts";
import { leFits } from "./conditions.ts";
import { ACCOUNT, STARTING_DAY } from "./object.ts";

/** GET STARTING DAY: the day that payment years begin on (2, mmdd). */
export function getStartingDay(apdu: Apdu): u16 {
  if (apdu.p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != 0 || !leFits(apdu, 2)) return SW_WRONG_LENGTH;
  return replyBytes(ACCOUNT + STARTING_DAY, 2);
}
