// UPDATE STARTING DAY. Part 5, 7.7.

import { Apdu, DATA, loadData } from "../../../runtime/sdk/apdu.ts";
import { writeObject } from "../../../runtime/sdk/card.ts";
import {
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { current, keyIsAuthenticated } from "../../filesystem/engine/current.ts";
import { KEY_DSK } from "../spec.ts";
import { isMonthAndDay } from "./dates.ts";
import { accountOf, STARTING_DAY } from "./object.ts";

/** UPDATE STARTING DAY: the day that payment years begin on (2, mmdd), after authentication with DSK. */
export function updateStartingDay(apdu: Apdu): u16 {
  if (apdu.p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != 2) return SW_WRONG_LENGTH;
  if (!keyIsAuthenticated(KEY_DSK)) return SW_SECURITY_NOT_SATISFIED;
  loadData();
  if (!isMonthAndDay(DATA)) return SW_WRONG_DATA;
  return writeObject(accountOf(current.df), STARTING_DAY, DATA, 2);
}
