// STORE DATA: builds the application from data groupings. GPC 2.3.1, 11.11; EMV CPS 1.1, 3.2.

import { Apdu, bigEndian16, DATA, DATA_BYTES, loadData } from "../../../runtime/sdk/apdu.ts";
import { createKey, createPin, writeObjectFromCommand } from "../../../runtime/sdk/card.ts";
import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import {
  DGI_7FFF_ACTIVATE,
  DGI_6200_CREATE_FILE,
  DGI_7001_TRANSPARENT_DATA,
  DGI_7002_RECORD,
  DGI_8000_KEY,
  DGI_8010_PIN,
  FID_MF,
  FILE_DF,
  FILE_TRANSPARENT,
  STORE_DATA_FORMAT_DGI,
  STORE_DATA_FORMAT_MASK,
  STORE_DATA_LAST,
} from "../spec.ts";
import { createFile } from "./create-file.ts";
import { current, isKeyReference, isPinReference } from "./current.ts";
import {
  BY_FID,
  contentOf,
  findFile,
  keyObject,
  NO_FILE,
  PHASE_ACTIVATED,
  PHASE_PERSONALIZATION,
  phase,
  pinObject,
  ROOT,
  ROW_BYTES,
  ROW_TYPE,
  readRow,
  setPhase,
} from "./files.ts";
import { checkPersonalization } from "./personalization.ts";
import { addRecord, checkLength } from "./records.ts";

const ROW: usize = memory.data(ROW_BYTES, 4);

@unmanaged
@final
class Grouping {
  /** Set by `takeGrouping`: its DGI, and its `length` bytes at `DATA + at`. */
  dgi: i32;
  at: i32;
  length: i32;
  /** Where the next one begins, and the block ends. Set by `openBlock`, moved by `takeGrouping`. */
  next: i32;
  end: i32;
}

/** The grouping in hand. */
// @ts-ignore: the compiler folds this to an address
export const grouping: Grouping = changetype<Grouping>(memory.data(offsetof<Grouping>(), 4));

/** STORE DATA: each block holds whole data groupings, done one after the other. */
export function storeData(apdu: Apdu): u16 {
  let status = openBlock(apdu);
  while (status == SW_SUCCESS && isGroupingLeft()) {
    status = takeGrouping();
    if (status == SW_SUCCESS) status = storeGrouping();
  }
  return status;
}

// For applications that have groupings of their own beside those of the file system: as `storeData`.

/** Checks the command and that its data are groupings; nothing is done yet. */
export function openBlock(apdu: Apdu): u16 {
  const format = apdu.p1 & STORE_DATA_FORMAT_MASK;
  if ((apdu.p1 & ~(STORE_DATA_LAST | STORE_DATA_FORMAT_MASK)) != 0) return SW_WRONG_P1P2;
  if (format != STORE_DATA_FORMAT_DGI) return SW_WRONG_P1P2;
  if (apdu.lc == 0 || apdu.lc > DATA_BYTES) return SW_WRONG_LENGTH;
  const status = checkPersonalization();
  if (status != SW_SUCCESS) return status;
  // Blocks are numbered from 00; a number out of order is a block lost on the way.
  if (apdu.p2 != 0 && apdu.p2 != current.nextBlock) return SW_WRONG_P1P2;
  grouping.next = 0;
  grouping.end = loadData();
  if (!isWellFormed(grouping.end)) return SW_WRONG_DATA;
  current.nextBlock = apdu.p2 + 1;
  return SW_SUCCESS;
}

export function isGroupingLeft(): bool {
  return grouping.next < grouping.end;
}

/** Makes the next grouping the one in hand; 6985 behind ACTIVATE, which ends the block too. */
export function takeGrouping(): u16 {
  if (phase() != PHASE_PERSONALIZATION) return SW_CONDITIONS_NOT_SATISFIED;
  const from = grouping.next;
  grouping.dgi = bigEndian16(DATA + from);
  grouping.at = valueOffset(from);
  grouping.length = valueLength(from);
  grouping.next = grouping.at + grouping.length;
  return SW_SUCCESS;
}

// A grouping: DGI (2), length (1, or FF and 2), value.

function valueOffset(at: i32): i32 {
  return at + (load<u8>(DATA + at + 2) == 0xff ? 5 : 3);
}

function valueLength(at: i32): i32 {
  const short = load<u8>(DATA + at + 2) as i32;
  return short == 0xff ? bigEndian16(DATA + at + 3) : short;
}

function isWellFormed(length: i32): bool {
  let at = 0;
  while (at < length) {
    if (at + 3 > length || valueOffset(at) > length) return false;
    const next = valueOffset(at) + valueLength(at);
    if (next > length) return false;
    at = next;
  }
  return true;
}

