// CREDIT FOR LOAD. Part 5, 7.1; part 7, 11.7 to 11.9.

import { Apdu, DATA, loadData } from "../../../runtime/sdk/apdu.ts";
import { replyBytes } from "../../../runtime/sdk/card.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { addToMac, startMac } from "../cryptography.ts";
import { CREDIT_FOR_LOAD_BYTES, KEY_DLK, TRANSACTION_MAC_BYTES } from "../spec.ts";
import { book } from "./book.ts";
import { checkMac, keepMac, LOAD_TAIL, startTac, startTransactionKey } from "./cryptography.ts";
import { isTime } from "./dates.ts";
import { ACCOUNT, addAmount, BALANCE, LOADS, PROOF_MAC, PROOF_TAC } from "./object.ts";
import { AMOUNTS, TYPE } from "./states.ts";

const TIME: usize = DATA; //     7
const MAC2: usize = DATA + 7; // 4

/** CREDIT FOR LOAD: time of the host (7) ‖ MAC2 (4), answered with the TAC (4). */
export function creditForLoad(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != CREDIT_FOR_LOAD_BYTES) return SW_WRONG_LENGTH;
  loadData();
  if (!isTime(TIME)) return SW_WRONG_DATA;
  let status = startTransactionKey(KEY_DLK, ACCOUNT + LOADS, LOAD_TAIL);
  if (status != SW_SUCCESS) return status;
  startMac();
  addToMac(AMOUNTS, 4);
  addToMac(TYPE, 7);
  addToMac(TIME, 7);
  status = checkMac(KEY_DLK, MAC2);
  if (status != SW_SUCCESS) return status;
  if (!addAmount(ACCOUNT + BALANCE, AMOUNTS)) return SW_CONDITIONS_NOT_SATISFIED;
  memory.fill(ACCOUNT + PROOF_MAC, 0, TRANSACTION_MAC_BYTES);
  status = makeTac();
  if (status == SW_SUCCESS) status = book(LOADS, TIME);
  return status == SW_SUCCESS ? replyBytes(ACCOUNT + PROOF_TAC, TRANSACTION_MAC_BYTES) : status;
}

/** TAC: new balance ‖ number before it is counted ‖ amount ‖ type ‖ terminal ‖ time. */
function makeTac(): u16 {
  const status = startTac();
  addToMac(ACCOUNT + BALANCE, 4);
  addToMac(ACCOUNT + LOADS, 2);
  addToMac(AMOUNTS, 4);
  addToMac(TYPE, 7);
  addToMac(TIME, 7);
  return status == SW_SUCCESS ? keepMac(ACCOUNT + PROOF_TAC) : status;
}
