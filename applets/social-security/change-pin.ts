// CHANGE PIN. Social security card, part 5, 6.3; part 7, 9.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { pinTries, setPin, verifyPin } from "../../runtime/sdk/card.ts";
import { NO_PIN_SET } from "../../runtime/spec/card-api.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { pinOf, setPinVerified } from "../filesystem/engine/current.ts";
import { isPin } from "./pin.ts";
import { LEAST_PIN_BYTES, MOST_PIN_BYTES, PIN_SEPARATOR, PIN_SSSE } from "./spec.ts";

/**
 * CHANGE PIN: present PIN ‖ FF ‖ new PIN. Either may be missing: there is none yet, or shall be none.
 * The new one is looked at before the present one costs a try.
 */
export function changePin(apdu: Apdu): u16 {
  const status = change(apdu);
  // Both PINs lie there.
  memory.fill(DATA, 0, 2 * MOST_PIN_BYTES + 1);
  return status;
}

function change(apdu: Apdu): u16 {
  if (apdu.p1 != 1 || apdu.p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc < LEAST_PIN_BYTES + 1 || apdu.lc > 2 * MOST_PIN_BYTES + 1) return SW_WRONG_LENGTH;
  const pin = pinOf(PIN_SSSE);
  const tries = pinTries(pin);
  if (tries < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (tries == 0) return SW_AUTHENTICATION_BLOCKED;
  const length = loadData();
  let separator = 0;
  while (separator < length && load<u8>(DATA + separator) != PIN_SEPARATOR) separator++;
  const next = DATA + separator + 1;
  const nextLength = length - separator - 1;
  if (nextLength < 0 || (nextLength > 0 && !isPin(next, nextLength))) return SW_WRONG_DATA;
  if (separator == 0) {
    // Only where there is no PIN may the present one be missing.
    if (tries != NO_PIN_SET) return SW_WRONG_DATA;
  } else {
    setPinVerified(PIN_SSSE, false);
    const status = verifyPin(pin, 0, separator);
    if (status != SW_SUCCESS) return status;
  }
  const status = setPin(pin, next, nextLength);
  setPinVerified(PIN_SSSE, status == SW_SUCCESS);
  return status;
}
