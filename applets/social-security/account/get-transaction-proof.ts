// GET TRANSACTION PROOF. Part 5, 7.4; part 7, 14.

import { Apdu, DATA, loadData } from "../../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../../runtime/sdk/bytes.ts";
import { replyBytes } from "../../../runtime/sdk/card.ts";
import {
  SW_MAC_NOT_AVAILABLE,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { TRANSACTION_LOAD, TRANSACTION_MAC_BYTES, TRANSACTION_PURCHASE } from "../spec.ts";
import { leFits } from "./conditions.ts";
import { ACCOUNT, PROOF_MAC, PROOF_NUMBER, PROOF_TYPE } from "./object.ts";

const NUMBER_BYTES: i32 = 2;

/**
 * GET TRANSACTION PROOF: P2 is the type, the data are the number that the transaction has been given (one
 * more than INITIALIZE answered). MAC (4) ‖ TAC (4) of the last transaction, 9406 for any other.
 */
export function getTransactionProof(apdu: Apdu): u16 {
  const known = apdu.p2 == TRANSACTION_LOAD || apdu.p2 == TRANSACTION_PURCHASE;
  if (apdu.p1 != 0 || !known) return SW_WRONG_P1P2;
  if (apdu.lc != NUMBER_BYTES || !leFits(apdu, 2 * TRANSACTION_MAC_BYTES)) return SW_WRONG_LENGTH;
  loadData();
  const same = sameBytes(DATA, ACCOUNT + PROOF_NUMBER, NUMBER_BYTES);
  if (load<u8>(ACCOUNT + PROOF_TYPE) != apdu.p2 || !same) return SW_MAC_NOT_AVAILABLE;
  return replyBytes(ACCOUNT + PROOF_MAC, 2 * TRANSACTION_MAC_BYTES);
}
