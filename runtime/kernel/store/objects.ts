// Objects: create, delete, read, write; each atomic by itself, or together between begin and commit.
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
import { SLOT, SLOT_DATA, TOMBSTONE } from "./slot.ts";
import * as table from "./table.ts";
import {
  abort,
  begin,
  commit,
  enterOperation,
  leaveOperation,
  remember,
  state,
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
export function numberOf(row: i32): i32 {
  return table.numberOf(row);
}
export function kindOf(row: i32): u8 {
  return table.kindOf(row);
}

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
  if (row < 0 || promised() + table.chunksFor(size) > log.capacitySlots()) {
    return SW_NOT_ENOUGH_MEMORY;
  }
  if (!table.enter(row, owner, kind | table.MARK_NEW, number, size)) return SW_NOT_ENOUGH_MEMORY;
  state.marked = 1;
  memory.fill(SLOT + SLOT_DATA, 0, SLOT_DATA_BYTES);
  if (from != 0) memory.copy(SLOT + SLOT_DATA, from, size);
  putChunk(row, 0);
  leaveOperation();
  return SW_SUCCESS;
}

/** Slots that all objects would fill when wholly written: what is promised can always be kept. */
function promised(): i32 {
  let slots = 0;
  for (let row = 0; row < MAX_OBJECTS; row++) {
    if (!table.rowIsFree(row)) slots += table.chunksFor(table.sizeOf(row));
  }
  return slots;
}

/** Deletes an object. */
export function remove(row: i32): u16 {
  const status = enterOperation(1);
  if (status != SW_SUCCESS) return status;
  remember(table.mapIndex(row, 0));
  fillHeader(row, TOMBSTONE);
  log.appendSlot(0);
  table.setMarks(row, table.marksOf(row) | table.MARK_DELETED);
  state.marked = 1;
  leaveOperation();
  return SW_SUCCESS;
}

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
