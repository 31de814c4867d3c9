// INITIALIZE FOR LOAD. Part 5, 7.5; part 7, 11.2.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import * as reply from "../../../runtime/sdk/reply.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_COUNTER_AT_END,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { addToMac, endMac, startMac, WORK } from "../cryptography.ts";
import {
  INITIALIZE_FOR_LOAD_BYTES,
  KEY_DLK,
  TRANSACTION_LOAD,
  TRANSACTION_MAC_BYTES,
} from "../spec.ts";
import { LOAD_TAIL, startTransactionKey } from "./cryptography.ts";
import { isAtEnd, replyKeyAndRandom, takeTerms } from "./initialize.ts";
import { ACCOUNT, addAmount, BALANCE, LOADS } from "./object.ts";
import { AMOUNTS, TYPE } from "./states.ts";

/**
 * INITIALIZE FOR LOAD: key index (1) ‖ amount (4) ‖ terminal (6), answered with balance (4) ‖ number (2) ‖ key
 * version (1) ‖ algorithm (1) ‖ random number (4) ‖ MAC1 (4).
 */
export function initializeForLoad(apdu: Apdu): u16 {
  let status = takeTerms(apdu, TRANSACTION_LOAD, INITIALIZE_FOR_LOAD_BYTES);
  if (status == SW_SUCCESS) status = startTransactionKey(KEY_DLK, ACCOUNT + LOADS, LOAD_TAIL);
  if (status != SW_SUCCESS) return status;
  if (isAtEnd(ACCOUNT + LOADS)) return SW_COUNTER_AT_END;
  startMac();
  addToMac(ACCOUNT + BALANCE, 4);
  addToMac(AMOUNTS, 4);
  addToMac(TYPE, 7);
  status = endMac();
  if (status != SW_SUCCESS) return status;
  reply.start();
  reply.bytes(ACCOUNT + BALANCE, 4);
  reply.bytes(ACCOUNT + LOADS, 2);
  replyKeyAndRandom();
  reply.bytes(WORK, TRANSACTION_MAC_BYTES);
  // Refused here and not by CREDIT FOR LOAD: in between the host has taken the money from where it was.
  if (!addAmount(ACCOUNT + BALANCE, AMOUNTS)) return SW_CONDITIONS_NOT_SATISFIED;
  return reply.send();
}
