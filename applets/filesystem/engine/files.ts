// The file table: one row for each DF and EF, kept in one object of the store.

import { bigEndian16 } from "../../../runtime/sdk/apdu.ts";
import { sameBytes } from "../../../runtime/sdk/bytes.ts";
import { createObject, readObject, sizeOfObject, writeObject } from "../../../runtime/sdk/card.ts";
import {
  SW_FILE_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { CONDITIONS_BYTES, FID_MF, FILE_DF, MAX_FILES } from "../spec.ts";

// Numbers of objects.
const OBJECT_TABLE: i32 = 0x0000;
const OBJECT_NAME: i32 = 0x0100; //    + index of the DF
const OBJECT_CONTENT: i32 = 0x0200; // + index of the EF
const OBJECT_KEY: i32 = 0x1000; //     + index of the DF << 5 + reference
const OBJECT_PIN: i32 = 0x2000; //     + index of the DF << 4 + reference

// The table: count of rows u8, phase u8, a byte of the application's own, a spare byte, then the rows.
const HEADER_BYTES: i32 = 4;
const HEADER_COUNT: i32 = 0;
const HEADER_PHASE: i32 = 1;
const HEADER_APPLICATION: i32 = 2;

// A row.
export const ROW_FID: usize = 0; //            u16, big-endian
export const ROW_PARENT: usize = 2; //         u8 index of the DF it lies in
export const ROW_TYPE: usize = 3; //           u8 file descriptor byte
export const ROW_SIZE: usize = 4; //           u16, big-endian: bytes of a transparent EF
export const ROW_RECORD_BYTES: usize = 6; //   u8 longest record
export const ROW_RECORDS: usize = 7; //        u8 most records
export const ROW_SFI: usize = 8; //            u8, 0 for none
export const ROW_NAME_LENGTH: usize = 9; //    u8 length of a DF's name
export const ROW_CONDITIONS: usize = 10; //    9 bytes: read, update, append
const ROW_STATE: usize = 19; //                u8: 0, or BLOCKED of a DF
const BLOCKED: u8 = 1;
export const ROW_BYTES: i32 = 24;

/** Parent of the root. */
export const NO_FILE: i32 = 0xff;
export const ROOT: i32 = 0;

/** Phases of the whole file system: it is built, then used; there is no way back. */
export const PHASE_PERSONALIZATION: u8 = 0;
export const PHASE_ACTIVATED: u8 = 1;

const ROWS_AT_ONCE: i32 = 4;
const ROWS: usize = memory.data(ROWS_AT_ONCE * ROW_BYTES, 4);
const HEADER: usize = memory.data(HEADER_BYTES, 4);

function loadHeader(): void {
  readObject(OBJECT_TABLE, 0, HEADER, HEADER_BYTES);
}

export function countFiles(): i32 {
  loadHeader();
  return load<u8>(HEADER + HEADER_COUNT);
}

export function phase(): u8 {
  loadHeader();
  return load<u8>(HEADER + HEADER_PHASE);
}

export function setPhase(value: u8): u16 {
  store<u8>(HEADER, value);
  return writeObject(OBJECT_TABLE, HEADER_PHASE, HEADER, 1);
}

/** A byte that means nothing to the file system: the application's own; 0 at first. */
export function applicationByte(): u8 {
  loadHeader();
  return load<u8>(HEADER + HEADER_APPLICATION);
}

export function setApplicationByte(value: u8): u16 {
  store<u8>(HEADER, value);
  return writeObject(OBJECT_TABLE, HEADER_APPLICATION, HEADER, 1);
}

/** Makes an empty file system: a root with the given name. To be called from `install`. */
export function installFiles(name: usize, nameLength: i32): u16 {
  const status = createObject(OBJECT_TABLE, HEADER_BYTES + MAX_FILES * ROW_BYTES);
  if (status != SW_SUCCESS) return status;
  memory.fill(ROWS, 0, ROW_BYTES);
  store<u8>(ROWS, (FID_MF >> 8) as u8);
  store<u8>(ROWS + 1, (FID_MF & 0xff) as u8);
  store<u8>(ROWS + ROW_PARENT, NO_FILE as u8);
  store<u8>(ROWS + ROW_TYPE, FILE_DF);
  store<u8>(ROWS + ROW_NAME_LENGTH, nameLength as u8);
  return addRow(ROWS, name);
}

/** Adds a row, and the name of a DF that has one. Inside a transaction of the caller. */
export function addRow(row: usize, name: usize): u16 {
  const index = countFiles();
  if (index >= MAX_FILES) return SW_NOT_ENOUGH_MEMORY;
  const nameLength = load<u8>(row + ROW_NAME_LENGTH) as i32;
  let status: u16 = SW_SUCCESS;
  if (nameLength > 0) {
    status = createObject(OBJECT_NAME + index, nameLength);
    if (status == SW_SUCCESS) status = writeObject(OBJECT_NAME + index, 0, name, nameLength);
  }
  if (status == SW_SUCCESS) {
    status = writeObject(OBJECT_TABLE, HEADER_BYTES + index * ROW_BYTES, row, ROW_BYTES);
  }
  if (status != SW_SUCCESS) return status;
  store<u8>(HEADER, (index + 1) as u8);
  return writeObject(OBJECT_TABLE, HEADER_COUNT, HEADER, 1);
}

/** Whether a DF is blocked for good. */
export function isBlocked(index: i32): bool {
  readObject(OBJECT_TABLE, HEADER_BYTES + index * ROW_BYTES + (ROW_STATE as i32), HEADER, 1);
  return load<u8>(HEADER) == BLOCKED;
}

export function blockFile(index: i32): u16 {
  store<u8>(HEADER, BLOCKED);
  return writeObject(
    OBJECT_TABLE,
    HEADER_BYTES + index * ROW_BYTES + (ROW_STATE as i32),
    HEADER,
    1,
  );
}

export function readRow(index: i32, to: usize): u16 {
  return readObject(OBJECT_TABLE, HEADER_BYTES + index * ROW_BYTES, to, ROW_BYTES);
}

/** What `findFile` compares. */
export const BY_FID: i32 = 0;
export const BY_SFI: i32 = 1;

/** Index of the file in DF `parent` with this identifier or short identifier, or NO_FILE. */
export function findFile(how: i32, parent: i32, value: i32): i32 {
  const count = countFiles();
  for (let first = 0; first < count; first += ROWS_AT_ONCE) {
    const rows = count - first < ROWS_AT_ONCE ? count - first : ROWS_AT_ONCE;
    readObject(OBJECT_TABLE, HEADER_BYTES + first * ROW_BYTES, ROWS, rows * ROW_BYTES);
    for (let i = 0; i < rows; i++) {
      const row = ROWS + i * ROW_BYTES;
      if (load<u8>(row + ROW_PARENT) != (parent as u8)) continue;
      const found = how == BY_FID ? bigEndian16(row + ROW_FID) : load<u8>(row + ROW_SFI);
      if (found == value) return first + i;
    }
  }
  return NO_FILE;
}

/** Index of the DF with exactly this name, or NO_FILE. */
export function findName(name: usize, length: i32): i32 {
  const count = countFiles();
  for (let index = 0; index < count; index++) {
    if (sizeOfObject(OBJECT_NAME + index) != length) continue;
    readObject(OBJECT_NAME + index, 0, ROWS, length);
    if (sameBytes(ROWS, name, length)) return index;
  }
  return NO_FILE;
}

/** Copies the name of a DF to `to`; its length, 0 for none. */
export function readName(index: i32, to: usize): i32 {
  const length = sizeOfObject(OBJECT_NAME + index);
  if (length > 0) readObject(OBJECT_NAME + index, 0, to, length);
  return length > 0 ? length : 0;
}

/** 6A89 when the DF has a file with this identifier or, unless 0, this short identifier. */
export function checkFree(parent: i32, fid: i32, sfi: i32): u16 {
  if (findFile(BY_FID, parent, fid) != NO_FILE) return SW_FILE_EXISTS;
  if (sfi != 0 && findFile(BY_SFI, parent, sfi) != NO_FILE) return SW_FILE_EXISTS;
  return SW_SUCCESS;
}

export function contentOf(index: i32): i32 {
  return OBJECT_CONTENT + index;
}
export function keyObject(df: i32, reference: i32): i32 {
  return OBJECT_KEY + (df << 5) + (reference & 0x1f);
}
export function pinObject(df: i32, reference: i32): i32 {
  return OBJECT_PIN + (df << 4) + (reference & 0x0f);
}

/** Bytes that an EF's content object needs: a record file keeps count and newest before its slots. */
export function contentBytes(row: usize): i32 {
  const records = load<u8>(row + ROW_RECORDS) as i32;
  if (records == 0) return bigEndian16(row + ROW_SIZE);
  return RECORDS_HEADER_BYTES + records * slotBytes(row);
}

/** A record file's content: count of records u8, slot of the newest u8, then slots. */
export const RECORDS_HEADER_BYTES: i32 = 2;

/** A slot: length of the record u8, then room for the longest. */
export function slotBytes(row: usize): i32 {
  return 1 + (load<u8>(row + ROW_RECORD_BYTES) as i32);
}

/** Where the conditions of a row lie; CONDITIONS_BYTES of them. */
export function conditionsOf(row: usize): usize {
  return row + ROW_CONDITIONS;
}

export function copyConditions(from: usize, row: usize): void {
  memory.copy(row + ROW_CONDITIONS, from, CONDITIONS_BYTES);
}
