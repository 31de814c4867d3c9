// The medical account: class B0. Social security cards, part 5, 7; part 7, 11 and 12.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { SW_FUNCTION_NOT_SUPPORTED } from "../../../runtime/spec/status-words.ts";

/** A command of class B0. */
export function processAccount(_apdu: Apdu): u16 {
  return SW_FUNCTION_NOT_SUPPORTED;
}

/** Any other command, selection and deselection: what INITIALIZE began is over. */
export function leaveTransaction(): void {}

/** DGI_8400_MEDICAL_ACCOUNT: its `length` bytes at `at` make the account of a DF. */
export function storeAccount(_at: usize, _length: i32): u16 {
  return SW_FUNCTION_NOT_SUPPORTED;
}
