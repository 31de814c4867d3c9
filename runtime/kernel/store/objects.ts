// Objects: create, delete, read, write; each atomic by itself, or together between begin and commit.

import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_EXISTS,
  SW_MEMORY_FAILURE,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
  SW_WRONG_OFFSET,
} from "../../spec/status-words.ts";
import {
  MAX_OBJECT_BYTES,
  MAX_OBJECTS,
  SLOT_DATA_BYTES,
  TRANSACTION_SLOTS,
} from "../../spec/store.ts";
import { appletRead } from "../chip.ts";
import * as log from "./log.ts";
import * as table from "./table.ts";

@unmanaged
@final
class State {
  /** Whether a transaction is open, and how many undo entries it has. */
  open: i32;
  undone: i32;
  /** Whether a mark was set on a row since begin. */
  marked: i32;
  /** The store could not be recovered: every operation answers 6581. */
  damaged: i32;
}

// @ts-ignore: the compiler folds this to an address
const state: State = changetype<State>(memory.data(offsetof<State>()));
/** Map index u16 and old place u16 for each slot of the open transaction. */
const UNDO: usize = memory.data(TRANSACTION_SLOTS * 4);

export function storeIsDamaged(): bool {
  return state.damaged != 0;
}

// Room

/** Moves the live slots of the oldest page to the head, commits them, and gives the page back. */
function collectTail(): bool {
  if (log.tailSlot(0) == log.NOWHERE) return false;
  for (let index = 0; index < log.slotsPerPage(); index++) {
    const slot = log.tailSlot(index);
    log.readSlotHeader(slot);
    const row = load<u16>(log.SLOT + log.SLOT_ROW) as i32;
    const chunk = load<u8>(log.SLOT + log.SLOT_CHUNK) as i32;
    if (row >= MAX_OBJECTS || chunk == log.TOMBSTONE || table.rowIsFree(row)) continue;
    if (chunk >= table.chunksFor(table.sizeOf(row))) continue;
    const mapAt = table.mapIndex(row, chunk);
    if (table.placeAt(mapAt) != slot) continue;
    const length = load<u8>(log.SLOT + log.SLOT_LENGTH) as i32;
    log.readSlotData(slot, 0, log.SLOT + log.SLOT_DATA, length);
    table.setPlaceAt(mapAt, log.appendSlot(length));
  }
  log.commitSlots();
  log.dropTail();
  return true;
}

/** Makes room for `slots` more in the log; only outside a transaction. */
function makeRoom(slots: i32): bool {
  for (let left = log.log.pages; left >= 0; left--) {
    if (log.hasRoom(slots)) return true;
    if (!collectTail()) return false;
  }
  return false;
}

// Transactions

/** Opens a transaction of at most TRANSACTION_SLOTS slots. */
export function begin(): u16 {
  if (state.damaged != 0) return SW_MEMORY_FAILURE;
  if (state.open != 0) return SW_CONDITIONS_NOT_SATISFIED;
  if (!makeRoom(TRANSACTION_SLOTS)) return SW_NOT_ENOUGH_MEMORY;
  state.open = 1;
  state.undone = 0;
  state.marked = 0;
  return SW_SUCCESS;
}

/** One commit word makes all writes since begin count. */
export function commit(): u16 {
  if (state.open == 0) return SW_CONDITIONS_NOT_SATISFIED;
  log.commitSlots();
  state.open = 0;
  if (state.marked != 0) settleMarks(table.MARK_DELETED);
  return SW_SUCCESS;
}

/** Takes all writes since begin back. Nothing is written: without a commit word they never counted. */
export function abort(): void {
  if (state.open == 0) return;
  log.dropSlots();
  for (let i = state.undone - 1; i >= 0; i--) {
    table.setPlaceAt(load<u16>(UNDO + (i << 2)), load<u16>(UNDO + (i << 2) + 2));
  }
  state.open = 0;
  if (state.marked != 0) settleMarks(table.MARK_NEW);
}

export function transactionIsOpen(): bool {
  return state.open != 0;
}

/** Ends the marks of a transaction: rows with `released` go, the others become plain. */
function settleMarks(released: u8): void {
  for (let row = 0; row < MAX_OBJECTS; row++) {
    if (table.rowIsFree(row)) continue;
    const marks = table.marksOf(row);
    if ((marks & released) != 0) table.release(row);
    else if (marks != 0) table.setMarks(row, 0);
  }
}

/** Opens a transaction for one operation of `slots` slots, or checks the room in the open one. */
function enterOperation(slots: i32): u16 {
  if (state.damaged != 0) return SW_MEMORY_FAILURE;
  if (state.open != 0) {
    return state.undone + slots > TRANSACTION_SLOTS ? SW_NOT_ENOUGH_MEMORY : SW_SUCCESS;
  }
  if (slots > TRANSACTION_SLOTS || !makeRoom(slots)) return SW_NOT_ENOUGH_MEMORY;
  state.undone = 0;
  state.marked = 0;
  return SW_SUCCESS;
}

/** Commits an operation that is its own transaction. */
function leaveOperation(): void {
  if (state.open != 0) return;
  log.commitSlots();
  if (state.marked != 0) settleMarks(table.MARK_DELETED);
}

function remember(mapAt: i32): void {
  store<u16>(UNDO + (state.undone << 2), mapAt as u16);
  store<u16>(UNDO + (state.undone << 2) + 2, table.placeAt(mapAt) as u16);
  state.undone += 1;
}

