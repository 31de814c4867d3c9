// What may follow what: idle, load, purchase. Part 5, table 49.

import {
  INS_CREDIT_FOR_LOAD,
  INS_DEBIT_FOR_PURCHASE,
  INS_GET_BALANCE,
  INS_GET_TRANSACTION_PROOF,
  INS_INITIALIZE_TRANSACTION,
  INS_STARTING_DAY,
} from "../../../runtime/spec/instructions.ts";
import { P1_GET_STARTING_DAY, P1_LOAD, P1_PURCHASE, P1_UPDATE_STARTING_DAY } from "../spec.ts";

export const IDLE: u8 = 0;
export const LOAD: u8 = 1;
export const PURCHASE: u8 = 2;
export const REFUSED: u8 = 3;

@unmanaged
@final
class Transaction {
  /** Set by each command of class B0; IDLE after any other command. */
  state: u8;
  /** Version of the keys, index of the EF of transactions. Set by INITIALIZE. */
  keyVersion: u8;
  file: u8;
}

// @ts-ignore: the compiler folds this to an address
export const transaction: Transaction = changetype<Transaction>(
  memory.data(offsetof<Transaction>(), 4),
);
/** What INITIALIZE was told, and its random number. A load's amount stands as that of the account. */
export const TERMS: usize = memory.data(24, 4);
export const RANDOM: usize = TERMS; //       4
export const AMOUNTS: usize = TERMS + 4; //  4 each: from or to the account, paid by person, by the fund
export const TYPE: usize = TERMS + 16; //    1 TRANSACTION_*, and the terminal right behind it
export const TERMINAL: usize = TERMS + 17; // 6

// A row of the table: INS, P1 or ANY_P1, the next states: bits 1-2 in the idle state, 3-4 while loading, 5-6
// while purchasing.
const ROWS: i32 = 8;
const ROW_BYTES: i32 = 3;
const ANY_P1: u8 = 0xff;
const TO_IDLE: u8 = 0x00;
const TO_LOAD: u8 = 0x15;
const TO_PURCHASE: u8 = 0x2a;
const KEEPS: u8 = 0x24;
const ENDS_LOAD: u8 = 0x33;
const ENDS_PURCHASE: u8 = 0x0f;
const TABLE: usize = memory.data<u8>([
  INS_INITIALIZE_TRANSACTION,
  P1_LOAD,
  TO_LOAD,
  INS_INITIALIZE_TRANSACTION,
  P1_PURCHASE,
  TO_PURCHASE,
  INS_CREDIT_FOR_LOAD,
  ANY_P1,
  ENDS_LOAD,
  INS_DEBIT_FOR_PURCHASE,
  ANY_P1,
  ENDS_PURCHASE,
  INS_GET_BALANCE,
  ANY_P1,
  KEEPS,
  INS_GET_TRANSACTION_PROOF,
  ANY_P1,
  KEEPS,
  INS_STARTING_DAY,
  P1_UPDATE_STARTING_DAY,
  TO_IDLE,
  INS_STARTING_DAY,
  P1_GET_STARTING_DAY,
  TO_IDLE,
]);

/** What `nextStates` answers for a P1 that the instruction does not have, and for no instruction. */
export const WRONG_P1: i32 = -1;
export const NO_INSTRUCTION: i32 = -2;

/** The next states of a command, for `stateAfter`. */
export function nextStates(ins: u8, p1: u8): i32 {
  let missing = NO_INSTRUCTION;
  for (let row = TABLE; row < TABLE + ROWS * ROW_BYTES; row += ROW_BYTES) {
    if (load<u8>(row) != ins) continue;
    missing = WRONG_P1;
    const needed = load<u8>(row + 1);
    if (needed == ANY_P1 || needed == p1) return load<u8>(row + 2);
  }
  return missing;
}

/** The state that a success leads to from `state`, or REFUSED. */
export function stateAfter(nextStates: i32, state: u8): u8 {
  return ((nextStates >> (2 * (state as i32))) & 3) as u8;
}
