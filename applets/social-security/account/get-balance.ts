// GET BALANCE. Part 5, 7.3.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { replyBytes } from "../../../runtime/sdk/card.ts";
import { SW_SUCCESS, SW_WRONG_LENGTH, SW_WRONG_P1P2 } from "../../../runtime/spec/status-words.ts";
import { P2_ACCOUNT_BALANCE, P2_YEAR_POOLED } from "../spec.ts";
import { checkPin, leFits } from "./conditions.ts";
import { ACCOUNT, BALANCE, YEAR } from "./object.ts";

/** GET BALANCE: an amount (4), and for the totals of the year that year (2). */
export function getBalance(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || apdu.p2 < P2_ACCOUNT_BALANCE || apdu.p2 > P2_YEAR_POOLED) {
    return SW_WRONG_P1P2;
  }
  const balance = apdu.p2 == P2_ACCOUNT_BALANCE;
  if (apdu.lc != 0 || !leFits(apdu, balance ? 4 : 6)) return SW_WRONG_LENGTH;
  let status = checkPin();
  if (status != SW_SUCCESS) return status;
  // The three amounts stand in the order of P2.
  const amount = BALANCE + 4 * ((apdu.p2 - P2_ACCOUNT_BALANCE) as i32);
  status = replyBytes(ACCOUNT + amount, 4);
  if (status != SW_SUCCESS || balance) return status;
  return replyBytes(ACCOUNT + YEAR, 2);
}
