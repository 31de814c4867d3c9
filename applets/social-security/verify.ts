// VERIFY. Social security card, part 5, 6.14.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import { pinTries, verifyPin } from "../../runtime/sdk/card.ts";
import { NO_PIN_SET } from "../../runtime/spec/card-api.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
  swTriesLeft,
} from "../../runtime/spec/status-words.ts";
import { pinOf, setPinVerified } from "../filesystem/engine/current.ts";
import { LEAST_PIN_BYTES, MOST_PIN_BYTES, PIN_SSSE } from "./spec.ts";

/** VERIFY: without data it asks, 9000 when there is no PIN, 63Cx with x tries left. */
export function verify(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  const fits = apdu.lc >= LEAST_PIN_BYTES && apdu.lc <= MOST_PIN_BYTES;
  if (apdu.lc != 0 && !fits) return SW_WRONG_LENGTH;
  const pin = pinOf(PIN_SSSE);
  const tries = pinTries(pin);
  if (tries < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (apdu.lc == 0) return tries == NO_PIN_SET ? SW_SUCCESS : swTriesLeft(tries);
  if (tries == 0) return SW_AUTHENTICATION_BLOCKED;
  // What an earlier PIN proved ends with the new attempt, whatever comes of it.
  setPinVerified(PIN_SSSE, false);
  const status = verifyPin(pin, 0, apdu.lc);
  setPinVerified(PIN_SSSE, status == SW_SUCCESS);
  return status;
}
