// When an application may be built, and by whom.

import { secureChannelLevel } from "../../../runtime/sdk/card.ts";
import { LEVEL_AUTHENTICATED, LEVEL_C_MAC } from "../../../runtime/spec/secure-channel.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { PHASE_PERSONALIZATION, phase } from "./files.ts";

/** 6985 once personalization has ended, 6982 without a secure channel with C-MAC. */
export function checkPersonalization(): u16 {
  if (phase() != PHASE_PERSONALIZATION) return SW_CONDITIONS_NOT_SATISFIED;
  const needed = LEVEL_AUTHENTICATED | LEVEL_C_MAC;
  return (secureChannelLevel() & needed) == needed ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
}