/** Does the grouping in hand, one of the file system; 6A88 for any other. */
export function storeGrouping(): u16 {
  const at = grouping.at;
  const length = grouping.length;
  switch (grouping.dgi) {
    case DGI_6200_CREATE_FILE:
      return storeFile(at, length);
    case DGI_7001_TRANSPARENT_DATA:
      return storeTransparent(at, length);
    case DGI_7002_RECORD:
      return storeRecord(at, length);
    case DGI_8000_KEY:
      return storeKey(at, length);
    case DGI_8010_PIN:
      return storePin(at, length);
    case DGI_7FFF_ACTIVATE:
      return length == 0 ? setPhase(PHASE_ACTIVATED) : SW_WRONG_DATA;
    default:
      return SW_REFERENCED_DATA_NOT_FOUND;
  }
}

/** Index of the DF whose identifier stands at `at`: the root, or a DF right under it. */
export function dfAt(at: i32): i32 {
  const fid = bigEndian16(DATA + at);
  const index = fid == FID_MF ? ROOT : findFile(BY_FID, ROOT, fid);
  if (index == NO_FILE) return NO_FILE;
  readRow(index, ROW);
  return load<u8>(ROW + ROW_TYPE) == FILE_DF ? index : NO_FILE;
}

/** Index of the EF at DF (2) ‖ EF (2), its row in `ROW`; NO_FILE when it is none. */
function efAt(at: i32): i32 {
  const df = dfAt(at);
  const index = df == NO_FILE ? NO_FILE : findFile(BY_FID, df, bigEndian16(DATA + at + 2));
  if (index == NO_FILE) return NO_FILE;
  readRow(index, ROW);
  return load<u8>(ROW + ROW_TYPE) == FILE_DF ? NO_FILE : index;
}

function storeFile(at: i32, length: i32): u16 {
  if (length < 4) return SW_WRONG_DATA;
  const parent = dfAt(at);
  if (parent == NO_FILE) return SW_FILE_NOT_FOUND;
  return createFile(parent, DATA + at + 2, DATA + at + length);
}

function storeTransparent(at: i32, length: i32): u16 {
  if (length < 7) return SW_WRONG_DATA;
  const index = efAt(at);
  if (index == NO_FILE) return SW_FILE_NOT_FOUND;
  if (load<u8>(ROW + ROW_TYPE) != FILE_TRANSPARENT) return SW_COMMAND_INCOMPATIBLE_WITH_FILE;
  const offset = bigEndian16(DATA + at + 4);
  return writeObjectFromCommand(contentOf(index), offset, at + 6, length - 6);
}

function storeRecord(at: i32, length: i32): u16 {
  if (length < 5) return SW_WRONG_DATA;
  const index = efAt(at);
  if (index == NO_FILE) return SW_FILE_NOT_FOUND;
  if (load<u8>(ROW + ROW_TYPE) == FILE_TRANSPARENT) return SW_COMMAND_INCOMPATIBLE_WITH_FILE;
  const status = checkLength(ROW, length - 4);
  return status == SW_SUCCESS ? addRecord(index, ROW, at + 4, length - 4) : status;
}

function storeKey(at: i32, length: i32): u16 {
  if (length < 8 || !isKeyReference(load<u8>(DATA + at + 2))) return SW_WRONG_DATA;
  const df = dfAt(at);
  if (df == NO_FILE) return SW_FILE_NOT_FOUND;
  const header = DATA + at + 2;
  const number = keyObject(df, load<u8>(header));
  const size = load<u8>(header + 4) as i32;
  if (length != 7 + padded(size)) return SW_WRONG_DATA;
  const tries = (load<u8>(header + 3) & 0x0f) as i32;
  const versions = (load<u8>(header + 3) >> 4) as i32;
  const uses = load<u8>(header + 2);
  return createKey(number, load<u8>(header + 1), uses, tries, at + 7, size, versions);
}

function storePin(at: i32, length: i32): u16 {
  if (length < 6 || !isPinReference(load<u8>(DATA + at + 2))) return SW_WRONG_DATA;
  const df = dfAt(at);
  if (df == NO_FILE) return SW_FILE_NOT_FOUND;
  const header = DATA + at + 2;
  const size = load<u8>(header + 2) as i32;
  if (length != 5 + padded(size)) return SW_WRONG_DATA;
  return createPin(pinObject(df, load<u8>(header)), load<u8>(header + 1), at + 5, size);
}

/** Length of a secret as it is sent: whole blocks of 16 bytes. */
export function padded(length: i32): i32 {
  return (length + 15) & ~15;
}
