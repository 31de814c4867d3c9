// INITIALIZE FOR PURCHASE. Part 5, 7.6; part 7, 12.2.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import * as reply from "../../../runtime/sdk/reply.ts";
import {
  SW_COUNTER_AT_END,
  SW_NOT_ENOUGH_MONEY,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { INITIALIZE_FOR_PURCHASE_BYTES, KEY_DPK, TRANSACTION_PURCHASE } from "../spec.ts";
import { startTransactionKey } from "./cryptography.ts";
import { isAtEnd, replyKeyAndRandom, takeTerms } from "./initialize.ts";
import { ACCOUNT, BALANCE, PURCHASES, takeAmount } from "./object.ts";
import { AMOUNTS } from "./states.ts";

/** Balance, both totals of the year, the year and the number stand side by side in the account. */
const ACCOUNT_ANSWER_BYTES: i32 = 16;

/**
 * INITIALIZE FOR PURCHASE: key index (1) ‖ amounts from the account, by the person, by the fund (4 each) ‖
 * terminal (6), answered with balance (4) ‖ totals of the year (4 each) ‖ year (2) ‖ number (2) ‖ key version
 * (1) ‖ algorithm (1) ‖ random number (4).
 */
export function initializeForPurchase(apdu: Apdu): u16 {
  let status = takeTerms(apdu, TRANSACTION_PURCHASE, INITIALIZE_FOR_PURCHASE_BYTES);
  // The key that is made here is not yet that of the purchase: this asks whether there is one.
  if (status == SW_SUCCESS) status = startTransactionKey(KEY_DPK, ACCOUNT + PURCHASES, 0);
  if (status != SW_SUCCESS) return status;
  reply.start();
  reply.bytes(ACCOUNT + BALANCE, ACCOUNT_ANSWER_BYTES);
  replyKeyAndRandom();
  if (!takeAmount(ACCOUNT + BALANCE, AMOUNTS)) return SW_NOT_ENOUGH_MONEY;
  if (isAtEnd(ACCOUNT + PURCHASES)) return SW_COUNTER_AT_END;
  return reply.send();
}
