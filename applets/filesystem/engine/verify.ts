// VERIFY. ISO/IEC 7816-4:2020, 11.6.6.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { pinTries, verifyPin } from "../../../runtime/sdk/card.ts";
import { MAX_PIN_BYTES } from "../../../runtime/spec/card-api.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../../runtime/spec/status-words.ts";
import { isPinReference, pinIsVerified, pinOf, setPinVerified } from "./current.ts";

/** VERIFY: P2 names the PIN. Without data it asks: 9000 when verified, 63Cx with x tries left. */
export function verify(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || !isPinReference(apdu.p2)) return SW_WRONG_P1P2;
  if (apdu.lc > MAX_PIN_BYTES) return SW_WRONG_LENGTH;
  const pin = pinOf(apdu.p2);
  const tries = pinTries(pin);
  if (tries < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (apdu.lc == 0 && pinIsVerified(apdu.p2)) return SW_SUCCESS;
  if (tries == 0) return SW_AUTHENTICATION_BLOCKED;
  if (apdu.lc == 0) return swTriesLeft(tries);
  // What an earlier PIN proved ends with the new attempt, whatever comes of it.
  setPinVerified(apdu.p2, false);
  const status = verifyPin(pin, 0, apdu.lc);
  setPinVerified(apdu.p2, status == SW_SUCCESS);
  return status;
}
