// What a command of the issuer domain needs to have been proven.

import { secureChannelLevel } from "../../runtime/sdk/card.ts";
import { LEVEL_AUTHENTICATED, LEVEL_C_MAC } from "../../runtime/spec/secure-channel.ts";
import { SW_SECURITY_NOT_SATISFIED, SW_SUCCESS } from "../../runtime/spec/status-words.ts";

/** 6982 without an authenticated secure channel. GPC 2.3.1, table 11-2. */
export function checkAuthenticated(): u16 {
  const level = secureChannelLevel();
  return (level & LEVEL_AUTHENTICATED) != 0 ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
}

/** 6982 unless commands carry a MAC: for what changes the card. */
export function checkProtected(): u16 {
  const needed = LEVEL_AUTHENTICATED | LEVEL_C_MAC;
  return (secureChannelLevel() & needed) == needed ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
}
