// INSTALL in all its forms. GPC 2.3.1, 11.5. The kernel takes the data apart and does it.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import {
  INSTALL_FOR_INSTALL,
  INSTALL_FOR_LOAD,
  INSTALL_FOR_MAKE_SELECTABLE,
  INSTALL_FOR_PERSONALIZATION,
} from "../../runtime/spec/content.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { INSTALL_COMBINED_FIRST, INSTALL_COMBINED_LAST } from "./spec.ts";
import { state } from "./state.ts";

const COMBINED: i32 = INSTALL_FOR_LOAD | INSTALL_FOR_INSTALL | INSTALL_FOR_MAKE_SELECTABLE;

const CONFIRMATION: usize = memory.data(4, 4);

/** INSTALL: P1 the form, P2 00; the form that loads, installs and makes selectable comes in two parts. */
export function installCommand(apdu: Apdu): u16 {
  state().personalizing = 0;
  const form = formOf(apdu);
  if (form < 0) return SW_WRONG_P1P2;
  const allowed = card.mayChange();
  if (allowed != SW_SUCCESS) return allowed;
  const status = form == INSTALL_FOR_PERSONALIZATION ? beginPersonalization() : card.install(form);
  if (status == SW_SUCCESS && form == INSTALL_FOR_LOAD) state().loading = 1;
  return status == SW_SUCCESS ? confirm() : status;
}

/** What P1 and P2 ask the kernel to do, or -1. Table 11-42 for P2. */
function formOf(apdu: Apdu): i32 {
  const p1 = apdu.p1 as i32;
  if (p1 != COMBINED) return apdu.p2 == 0 ? p1 : -1;
  if (apdu.p2 == INSTALL_COMBINED_FIRST) return INSTALL_FOR_LOAD;
  if (apdu.p2 != INSTALL_COMBINED_LAST) return -1;
  return INSTALL_FOR_INSTALL | INSTALL_FOR_MAKE_SELECTABLE;
}

function beginPersonalization(): u16 {
  const instance = card.findToPersonalize();
  if (instance == 0) return SW_REFERENCED_DATA_NOT_FOUND;
  state().personalizing = instance as u8;
  return SW_SUCCESS;
}

/** No receipt: a length of 00. GPC 2.3.1, 11.1.6. */
export function confirm(): u16 {
  store<u8>(CONFIRMATION, 0);
  return card.replyBytes(CONFIRMATION, 1);
}
