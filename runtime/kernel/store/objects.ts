// Objects: make, delete, resize, read, write; each atomic by itself, or together between begin and commit.
// The rest of the kernel knows the store by this file.

import {
  SW_FILE_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
  SW_WRONG_OFFSET,
} from "../../spec/status-words.ts";
import { MAX_OBJECT_BYTES, MAX_OBJECTS, SLOT_DATA_BYTES } from "../../spec/store.ts";
import { appletRead } from "../chip.ts";
import { fillHeader, getChunk, putChunk } from "./chunks.ts";
import * as log from "./log.ts";
import { recover } from "./recovery.ts";
import {
  NO_ROW,
  OWNER_TOMBSTONE,
  SLOT,
  SLOT_CHUNK,
  SLOT_DATA,
  SLOT_HEADER_BYTES,
  SLOT_OWNER,
  SLOT_ROW,
  TOMBSTONE,
} from "./slot.ts";
import * as table from "./table.ts";
import {
  abort,
  begin,
  commit,
  enterOperation,
  leaveOperation,
  mark,
  remember,
  rememberSize,
  storeIsDamaged,
  transactionIsOpen,
} from "./transactions.ts";

export { abort, begin, commit, recover, storeIsDamaged, transactionIsOpen };

export function find(owner: i32, number: i32): i32 {
  return table.find(owner, number);
}
export function sizeOf(row: i32): i32 {
  return table.sizeOf(row);
}
/** Chunks that an object of `size` bytes takes. */
export function chunksFor(size: i32): i32 {
  return table.chunksFor(size);
}
export function numberOf(row: i32): i32 {
  return table.numberOf(row);
}
export function kindOf(row: i32): u8 {
  return table.kindOf(row);
}

/** The smallest number above `after` that the owner has, or -1. */
export function nextNumber(owner: i32, after: i32): i32 {
  let best = -1;
  for (let row = 0; row < table.rowsInUse(); row++) {
    const number = table.numberOf(row);
    if (number > after && (best < 0 || number < best) && isOf(row, owner)) best = number;
  }
  return best;
}

/** Slots written since power-on; what the collector moves is nobody's work. */
export function slotsWritten(): u32 {
  return log.log.written;
}

// What an owner has

function isOf(row: i32, owner: i32): bool {
  if (table.rowIsFree(row) || table.ownerOf(row) != owner) return false;
  return (table.marksOf(row) & table.MARK_DELETED) == 0;
}

/** Objects of an owner. */
export function countOf(owner: i32): i32 {
  let count = 0;
  for (let row = 0; row < table.rowsInUse(); row++) {
    if (isOf(row, owner)) count += 1;
  }
  return count;
}

/** Chunks that are promised to an owner's objects. */
export function promisedTo(owner: i32): i32 {
  let chunks = 0;
  for (let row = 0; row < table.rowsInUse(); row++) {
    if (isOf(row, owner)) chunks += table.chunksOf(row);
  }
  return chunks;
}

/**
 * Whether `more` chunks can be promised: what is promised can always be written. What an open
 * transaction gives back is free only when it is committed.
 */
function canPromise(more: i32): bool {
  return table.entriesInUse() + more <= log.capacitySlots();
}

/** Chunks that can still be promised. */
export function freeChunks(): i32 {
  return log.capacitySlots() - table.entriesInUse();
}

/** Objects that can still be made. */
export function freeRows(): i32 {
  let rows = MAX_OBJECTS;
  for (let row = 0; row < table.rowsInUse(); row++) if (!table.rowIsFree(row)) rows -= 1;
  return rows;
}

// Make, delete, resize

/** Makes an object of `size` zero bytes. 6A89 when it exists, 6A84 without room. */
export function create(owner: i32, number: i32, kind: u8, size: i32): u16 {
  return createFrom(owner, number, kind, size, 0);
}

/**
 * Makes an object with the content at `from`, in one write: it is there whole or not at all. `from` 0
 * stands for zeros; else `size` is at most SLOT_DATA_BYTES.
 */
export function createFrom(owner: i32, number: i32, kind: u8, size: i32, from: usize): u16 {
  if (size > MAX_OBJECT_BYTES) return SW_NOT_ENOUGH_MEMORY;
  const status = enterOperation(1);
  if (status != SW_SUCCESS) return status;
  if (table.find(owner, number) >= 0) return SW_FILE_EXISTS;
  const row = table.freeRow();
  if (row < 0 || !canPromise(table.chunksFor(size))) return SW_NOT_ENOUGH_MEMORY;
  table.enter(row, owner, kind, number, size);
  mark(row, table.MARK_NEW);
  memory.fill(SLOT + SLOT_DATA, 0, SLOT_DATA_BYTES);
  if (from != 0) memory.copy(SLOT + SLOT_DATA, from, size);
  putChunk(row, 0);
  leaveOperation();
  return SW_SUCCESS;
}

