// DEBIT FOR PURCHASE. Part 5, 7.2; part 7, 12.5 and 12.6.

import { Apdu, bigEndian16, DATA, loadData } from "../../../runtime/sdk/apdu.ts";
import { replyBytes } from "../../../runtime/sdk/card.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_NOT_ENOUGH_MONEY,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { addToMac, startMac } from "../cryptography.ts";
import {
  DEBIT_FOR_PURCHASE_BYTES,
  KEY_DPK,
  P1_PURCHASE,
  TRANSACTION_MAC_BYTES,
  TRANSACTION_RECORD_BYTES,
} from "../spec.ts";
import { book } from "./book.ts";
import { recordBytes } from "./conditions.ts";
import { checkMac, keepMac, startTac, startTransactionKey } from "./cryptography.ts";
import { isTime } from "./dates.ts";
import { ACCOUNT, BALANCE, PROOF_MAC, PROOF_TAC, PURCHASES, takeAmount } from "./object.ts";
import { AMOUNTS, TYPE } from "./states.ts";
import { accumulate } from "./year.ts";

const NUMBER: usize = DATA; //    4, the terminal's number of the transaction
const TIME: usize = DATA + 4; //  7
const MAC1: usize = DATA + 11; // 4

/** DEBIT FOR PURCHASE: terminal's number (4) ‖ time (7) ‖ MAC1 (4), answered with TAC (4) ‖ MAC2 (4). */
export function debitForPurchase(apdu: Apdu): u16 {
  if (apdu.p1 != P1_PURCHASE || apdu.p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != DEBIT_FOR_PURCHASE_BYTES) return SW_WRONG_LENGTH;
  loadData();
  if (!isTime(TIME)) return SW_WRONG_DATA;
  const tail = bigEndian16(NUMBER + 2) as u16;
  let status = startTransactionKey(KEY_DPK, ACCOUNT + PURCHASES, tail);
  if (status != SW_SUCCESS) return status;
  startMac();
  addToMac(AMOUNTS, 12);
  addToMac(TYPE, 7);
  addToMac(TIME, 7);
  status = checkMac(KEY_DPK, MAC1);
  if (status != SW_SUCCESS) return status;
  if (!takeAmount(ACCOUNT + BALANCE, AMOUNTS)) return SW_NOT_ENOUGH_MONEY;
  // With records of the account alone the other amounts mean nothing.
  if (recordBytes() == TRANSACTION_RECORD_BYTES && !accumulate(TIME)) {
    return SW_CONDITIONS_NOT_SATISFIED;
  }
  status = makeMacAndTac();
  if (status == SW_SUCCESS) status = book(PURCHASES, TIME);
  if (status == SW_SUCCESS) status = replyBytes(ACCOUNT + PROOF_TAC, TRANSACTION_MAC_BYTES);
  return status == SW_SUCCESS ? replyBytes(ACCOUNT + PROOF_MAC, TRANSACTION_MAC_BYTES) : status;
}

/** MAC2: amounts. TAC: amounts ‖ type ‖ terminal ‖ terminal's number ‖ time. */
function makeMacAndTac(): u16 {
  startMac();
  addToMac(AMOUNTS, 12);
  let status = keepMac(ACCOUNT + PROOF_MAC);
  if (status == SW_SUCCESS) status = startTac();
  if (status != SW_SUCCESS) return status;
  addToMac(AMOUNTS, 12);
  addToMac(TYPE, 7);
  addToMac(NUMBER, 4);
  addToMac(TIME, 7);
  return keepMac(ACCOUNT + PROOF_TAC);
}
