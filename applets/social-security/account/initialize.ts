// What INITIALIZE FOR LOAD and INITIALIZE FOR PURCHASE have in common. Part 5, 7.5 and 7.6.

import { Apdu, DATA, loadData } from "../../../runtime/sdk/apdu.ts";
import { random } from "../../../runtime/sdk/card.ts";
import * as reply from "../../../runtime/sdk/reply.ts";
import { SW_SUCCESS, SW_WRONG_LENGTH, SW_WRONG_P1P2 } from "../../../runtime/spec/status-words.ts";
import { applicationByte } from "../../filesystem/engine/files.ts";
import {
  ACCOUNT_ALGORITHM_SM4,
  ACCOUNT_ALGORITHM_TDES,
  ALGORITHM_TDES,
  P2_INITIALIZE,
} from "../spec.ts";
import { checkPin, checkSurroundings } from "./conditions.ts";
import { AMOUNTS, RANDOM, TERMINAL, TERMS, TYPE, transaction } from "./states.ts";

const TERMS_BYTES: i32 = 23;
const TERMINAL_BYTES: i32 = 6;

/** Takes the terms: key index (1) ‖ amounts ‖ terminal (6), `length` bytes in all, and a random number. */
export function takeTerms(apdu: Apdu, type: u8, length: i32): u16 {
  if (apdu.p2 != P2_INITIALIZE) return SW_WRONG_P1P2;
  if (apdu.lc != length) return SW_WRONG_LENGTH;
  let status = checkPin();
  if (status == SW_SUCCESS) status = checkSurroundings();
  if (status != SW_SUCCESS) return status;
  loadData();
  memory.fill(TERMS, 0, TERMS_BYTES);
  random(RANDOM, 4);
  transaction.keyVersion = load<u8>(DATA);
  const amounts = length - 1 - TERMINAL_BYTES;
  memory.copy(AMOUNTS, DATA + 1, amounts);
  store<u8>(TYPE, type);
  memory.copy(TERMINAL, DATA + 1 + amounts, TERMINAL_BYTES);
  return SW_SUCCESS;
}

/** Whether a counter of the account stands at its end. */
export function isAtEnd(counter: usize): bool {
  return load<u16>(counter) == 0xffff;
}

/** Adds to the reply: key version ‖ algorithm ‖ random number (4). */
export function replyKeyAndRandom(): void {
  reply.byte(transaction.keyVersion);
  const tdes = applicationByte() == ALGORITHM_TDES;
  reply.byte(tdes ? ACCOUNT_ALGORITHM_TDES : ACCOUNT_ALGORITHM_SM4);
  reply.bytes(RANDOM, 4);
}
