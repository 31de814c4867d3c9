// What a year cost the person and the fund: totals that begin again with each payment year. Part 7, 12.6.

import { decimal, storeDecimal } from "./dates.ts";
import { ACCOUNT, addAmount, POOLED, SELF_PAID, STARTING_DAY, YEAR } from "./object.ts";
import { AMOUNTS } from "./states.ts";

/**
 * Adds the amounts of a purchase to the totals of `ACCOUNT`, which begin anew when its date (BCD, 4) lies
 * behind the payment year. False when a total overflows: the account in RAM is then of no use.
 */
export function accumulate(date: usize): bool {
  const day = decimal(date, 4);
  const start = decimal(ACCOUNT + STARTING_DAY, 2);
  if (day - (decimal(ACCOUNT + YEAR, 2) * 10000 + start) >= 10000) {
    // A day before the starting day belongs to the year that began the year before.
    const year = day / 10000 - (day % 10000 < start ? 1 : 0);
    storeDecimal(ACCOUNT + YEAR, year);
    store<u32>(ACCOUNT + SELF_PAID, 0);
    store<u32>(ACCOUNT + POOLED, 0);
  }
  const self = addAmount(ACCOUNT + SELF_PAID, AMOUNTS + 4);
  return self && addAmount(ACCOUNT + POOLED, AMOUNTS + 8);
}
