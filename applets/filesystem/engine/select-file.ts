// SELECT inside the application: by identifier, path or name. ISO/IEC 7816-4:2020, 11.2.2.

import { Apdu, bigEndian16, DATA, loadData } from "../../../runtime/sdk/apdu.ts";
import { P1_SELECT_BY_NAME } from "../../../runtime/spec/instructions.ts";
import {
  SW_FILE_NOT_FOUND,
  SW_LC_INCONSISTENT_WITH_P1P2,
  SW_SUCCESS,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import {
  FID_MF,
  FID_RESERVED_CURRENT,
  FILE_DF,
  P1_SELECT_BY_FID,
  P1_SELECT_CHILD_DF,
  P1_SELECT_EF,
  P1_SELECT_PARENT_DF,
  P1_SELECT_PATH_FROM_DF,
  P1_SELECT_PATH_FROM_MF,
  P2_NEXT,
  P2_NO_ANSWER,
} from "../spec.ts";
import { current, enterDf, enterEf } from "./current.ts";
import {
  BY_FID,
  findFile,
  findName,
  NO_FILE,
  ROOT,
  ROW_BYTES,
  ROW_PARENT,
  ROW_TYPE,
  readRow,
} from "./files.ts";

/** Row of the file that SELECT found. */
export const SELECTED_ROW: usize = memory.data(ROW_BYTES, 4);

/**
 * Finds the file, makes it current, and leaves its row in `SELECTED_ROW`. 6A82 when there is none;
 * 6A86 before 6A87 for a command that asks in no way we know.
 */
export function selectFile(apdu: Apdu): u16 {
  // First or next occurrence; FCI, FCP or no answer.
  if ((apdu.p2 & 0xf1) != 0 || (apdu.p2 & P2_NO_ANSWER) == 0x08) return SW_WRONG_P1P2;
  if (!isWayToSelect(apdu.p1)) return SW_WRONG_P1P2;
  const length = loadData();
  if (!shapeIsPossible(apdu.p1, length)) return SW_LC_INCONSISTENT_WITH_P1P2;
  // Names and identifiers are given once: there is no next one.
  const index = (apdu.p2 & P2_NEXT) != 0 ? NO_FILE : find(apdu.p1, length);
  if (index == NO_FILE) return SW_FILE_NOT_FOUND;
  readRow(index, SELECTED_ROW);
  const isDf = load<u8>(SELECTED_ROW + ROW_TYPE) == FILE_DF;
  if (apdu.p1 == P1_SELECT_CHILD_DF && !isDf) return SW_FILE_NOT_FOUND;
  if (apdu.p1 == P1_SELECT_EF && isDf) return SW_FILE_NOT_FOUND;
  if (isDf) {
    enterDf(index);
    return SW_SUCCESS;
  }
  enterDf(load<u8>(SELECTED_ROW + ROW_PARENT));
  enterEf(index);
  return SW_SUCCESS;
}

function isWayToSelect(p1: u8): bool {
  return p1 <= P1_SELECT_BY_NAME || p1 == P1_SELECT_PATH_FROM_MF || p1 == P1_SELECT_PATH_FROM_DF;
}

/** Whether that much data can name a file in this way; see `isWayToSelect`. */
function shapeIsPossible(p1: u8, length: i32): bool {
  switch (p1) {
    case P1_SELECT_BY_FID:
      return length == 0 || length == 2;
    case P1_SELECT_CHILD_DF:
    case P1_SELECT_EF:
      return length == 2;
    case P1_SELECT_PARENT_DF:
      return length == 0;
    case P1_SELECT_BY_NAME:
      return length >= 1 && length <= 16;
    case P1_SELECT_PATH_FROM_MF:
    case P1_SELECT_PATH_FROM_DF:
      return length >= 2 && (length & 1) == 0;
    default:
      return false;
  }
}

function find(p1: u8, length: i32): i32 {
  switch (p1) {
    case P1_SELECT_BY_FID:
      return length == 0 ? ROOT : findNear(bigEndian16(DATA));
    case P1_SELECT_CHILD_DF:
    case P1_SELECT_EF:
      return findFile(BY_FID, current.df, bigEndian16(DATA));
    case P1_SELECT_PARENT_DF:
      return parentOf(current.df);
    case P1_SELECT_BY_NAME:
      return findName(DATA, length);
    case P1_SELECT_PATH_FROM_MF:
      return followPath(ROOT, length);
    case P1_SELECT_PATH_FROM_DF:
      return followPath(current.df, length);
    default:
      return NO_FILE;
  }
}

function parentOf(index: i32): i32 {
  readRow(index, SELECTED_ROW);
  return load<u8>(SELECTED_ROW + ROW_PARENT);
}

/** In the current DF, the DF itself, or beside it. ISO/IEC 7816-4:2020, table 62, P1 = 00. */
function findNear(fid: i32): i32 {
  if (fid == FID_MF) return ROOT;
  const child = findFile(BY_FID, current.df, fid);
  if (child != NO_FILE) return child;
  const parent = parentOf(current.df);
  return parent == NO_FILE ? NO_FILE : findFile(BY_FID, parent, fid);
}

/** Identifiers one inside the other; the identifier of the starting DF may stand first. */
function followPath(from: i32, length: i32): i32 {
  let index = from;
  for (let at = 0; at < length && index != NO_FILE; at += 2) {
    const fid = bigEndian16(DATA + at);
    const isStart = at == 0 && (fid == FID_RESERVED_CURRENT || (from == ROOT && fid == FID_MF));
    if (!isStart) index = findFile(BY_FID, index, fid);
  }
  return index;
}
