// VERIFY of the holder's PIN. ISO/IEC 7816-4:2020, 11.6.6.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import { SW_WRONG_LENGTH, SW_WRONG_P1P2 } from "../../runtime/spec/status-words.ts";
import { verify } from "../filesystem/engine/verify.ts";
import { PIN_BLOCK_BYTES, PIN_SIGNING } from "./spec.ts";

/** VERIFY: a PIN block, or no data to ask for the tries that are left. Any other length costs no try. */
export function verifyPinBlock(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || apdu.p2 != PIN_SIGNING) return SW_WRONG_P1P2;
  if (apdu.lc != 0 && apdu.lc != PIN_BLOCK_BYTES) return SW_WRONG_LENGTH;
  return verify(apdu);
}