// Slots

function fillHeader(row: i32, chunk: i32): void {
  store<u16>(log.SLOT + log.SLOT_ROW, row as u16);
  store<u8>(log.SLOT + log.SLOT_CHUNK, chunk as u8);
  store<u8>(log.SLOT + log.SLOT_OWNER, table.ownerOf(row) as u8);
  store<u8>(log.SLOT + log.SLOT_KIND, table.kindOf(row));
  store<u16>(log.SLOT + log.SLOT_NUMBER, table.numberOf(row) as u16);
  store<u16>(log.SLOT + log.SLOT_SIZE, table.sizeOf(row) as u16);
}

/** Writes the data that lies in `SLOT` as the new state of a chunk. */
function putChunk(row: i32, chunk: i32): void {
  const mapAt = table.mapIndex(row, chunk);
  remember(mapAt);
  fillHeader(row, chunk);
  table.setPlaceAt(mapAt, log.appendSlot(table.chunkLength(row, chunk)));
}

/** Reads `length` bytes of a chunk; a chunk never written is all zeros. */
function getChunk(row: i32, chunk: i32, offset: i32, to: usize, length: i32): void {
  const slot = table.placeAt(table.mapIndex(row, chunk));
  if (slot == log.NOWHERE) memory.fill(to, 0, length);
  else log.readSlotData(slot, offset, to, length);
}

// Objects

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
  memory.fill(log.SLOT + log.SLOT_DATA, 0, SLOT_DATA_BYTES);
  if (from != 0) memory.copy(log.SLOT + log.SLOT_DATA, from, size);
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
  fillHeader(row, log.TOMBSTONE);
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
    if (part < whole) getChunk(row, chunk, 0, log.SLOT + log.SLOT_DATA, whole);
    const to = log.SLOT + log.SLOT_DATA + at;
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

// Boot

/** Enters one committed slot, whose header lies in `SLOT`, into the table; false when it lies. */
function applySlot(slot: i32): bool {
  log.readSlotHeader(slot);
  const row = load<u16>(log.SLOT + log.SLOT_ROW) as i32;
  const chunk = load<u8>(log.SLOT + log.SLOT_CHUNK) as i32;
  if (row >= MAX_OBJECTS) return false;
  if (chunk == log.TOMBSTONE) {
    if (!table.rowIsFree(row)) table.release(row);
    return true;
  }
  if (table.rowIsFree(row)) {
    const owner = load<u8>(log.SLOT + log.SLOT_OWNER) as i32;
    const kind = load<u8>(log.SLOT + log.SLOT_KIND);
    const number = load<u16>(log.SLOT + log.SLOT_NUMBER) as i32;
    const size = load<u16>(log.SLOT + log.SLOT_SIZE) as i32;
    if (size > MAX_OBJECT_BYTES || !table.enter(row, owner, kind, number, size)) return false;
  }
  if (chunk >= table.chunksFor(table.sizeOf(row))) return false;
  table.setPlaceAt(table.mapIndex(row, chunk), slot);
  return true;
}

/**
 * Applies the last `n` of the `seen` slots, whose places lie in `UNDO` as a ring. A group whose first
 * pages the collector has given back is shorter: what lived in them lies further on.
 */
function applyGroup(n: i32, seen: i32): bool {
  if (n > TRANSACTION_SLOTS) return false;
  if (n > seen) n = seen;
  for (let i = seen - n; i < seen; i++) {
    const slot = load<u16>(UNDO + ((i % TRANSACTION_SLOTS) << 1)) as i32;
    if (slot == log.NOWHERE || !applySlot(slot)) return false;
  }
  return true;
}

/** Reads the whole log in order; groups count from their commit word on. */
function replay(): bool {
  let seen = 0;
  let last = log.NOWHERE;
  let counts: bool = false;
  let settled: bool = true;
  const pages = log.ringPages();
  for (let nth = 0; nth < pages; nth++) {
    const sequence = log.ringSequence(nth);
    last = log.NOWHERE;
    counts = false;
    for (let index = 0; index < log.slotsPerPage(); index++) {
      const slot = log.ringSlot(nth, index);
      log.readSlot(slot);
      if (log.slotIsBlank()) continue;
      // Only what was written last may be between two values.
      if (!settled) return false;
      last = slot;
      const whole = log.slotIsWhole(sequence);
      settled = log.slotIsSettled(whole);
      store<u16>(UNDO + ((seen % TRANSACTION_SLOTS) << 1), (whole ? slot : log.NOWHERE) as u16);
      seen += 1;
      const n = log.slotCommits();
      if (n == 0) continue;
      if (!applyGroup(n, seen)) return false;
      counts = true;
    }
  }
  log.settleHead(last, counts);
  return true;
}

/** Brings the store up: a blank memory is formatted, anything else recovered. 6581 when damaged. */
export function recover(pageSize: i32, pages: i32): u16 {
  memory.fill(changetype<usize>(state), 0, offsetof<State>());
  table.clearTable();
  const ring = log.configureLog(pageSize, pages) ? log.findRing() : log.RING_DAMAGED;
  if (ring == log.RING_BLANK) log.formatLog();
  else if (ring == log.RING_DAMAGED || !replay()) {
    state.damaged = 1;
    table.clearTable();
  }
  return state.damaged != 0 ? SW_MEMORY_FAILURE : SW_SUCCESS;
}
