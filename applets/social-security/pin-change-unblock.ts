// PIN CHANGE/UNBLOCK. Social security card, part 5, 6.8; part 7, 13.3.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import { cipher, pinTries, readCommand, setPin, unblockPin } from "../../runtime/sdk/card.ts";
import { SESSION_KEY } from "../../runtime/spec/card-api.ts";
import { DIRECTION_DECRYPT, MODE_ECB } from "../../runtime/spec/chip.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { keyIsAuthenticated, pinOf, setPinVerified } from "../filesystem/engine/current.ts";
import { blockBytes } from "./cryptography.ts";
import { isPin } from "./pin.ts";
import { takeMac } from "./secure-messaging.ts";
import { KEY_PUK, KEY_STK, MAC_BYTES, PIN_SSSE } from "./spec.ts";

const P2_UNBLOCK: u8 = 0;
const P2_CHANGE: u8 = 1;
/** Length and eight bytes of PIN need no more, in blocks of either size. */
const MOST_BYTES: i32 = 16;
const PLAIN: usize = memory.data(MOST_BYTES, 4);

/**
 * PIN CHANGE/UNBLOCK after a proof of PUK: P2 00 gives the tries back, 01 a new PIN too, which comes
 * as length ‖ PIN ‖ 80 ‖ 00.. enciphered under the session key of STK. Length 00 takes the PIN away.
 */
export function pinChangeUnblock(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || apdu.p2 > P2_CHANGE) return SW_WRONG_P1P2;
  const enciphered = apdu.lc - MAC_BYTES;
  if (apdu.p2 == P2_UNBLOCK && enciphered != 0) return SW_WRONG_LENGTH;
  if (apdu.p2 == P2_CHANGE && !isEnciphered(enciphered)) return SW_WRONG_LENGTH;
  const pin = pinOf(PIN_SSSE);
  if (pinTries(pin) < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  if (!keyIsAuthenticated(KEY_PUK)) return SW_SECURITY_NOT_SATISFIED;
  let status = takeMac(apdu, KEY_STK);
  if (status != SW_SUCCESS) return status;
  // What the forgotten PIN proved is over.
  setPinVerified(PIN_SSSE, false);
  if (apdu.p2 == P2_UNBLOCK) return unblockPin(pin);
  readCommand(0, PLAIN, enciphered);
  status = cipher(SESSION_KEY, MODE_ECB, DIRECTION_DECRYPT, PLAIN, enciphered);
  if (status == SW_SUCCESS) status = setDeciphered(pin, enciphered);
  memory.fill(PLAIN, 0, MOST_BYTES);
  return status;
}

function isEnciphered(length: i32): bool {
  return length > 0 && length <= MOST_BYTES && length % blockBytes() == 0;
}

/** 6A80 unless `length` bytes of `PLAIN` are a PIN (or none) with its length and padding. */
function setDeciphered(pin: i32, length: i32): u16 {
  const size = load<u8>(PLAIN) as i32;
  if (size >= length) return SW_WRONG_DATA;
  if (size != 0 && !isPin(PLAIN + 1, size)) return SW_WRONG_DATA;
  for (let at = size + 1; at < length; at++) {
    if (load<u8>(PLAIN + at) != (at == size + 1 ? 0x80 : 0)) return SW_WRONG_DATA;
  }
  return setPin(pin, PLAIN + 1, size);
}
