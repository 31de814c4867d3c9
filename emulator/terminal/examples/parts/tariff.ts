// Who pays what of a bill: the rules of a city that does not exist. Change them, and run again.

import type { Shares } from "../../account/purchase.ts";

/** What the person pays of each bill before the fund pays anything, in fen. */
const THRESHOLD = 50_00;
/** Part of the rest that the fund pays, in parts per hundred, by the category of the insured person. */
const FUND_PERCENT: Readonly<Record<string, number>> = {
  11: 70, // at work
  21: 85, // retired
};
const FUND_PERCENT_OF_OTHERS = 50;
/** What the centre leaves on a card for days without network, in fen, as long as the account has it. */
export const RESERVE = 100_00;
/** Most that a desk settles without network, in fen, and how often before it must go online. */
export const MOST_OFFLINE = 300_00;
export const MOST_OFFLINE_TIMES = 9;

/**
 * The shares of a bill, in fen: the fund pays its part, the account what is left as far as its money goes,
 * the person the remainder.
 */
export function sharesOf(bill: number, category: string, inAccount: number): Shares {
  const percent = FUND_PERCENT[category] ?? FUND_PERCENT_OF_OTHERS;
  const pool = Math.floor((Math.max(0, bill - THRESHOLD) * percent) / 100);
  const account = Math.min(bill - pool, inAccount);
  return { account, self: bill - pool - account, pool };
}