/** Deletes an object. */
export function remove(row: i32): u16 {
  const status = enterOperation(1);
  if (status != SW_SUCCESS) return status;
  fillHeader(row, TOMBSTONE);
  appendTombstone(row);
  mark(row, table.MARK_DELETED);
  leaveOperation();
  return SW_SUCCESS;
}

/** Deletes all objects of an owner, however many, in one slot. */
export function removeAllOf(owner: i32): u16 {
  const status = enterOperation(1);
  if (status != SW_SUCCESS) return status;
  let last = -1;
  for (let row = 0; row < table.rowsInUse(); row++) {
    if (!isOf(row, owner)) continue;
    mark(row, table.MARK_DELETED);
    last = row;
  }
  if (last < 0) return SW_SUCCESS;
  memory.fill(SLOT, 0, SLOT_HEADER_BYTES);
  store<u16>(SLOT + SLOT_ROW, NO_ROW);
  store<u8>(SLOT + SLOT_CHUNK, OWNER_TOMBSTONE as u8);
  store<u8>(SLOT + SLOT_OWNER, owner as u8);
  appendTombstone(last);
  leaveOperation();
  return SW_SUCCESS;
}

/** Writes the tombstone in `SLOT`. It moves no chunk, but takes its part of the transaction. */
function appendTombstone(row: i32): void {
  remember(row, 0);
  log.appendSlot(0);
}

/**
 * Gives an object another size: what it loses is gone, what it gains is zeros. One slot: the last chunk
 * that stays. 6A84 without room, or when the open transaction cannot hold it; then nothing has changed.
 */
export function resize(row: i32, size: i32): u16 {
  if (size < 0 || size > MAX_OBJECT_BYTES) return SW_NOT_ENOUGH_MEMORY;
  const status = enterOperation(2);
  if (status != SW_SUCCESS) return status;
  const old = sizeOf(row);
  if (size == old) return SW_SUCCESS;
  if (!canPromise(table.chunksFor(size) - table.runOf(row))) return SW_NOT_ENOUGH_MEMORY;
  const border = table.chunksFor(min(old, size)) - 1;
  memory.fill(SLOT + SLOT_DATA, 0, SLOT_DATA_BYTES);
  getChunk(row, border, 0, SLOT + SLOT_DATA, table.chunkLength(row, border));
  rememberSize(row);
  table.resize(row, size);
  mark(row, table.MARK_RESIZED);
  putChunk(row, border);
  leaveOperation();
  return SW_SUCCESS;
}

// Content

/** Reads into kernel RAM. The caller has checked the range. */
export function read(row: i32, offset: i32, to: usize, length: i32): void {
  let chunk = offset / SLOT_DATA_BYTES;
  let from = offset - chunk * SLOT_DATA_BYTES;
  while (length > 0) {
    const part = min(length, SLOT_DATA_BYTES - from);
    getChunk(row, chunk, from, to, part);
    to += part;
    length -= part;
    chunk += 1;
    from = 0;
  }
}

/**
 * Writes `length` bytes from `source`, kernel RAM when `instance` is 0, else RAM of that applet.
 * 6B00 outside the object, 6A84 when it does not fit the transaction; then nothing has changed.
 */
export function write(row: i32, offset: i32, instance: i32, source: usize, length: i32): u16 {
  if (offset < 0 || length < 0 || offset > sizeOf(row) - length) return SW_WRONG_OFFSET;
  if (length == 0) return SW_SUCCESS;
  let chunk = offset / SLOT_DATA_BYTES;
  let at = offset - chunk * SLOT_DATA_BYTES;
  const status = enterOperation((offset + length - 1) / SLOT_DATA_BYTES - chunk + 1);
  if (status != SW_SUCCESS) return status;
  while (length > 0) {
    const part = min(length, SLOT_DATA_BYTES - at);
    const whole = table.chunkLength(row, chunk);
    if (part < whole) getChunk(row, chunk, 0, SLOT + SLOT_DATA, whole);
    const to = SLOT + SLOT_DATA + at;
    if (instance == 0) memory.copy(to, source, part);
    else appletRead(instance, source as i32, to, part);
    putChunk(row, chunk);
    source += part;
    length -= part;
    chunk += 1;
    at = 0;
  }
  leaveOperation();
  return SW_SUCCESS;
}

function min(a: i32, b: i32): i32 {
  return a < b ? a : b;
}
