// The object table in RAM: which objects there are, and where each of their chunks lies.
// Made again from the log at each cold boot.

import { MAX_OBJECTS, MAX_SLOTS, SLOT_DATA_BYTES } from "../../spec/store.ts";
import { NOWHERE } from "./log.ts";

/** A row: owner u8, kind u8 (with marks), number u16, size u16, first entry of its run u16. */
const ROW_BYTES: i32 = 8;
const ROWS: usize = memory.data(MAX_OBJECTS * ROW_BYTES, 4);
/**
 * The map: the run of a row holds an entry for each of its chunks, the place of its slot or FFFF. Runs
 * lie without gaps. A run is longer than its object only while a transaction that made the object
 * smaller may still be taken back; entries with DROPPED are what it would find again.
 */
const MAP: usize = memory.data(MAX_SLOTS * 2, 4);
const DROPPED: u16 = 0x8000;
const UNWRITTEN: u16 = 0xffff;

@unmanaged
@final
class Extent {
  /** Entries of the map in use. */
  entries: i32;
  /** One more than the last row in use. */
  rows: i32;
}

// @ts-ignore: the compiler folds this to an address
const extent: Extent = changetype<Extent>(memory.data(offsetof<Extent>(), 4));

const FREE: u16 = 0xffff;
/** Marks on the kind while a transaction is open. */
export const MARK_NEW: u8 = 0x80;
export const MARK_DELETED: u8 = 0x40;
export const MARK_RESIZED: u8 = 0x20;
const KIND_MASK: u8 = 0x1f;
/** In the first word of a row: owner, number, and the mark that hides it. */
const IDENTITY_MASK: u32 = 0xffff40ff;

function rowAt(row: i32): usize {
  return ROWS + row * ROW_BYTES;
}

export function ownerOf(row: i32): i32 {
  return load<u8>(rowAt(row));
}
export function kindOf(row: i32): u8 {
  return load<u8>(rowAt(row) + 1) & KIND_MASK;
}
export function marksOf(row: i32): u8 {
  return load<u8>(rowAt(row) + 1) & ~KIND_MASK;
}
export function setMarks(row: i32, marks: u8): void {
  store<u8>(rowAt(row) + 1, kindOf(row) | marks);
}
export function numberOf(row: i32): i32 {
  return load<u16>(rowAt(row) + 2);
}
export function sizeOf(row: i32): i32 {
  return load<u16>(rowAt(row) + 4);
}
export function setSize(row: i32, size: i32): void {
  store<u16>(rowAt(row) + 4, size as u16);
}
function baseOf(row: i32): i32 {
  return load<u16>(rowAt(row) + 6);
}
export function rowIsFree(row: i32): bool {
  return load<u16>(rowAt(row) + 6) == FREE;
}

/** Rows from this one on hold nothing. */
export function rowsInUse(): i32 {
  return extent.rows;
}

/** Chunks that all runs have entries for: what is promised, and what a transaction may give back. */
export function entriesInUse(): i32 {
  return extent.entries;
}

/** Chunks that an object of `size` bytes is cut into. */
export function chunksFor(size: i32): i32 {
  return size == 0 ? 1 : (size + SLOT_DATA_BYTES - 1) / SLOT_DATA_BYTES;
}

export function chunksOf(row: i32): i32 {
  return chunksFor(sizeOf(row));
}

/** Bytes in chunk `chunk` of an object. */
export function chunkLength(row: i32, chunk: i32): i32 {
  const rest = sizeOf(row) - chunk * SLOT_DATA_BYTES;
  return rest < SLOT_DATA_BYTES ? rest : SLOT_DATA_BYTES;
}

// Entries of the map

function entryAt(row: i32, chunk: i32): usize {
  return MAP + ((baseOf(row) + chunk) << 1);
}

/** An entry as it stands in the map; a transaction keeps it for its way back. */
export function entryOf(row: i32, chunk: i32): u16 {
  return load<u16>(entryAt(row, chunk));
}
export function setEntry(row: i32, chunk: i32, entry: u16): void {
  store<u16>(entryAt(row, chunk), entry);
}

