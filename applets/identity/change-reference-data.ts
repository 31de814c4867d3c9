// CHANGE REFERENCE DATA: the holder's PIN by another. ISO/IEC 7816-4:2020, 11.6.7.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { setPin, verifyPin } from "../../runtime/sdk/card.ts";
import {
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { pinOf, setPinVerified } from "../filesystem/engine/current.ts";
import { isPinBlock } from "./pin.ts";
import { PIN_BLOCK_BYTES, PIN_SIGNING } from "./spec.ts";

/** CHANGE REFERENCE DATA: old block ‖ new block. A wrong old PIN costs a try, as in VERIFY. */
export function changeReferenceData(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || apdu.p2 != PIN_SIGNING) return SW_WRONG_P1P2;
  if (apdu.lc != 2 * PIN_BLOCK_BYTES) return SW_WRONG_LENGTH;
  const length = loadData();
  const status = change();
  memory.fill(DATA, 0, length);
  return status;
}

function change(): u16 {
  const pin = pinOf(PIN_SIGNING);
  if (!isPinBlock(DATA + PIN_BLOCK_BYTES)) return SW_WRONG_DATA;
  // The new PIN has not been proven, and what the old one proved ends with the attempt.
  setPinVerified(PIN_SIGNING, false);
  const status = verifyPin(pin, 0, PIN_BLOCK_BYTES);
  return status == SW_SUCCESS ? setPin(pin, DATA + PIN_BLOCK_BYTES, PIN_BLOCK_BYTES) : status;
}
