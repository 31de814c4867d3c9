// GET CHALLENGE. ISO/IEC 7816-4:2020, 11.6.3.

import { Apdu } from "../../../runtime/sdk/apdu.ts";
import { random, replyBytes } from "../../../runtime/sdk/card.ts";
import { SW_WRONG_LENGTH, SW_WRONG_P1P2 } from "../../../runtime/spec/status-words.ts";
import { CHALLENGE, current, MAX_CHALLENGE_BYTES } from "./current.ts";

/** GET CHALLENGE: 4, 8 or 16 random bytes, good for one authentication. */
export function getChallenge(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc != 0) return SW_WRONG_LENGTH;
  if (apdu.le != 4 && apdu.le != 8 && apdu.le != 16) return SW_WRONG_LENGTH;
  memory.fill(CHALLENGE, 0, MAX_CHALLENGE_BYTES);
  current.challengeLength = apdu.le;
  random(CHALLENGE, apdu.le);
  return replyBytes(CHALLENGE, apdu.le);
}
