// RESET RETRY COUNTER: the issuer gives the holder a new PIN. ISO/IEC 7816-4:2020, 11.6.10.

import { Apdu, DATA, loadData } from "../../runtime/sdk/apdu.ts";
import { setPin } from "../../runtime/sdk/card.ts";
import {
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { keyIsAuthenticated, pinOf, setPinVerified } from "../filesystem/engine/current.ts";
import { isPinBlock } from "./pin.ts";
import { KEY_ADMINISTRATION, P1_NEW_REFERENCE_DATA, PIN_BLOCK_BYTES, PIN_SIGNING } from "./spec.ts";

/** RESET RETRY COUNTER: a new block, after EXTERNAL AUTHENTICATE with the administration key. */
export function resetRetryCounter(apdu: Apdu): u16 {
  if (apdu.p1 != P1_NEW_REFERENCE_DATA || apdu.p2 != PIN_SIGNING) return SW_WRONG_P1P2;
  if (apdu.lc != PIN_BLOCK_BYTES) return SW_WRONG_LENGTH;
  if (!keyIsAuthenticated(KEY_ADMINISTRATION)) return SW_SECURITY_NOT_SATISFIED;
  loadData();
  if (!isPinBlock(DATA)) return SW_WRONG_DATA;
  setPinVerified(PIN_SIGNING, false);
  const status = setPin(pinOf(PIN_SIGNING), DATA, PIN_BLOCK_BYTES);
  memory.fill(DATA, 0, PIN_BLOCK_BYTES);
  return status;
}
