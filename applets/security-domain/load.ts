// LOAD: one block of a load file. GPC 2.3.1, 11.6.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import { loadBlock, mayChange } from "../../runtime/sdk/card.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { confirm } from "./install-command.ts";
import { LOAD_LAST } from "./spec.ts";
import { state } from "./state.ts";

/**
 * LOAD: P1 80 with the last block, P2 the block's number from 00 on. Each must follow on the one before, the
 * first on INSTALL [for load]: any other command to the domain, or a refused one, gives the load up.
 */
export function load(apdu: Apdu): u16 {
  const follows = state().loading;
  state().loading = 0;
  if ((apdu.p1 & ~LOAD_LAST) != 0) return SW_WRONG_P1P2;
  const allowed = mayChange();
  if (allowed != SW_SUCCESS) return allowed;
  if (follows == 0) return SW_CONDITIONS_NOT_SATISFIED;
  const status = loadBlock(apdu.p2, apdu.p1 == LOAD_LAST);
  if (status != SW_SUCCESS) return status;
  state().loading = apdu.p1 == LOAD_LAST ? 0 : 1;
  return confirm();
}