/** Where a chunk lies, or NOWHERE: it is all zeros. */
export function placeOf(row: i32, chunk: i32): i32 {
  const entry = entryOf(row, chunk);
  return (entry & DROPPED) != 0 ? NOWHERE : entry;
}

// Rows

export function clearTable(): void {
  memory.fill(ROWS, 0xff, MAX_OBJECTS * ROW_BYTES);
  extent.entries = 0;
  extent.rows = 0;
}

/** Row of an object that is not marked deleted, or -1. */
export function find(owner: i32, number: i32): i32 {
  const wanted = (owner | (number << 16)) as u32;
  const end = rowAt(extent.rows);
  for (let at = ROWS; at < end; at += ROW_BYTES) {
    if ((load<u32>(at) & IDENTITY_MASK) == wanted) return ((at - ROWS) / ROW_BYTES) as i32;
  }
  return -1;
}

/** A row that holds no object, or -1. */
export function freeRow(): i32 {
  for (let row = 0; row < MAX_OBJECTS; row++) {
    if (rowIsFree(row)) return row;
  }
  return -1;
}

/** Enters an object of which no chunk is written yet; false when the map is full. */
export function enter(row: i32, owner: i32, kind: u8, number: i32, size: i32): bool {
  const base = extent.entries;
  if (!moveRuns(base, chunksFor(size))) return false;
  store<u8>(rowAt(row), owner as u8);
  store<u8>(rowAt(row) + 1, kind);
  store<u16>(rowAt(row) + 2, number as u16);
  setSize(row, size);
  store<u16>(rowAt(row) + 6, base as u16);
  if (row >= extent.rows) extent.rows = row + 1;
  return true;
}

/** Takes an object out. */
export function release(row: i32): void {
  const base = baseOf(row);
  const end = runEnd(row);
  memory.fill(rowAt(row), 0xff, ROW_BYTES);
  moveRuns(end, base - end);
  while (extent.rows > 0 && rowIsFree(extent.rows - 1)) extent.rows -= 1;
}

// Runs

/** The entry behind the run of a row. */
function runEnd(row: i32): i32 {
  const base = baseOf(row);
  let end = extent.entries;
  for (let other = 0; other < extent.rows; other++) {
    const start = baseOf(other);
    if (start > base && start < end) end = start;
  }
  return end;
}

/** Entries of a row's run: its chunks, and those that a transaction may give back. */
export function runOf(row: i32): i32 {
  return runEnd(row) - baseOf(row);
}

/** Moves all runs from entry `from` on by `by`; false when the map is full. A gap is unwritten. */
function moveRuns(from: i32, by: i32): bool {
  if (extent.entries + by > MAX_SLOTS) return false;
  const start = MAP + (from << 1);
  memory.copy(start + (by << 1), start, (extent.entries - from) << 1);
  if (by > 0) memory.fill(start, 0xff, by << 1);
  extent.entries += by;
  for (let row = 0; row < extent.rows; row++) {
    const base = baseOf(row);
    if (base != FREE && base >= from) store<u16>(rowAt(row) + 6, (base + by) as u16);
  }
  return true;
}

/**
 * Gives an object another size. What it loses is dropped, what it gains is zeros; until `settle` all
 * of it can be taken back. False when the map is full.
 */
export function resize(row: i32, size: i32): bool {
  const chunks = chunksFor(size);
  const lacking = chunks - runOf(row);
  if (lacking > 0 && !moveRuns(runEnd(row), lacking)) return false;
  for (let chunk = chunks; chunk < chunksOf(row); chunk++) {
    setEntry(row, chunk, entryOf(row, chunk) | DROPPED);
  }
  setSize(row, size);
  return true;
}

/** What was dropped is forgotten for good, or `kept`; the run becomes as long as its object. */
export function settle(row: i32, kept: bool): void {
  for (let chunk = 0; chunk < chunksOf(row); chunk++) {
    const entry = entryOf(row, chunk);
    if ((entry & DROPPED) == 0 || entry == UNWRITTEN) continue;
    setEntry(row, chunk, kept ? entry & ~DROPPED : UNWRITTEN);
  }
  const end = runEnd(row);
  moveRuns(end, baseOf(row) + chunksOf(row) - end);
}
