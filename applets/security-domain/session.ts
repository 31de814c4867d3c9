// What a command that only tells needs to have been proven; for one that changes, `mayChange` of the SDK.

import { secureChannelLevel } from "../../runtime/sdk/card.ts";
import { LEVEL_AUTHENTICATED } from "../../runtime/spec/secure-channel.ts";
import { SW_SECURITY_NOT_SATISFIED, SW_SUCCESS } from "../../runtime/spec/status-words.ts";

/** 6982 without an authenticated secure channel. GPC 2.3.1, table 11-2. */
export function checkAuthenticated(): u16 {
  const level = secureChannelLevel();
  return (level & LEVEL_AUTHENTICATED) != 0 ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
}
