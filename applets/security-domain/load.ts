// LOAD: one block of a load file. GPC 2.3.1, 11.6.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import { loadBlock } from "../../runtime/sdk/card.ts";
import { SW_SUCCESS, SW_WRONG_P1P2 } from "../../runtime/spec/status-words.ts";
import { confirm } from "./install-command.ts";
import { checkProtected } from "./session.ts";
import { LOAD_LAST } from "./spec.ts";

/** LOAD: P1 80 with the last block, P2 the block's number from 00 on. */
export function load(apdu: Apdu): u16 {
  if ((apdu.p1 & ~LOAD_LAST) != 0) return SW_WRONG_P1P2;
  const allowed = checkProtected();
  if (allowed != SW_SUCCESS) return allowed;
  const status = loadBlock(apdu.p2, apdu.p1 == LOAD_LAST);
  return status == SW_SUCCESS ? confirm() : status;
}
