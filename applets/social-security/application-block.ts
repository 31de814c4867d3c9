// APPLICATION BLOCK. Social security card, part 5, 6.1; part 7, 13.2.

import { Apdu } from "../../runtime/sdk/apdu.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { checkAccess } from "../filesystem/engine/access.ts";
import { blockCurrentDf, current } from "../filesystem/engine/current.ts";
import { ROOT, readRow } from "../filesystem/engine/files.ts";
import { SELECTED_ROW } from "../filesystem/engine/select-file.ts";
import { CONDITION_UPDATE } from "../filesystem/spec.ts";
import { takeMac } from "./secure-messaging.ts";
import { KEY_STK_OF_DF, MAC_BYTES } from "./spec.ts";

/**
 * APPLICATION BLOCK: ends the current DF for good, after a proof of the key that its condition names
 * (LKDF). The environment itself has no such key: 6985.
 */
export function applicationBlock(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || apdu.p2 != 1) return SW_WRONG_P1P2;
  if (apdu.lc != MAC_BYTES) return SW_WRONG_LENGTH;
  if (current.df == ROOT) return SW_CONDITIONS_NOT_SATISFIED;
  readRow(current.df, SELECTED_ROW);
  let status = checkAccess(SELECTED_ROW, CONDITION_UPDATE);
  if (status == SW_SUCCESS) status = takeMac(apdu, KEY_STK_OF_DF);
  return status == SW_SUCCESS ? blockCurrentDf() : status;
}
