// Records of an EF: count, place and length. ISO/IEC 7816-4:2020, 7.2.3 and 7.4.3.

import {
  begin,
  commit,
  readObject,
  writeObject,
  writeObjectFromCommand,
} from "../../../runtime/sdk/card.ts";
import {
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
} from "../../../runtime/spec/status-words.ts";
import { FILE_CYCLIC, FILE_LINEAR_VARIABLE } from "../spec.ts";
import {
  contentOf,
  RECORDS_HEADER_BYTES,
  ROW_RECORD_BYTES,
  ROW_RECORDS,
  ROW_TYPE,
  slotBytes,
} from "./files.ts";

const HEADER: usize = memory.data(RECORDS_HEADER_BYTES, 4);
const LENGTH: usize = memory.data(2, 4);

function loadHeader(index: i32): void {
  readObject(contentOf(index), 0, HEADER, RECORDS_HEADER_BYTES);
}

export function countRecords(index: i32): i32 {
  loadHeader(index);
  return load<u8>(HEADER);
}

/** Offset of the slot of record `number` (from 1). The newest record of a cyclic file is its first. */
function slotOf(index: i32, row: usize, number: i32): i32 {
  let slot = number - 1;
  if (load<u8>(row + ROW_TYPE) == FILE_CYCLIC) {
    loadHeader(index);
    slot = (load<u8>(HEADER + 1) as i32) - slot;
    if (slot < 0) slot += load<u8>(row + ROW_RECORDS);
  }
  return RECORDS_HEADER_BYTES + slot * slotBytes(row);
}

/** Offset of the data of a record in the content object. */
export function recordOffset(index: i32, row: usize, number: i32): i32 {
  return slotOf(index, row, number) + 1;
}

/** Bytes of a record that exists. */
export function recordLength(index: i32, row: usize, number: i32): i32 {
  readObject(contentOf(index), slotOf(index, row, number), LENGTH, 1);
  return load<u8>(LENGTH);
}

/** First byte of a record: its identifier in a file of TLVs; -1 for an empty one. */
export function recordIdentifier(index: i32, row: usize, number: i32): i32 {
  readObject(contentOf(index), slotOf(index, row, number), LENGTH, 2);
  return load<u8>(LENGTH) == 0 ? -1 : load<u8>(LENGTH + 1);
}

/** 6700 unless a record of this length suits the file: its one length, or up to the longest. */
export function checkLength(row: usize, length: i32): u16 {
  const longest = load<u8>(row + ROW_RECORD_BYTES) as i32;
  if (load<u8>(row + ROW_TYPE) == FILE_LINEAR_VARIABLE) {
    return length > 0 && length <= longest ? SW_SUCCESS : SW_WRONG_LENGTH;
  }
  return length == longest ? SW_SUCCESS : SW_WRONG_LENGTH;
}

/** Writes length and data of a slot from the command data. Inside a transaction of the caller. */
function putSlot(index: i32, slot: i32, dataOffset: i32, length: i32): u16 {
  store<u8>(LENGTH, length as u8);
  const status = writeObject(contentOf(index), slot, LENGTH, 1);
  if (status != SW_SUCCESS) return status;
  return writeObjectFromCommand(contentOf(index), slot + 1, dataOffset, length);
}

/** Replaces a record by `length` bytes of command data. */
export function replaceRecord(
  index: i32,
  row: usize,
  number: i32,
  dataOffset: i32,
  length: i32,
): u16 {
  const slot = slotOf(index, row, number);
  let status = begin();
  if (status == SW_SUCCESS) status = putSlot(index, slot, dataOffset, length);
  return status == SW_SUCCESS ? commit() : status;
}

/**
 * Offset of the slot that a new record takes, or -1 when a linear file is full; leaves in `HEADER` what the
 * file's header becomes.
 */
function nextSlot(index: i32, row: usize): i32 {
  loadHeader(index);
  const most = load<u8>(row + ROW_RECORDS) as i32;
  const count = load<u8>(HEADER) as i32;
  const cyclic = load<u8>(row + ROW_TYPE) == FILE_CYCLIC;
  if (count == most && !cyclic) return -1;
  let slot = count;
  if (cyclic && count > 0) slot = ((load<u8>(HEADER + 1) as i32) + 1) % most;
  store<u8>(HEADER, (count < most ? count + 1 : count) as u8);
  store<u8>(HEADER + 1, slot as u8);
  return RECORDS_HEADER_BYTES + slot * slotBytes(row);
}

function putHeader(index: i32): u16 {
  return writeObject(contentOf(index), 0, HEADER, RECORDS_HEADER_BYTES);
}

/** Adds a record: behind the last, or over the oldest of a cyclic file. 6A84 when a linear one is full. */
export function addRecord(index: i32, row: usize, dataOffset: i32, length: i32): u16 {
  const slot = nextSlot(index, row);
  if (slot < 0) return SW_NOT_ENOUGH_MEMORY;
  let status = begin();
  if (status == SW_SUCCESS) status = putSlot(index, slot, dataOffset, length);
  if (status == SW_SUCCESS) status = putHeader(index);
  return status == SW_SUCCESS ? commit() : status;
}

/** As `addRecord`, with `length` bytes of RAM. Inside a transaction of the caller. */
export function addRecordFrom(index: i32, row: usize, from: usize, length: i32): u16 {
  const slot = nextSlot(index, row);
  if (slot < 0) return SW_NOT_ENOUGH_MEMORY;
  store<u8>(LENGTH, length as u8);
  let status = writeObject(contentOf(index), slot, LENGTH, 1);
  if (status == SW_SUCCESS) status = writeObject(contentOf(index), slot + 1, from, length);
  return status == SW_SUCCESS ? putHeader(index) : status;
}
