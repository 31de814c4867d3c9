// INITIALIZE ENVIRONMENT. Specification part 9, 9.3.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import {
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { endSession } from "./session.ts";

/** INITIALIZE ENVIRONMENT: another user card, of the province (BCD, 1) in the data. Begins anew. */
export function initializeEnvironment(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != 1) return SW_WRONG_LENGTH;
  loadData();
  const province = load<u8>(DATA);
  if (province < 0x10 || province > 0x99 || (province & 0x0f) > 9) return SW_WRONG_DATA;
  endSession();
  return SW_SUCCESS;
}
