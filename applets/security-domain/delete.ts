// DELETE: an application, a load file, or a key set. GPC 2.3.1, 11.2.

import { Apdu, DATA, DATA_BYTES, loadData } from "../../runtime/sdk/apdu.ts";
import * as card from "../../runtime/sdk/card.ts";
import { field, findField, isWellFormed } from "../../runtime/sdk/tlv.ts";
import {
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../runtime/spec/status-words.ts";
import { confirm } from "./install-command.ts";
import { DELETE_RELATED, TAG_4F_AID, TAG_D0_KEY_IDENTIFIER, TAG_D2_KEY_VERSION } from "./spec.ts";

/** DELETE: P1 00, P2 80 with all that is related; data 4F AID, or D2 key version. */
export function deleteCommand(apdu: Apdu): u16 {
  if (apdu.p1 != 0 || (apdu.p2 & ~DELETE_RELATED) != 0) return SW_WRONG_P1P2;
  if (apdu.lc < 3 || apdu.lc > DATA_BYTES) return SW_WRONG_LENGTH;
  const allowed = card.mayChange();
  if (allowed != SW_SUCCESS) return allowed;
  const end = DATA + loadData();
  if (!isWellFormed(DATA, end) || namesTwo(end)) return SW_WRONG_DATA;
  const status = findField(TAG_4F_AID, DATA, end)
    ? card.deleteContent((field.value - DATA) as i32, field.length, apdu.p2 == DELETE_RELATED)
    : deleteKeys(end);
  return status == SW_SUCCESS ? confirm() : status;
}

/** Whether the data hold two AIDs: one command deletes one. */
function namesTwo(end: usize): bool {
  if (!findField(TAG_4F_AID, DATA, end)) return false;
  return findField(TAG_4F_AID, field.value + field.length, end);
}

/** Keys go as the set that they are: by version alone, since one key of three is of no use. */
function deleteKeys(end: usize): u16 {
  if (findField(TAG_D0_KEY_IDENTIFIER, DATA, end)) return SW_WRONG_DATA;
  if (!findField(TAG_D2_KEY_VERSION, DATA, end) || field.length != 1) return SW_WRONG_DATA;
  return card.deleteKeySet(load<u8>(field.value));
}
