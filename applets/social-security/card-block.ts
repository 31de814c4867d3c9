// CARD BLOCK. Social security card, part 5, 6.2; part 7, 13.1.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import { terminateCard } from "../../runtime/sdk/card.ts";
import {
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { keyIsAuthenticated } from "../filesystem/engine/current.ts";
import { takeMac } from "./secure-messaging.ts";
import { KEY_BK, KEY_STK, MAC_BYTES } from "./spec.ts";

/** CARD BLOCK, after a proof of BK: no application of the card answers any more, and none comes back. */
export function cardBlock(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != MAC_BYTES) return SW_WRONG_LENGTH;
  if (!keyIsAuthenticated(KEY_BK)) return SW_SECURITY_NOT_SATISFIED;
  const status = takeMac(apdu, KEY_STK);
  return status == SW_SUCCESS ? terminateCard() : status;
}
