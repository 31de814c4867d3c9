// Which EF a command means: the current one, or one named by short identifier.

import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_FILE_NOT_FOUND,
  SW_NO_CURRENT_FILE,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { FILE_TRANSPARENT } from "../spec.ts";
import { current, EF_ROW, enterEf } from "./current.ts";
import { BY_SFI, findFile, NO_FILE, ROW_TYPE } from "./files.ts";

/** Makes the EF with this short identifier current; 0 means the current EF. 6A82, 6986 without one. */
export function findEf(sfi: i32): u16 {
  if (sfi == 0) return current.ef == NO_FILE ? SW_NO_CURRENT_FILE : SW_SUCCESS;
  const index = findFile(BY_SFI, current.df, sfi);
  if (index == NO_FILE) return SW_FILE_NOT_FOUND;
  enterEf(index);
  return SW_SUCCESS;
}

/** 6981 unless the EF in `EF_ROW` is transparent, or made of records. */
export function expectTransparent(): u16 {
  const transparent = load<u8>(EF_ROW + ROW_TYPE) == FILE_TRANSPARENT;
  return transparent ? SW_SUCCESS : SW_COMMAND_INCOMPATIBLE_WITH_FILE;
}
export function expectRecords(): u16 {
  const transparent = load<u8>(EF_ROW + ROW_TYPE) == FILE_TRANSPARENT;
  return transparent ? SW_COMMAND_INCOMPATIBLE_WITH_FILE : SW_SUCCESS;
}
