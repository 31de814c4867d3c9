// The medical account: commands of class B0. Part 5, 7; part 7, 10 to 15.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import {
  INS_CREDIT_FOR_LOAD,
  INS_DEBIT_FOR_PURCHASE,
  INS_GET_BALANCE,
  INS_GET_TRANSACTION_PROOF,
  INS_INITIALIZE_TRANSACTION,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_NOT_ACCEPTED,
  SW_INS_NOT_SUPPORTED,
  SW_SUCCESS,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { current } from "../../filesystem/engine/current.ts";
import { P1_LOAD, P1_UPDATE_STARTING_DAY } from "../spec.ts";
import { creditForLoad } from "./credit-for-load.ts";
import { debitForPurchase } from "./debit-for-purchase.ts";
import { getBalance } from "./get-balance.ts";
import { getStartingDay } from "./get-starting-day.ts";
import { getTransactionProof } from "./get-transaction-proof.ts";
import { initializeForLoad } from "./initialize-for-load.ts";
import { initializeForPurchase } from "./initialize-for-purchase.ts";
import { loadAccount } from "./object.ts";
import {
  IDLE,
  NO_INSTRUCTION,
  nextStates,
  REFUSED,
  stateAfter,
  transaction,
  WRONG_P1,
} from "./states.ts";
import { updateStartingDay } from "./update-starting-day.ts";

/**
 * A command of class B0. 6A81 when the current DF has no account, 6901 when the state does not allow the
 * command. Whatever fails leads to the idle state.
 */
export function processAccount(apdu: Apdu): u16 {
  const state = transaction.state;
  leaveTransaction();
  const next = nextStates(apdu.ins, apdu.p1);
  if (next == NO_INSTRUCTION) return SW_INS_NOT_SUPPORTED;
  let status = loadAccount(current.df);
  if (status != SW_SUCCESS) return status;
  if (next == WRONG_P1) return SW_WRONG_P1P2;
  const after = stateAfter(next, state);
  if (after == REFUSED) return SW_COMMAND_NOT_ACCEPTED;
  status = run(apdu);
  if (status == SW_SUCCESS) transaction.state = after;
  return status;
}

function run(apdu: Apdu): u16 {
  switch (apdu.ins) {
    case INS_INITIALIZE_TRANSACTION:
      return apdu.p1 == P1_LOAD ? initializeForLoad(apdu) : initializeForPurchase(apdu);
    case INS_CREDIT_FOR_LOAD:
      return creditForLoad(apdu);
    case INS_DEBIT_FOR_PURCHASE:
      return debitForPurchase(apdu);
    case INS_GET_BALANCE:
      return getBalance(apdu);
    case INS_GET_TRANSACTION_PROOF:
      return getTransactionProof(apdu);
    default:
      return apdu.p1 == P1_UPDATE_STARTING_DAY ? updateStartingDay(apdu) : getStartingDay(apdu);
  }
}

/** Any other command, selection and deselection: what INITIALIZE began is over. */
export function leaveTransaction(): void {
  transaction.state = IDLE;
}
