// The object table in RAM: which objects there are, and where each of their chunks lies.
// Made again from the log at each cold boot.

import { MAX_OBJECTS, MAX_SLOTS, SLOT_DATA_BYTES } from "../../spec/store.ts";

/** A row: owner u8, kind u8 (with marks), number u16, size u16, first chunk in the map u16. */
const ROW_BYTES: i32 = 8;
const ROWS: usize = memory.data(MAX_OBJECTS * ROW_BYTES);
const MAP: usize = memory.data(MAX_SLOTS * 2);
/** Open addressing, rows by owner and number; 0 = empty, else row + 1. */
const HASH_SIZE: i32 = 512;
const HASH: usize = memory.data(HASH_SIZE);
const USED: usize = memory.data(8);

const FREE: u16 = 0xffff;
/** Marks on the kind while a transaction is open. */
export const MARK_NEW: u8 = 0x80;
export const MARK_DELETED: u8 = 0x40;
const KIND_MASK: u8 = 0x3f;

function row(index: i32): usize {
  return ROWS + index * ROW_BYTES;
}

export function ownerOf(index: i32): i32 {
  return load<u8>(row(index));
}
export function kindOf(index: i32): u8 {
  return load<u8>(row(index) + 1) & KIND_MASK;
}
export function marksOf(index: i32): u8 {
  return load<u8>(row(index) + 1) & ~KIND_MASK;
}
export function setMarks(index: i32, marks: u8): void {
  store<u8>(row(index) + 1, kindOf(index) | marks);
}
export function numberOf(index: i32): i32 {
  return load<u16>(row(index) + 2);
}
export function sizeOf(index: i32): i32 {
  return load<u16>(row(index) + 4);
}
function baseOf(index: i32): i32 {
  return load<u16>(row(index) + 6);
}
export function rowIsFree(index: i32): bool {
  return load<u16>(row(index) + 6) == FREE;
}

/** Chunks that an object of `size` bytes is cut into. */
export function chunksFor(size: i32): i32 {
  return size == 0 ? 1 : (size + SLOT_DATA_BYTES - 1) / SLOT_DATA_BYTES;
}

/** Bytes in chunk `chunk` of an object. */
export function chunkLength(index: i32, chunk: i32): i32 {
  const rest = sizeOf(index) - chunk * SLOT_DATA_BYTES;
  return rest < SLOT_DATA_BYTES ? rest : SLOT_DATA_BYTES;
}

/** Index in the map of a chunk; a transaction keeps it for its way back. */
export function mapIndex(index: i32, chunk: i32): i32 {
  return baseOf(index) + chunk;
}
export function placeAt(mapAt: i32): i32 {
  return load<u16>(MAP + (mapAt << 1));
}
export function setPlaceAt(mapAt: i32, slot: i32): void {
  store<u16>(MAP + (mapAt << 1), slot as u16);
}

export function clearTable(): void {
  memory.fill(ROWS, 0xff, MAX_OBJECTS * ROW_BYTES);
  memory.fill(HASH, 0, HASH_SIZE);
  store<i32>(USED, 0);
}

function hash(owner: i32, number: i32): i32 {
  return (number + (number >> 7) + owner * 61) & (HASH_SIZE - 1);
}

function insertHash(index: i32): void {
  let at = hash(ownerOf(index), numberOf(index));
  while (load<u8>(HASH + at) != 0) at = (at + 1) & (HASH_SIZE - 1);
  store<u8>(HASH + at, (index + 1) as u8);
}

/** Row of an object that is not marked deleted, or -1. */
export function find(owner: i32, number: i32): i32 {
  let at = hash(owner, number);
  for (let left = HASH_SIZE; left > 0; left--) {
    const entry = load<u8>(HASH + at) as i32;
    if (entry == 0) return -1;
    const index = entry - 1;
    if (numberOf(index) == number && ownerOf(index) == owner) {
      if ((marksOf(index) & MARK_DELETED) == 0) return index;
    }
    at = (at + 1) & (HASH_SIZE - 1);
  }
  return -1;
}

/** A row that holds no object, or -1. */
export function freeRow(): i32 {
  for (let index = 0; index < MAX_OBJECTS; index++) {
    if (rowIsFree(index)) return index;
  }
  return -1;
}

/** Enters an object of which no chunk is written yet; false when the map is full. */
export function enter(index: i32, owner: i32, kind: u8, number: i32, size: i32): bool {
  const chunks = chunksFor(size);
  const base = load<i32>(USED);
  if (base + chunks > MAX_SLOTS) return false;
  store<u8>(row(index), owner as u8);
  store<u8>(row(index) + 1, kind);
  store<u16>(row(index) + 2, number as u16);
  store<u16>(row(index) + 4, size as u16);
  store<u16>(row(index) + 6, base as u16);
  memory.fill(MAP + (base << 1), 0xff, chunks << 1);
  store<i32>(USED, base + chunks);
  insertHash(index);
  return true;
}

/** Takes an object out: its run of the map closes up and later runs move down. */
export function release(index: i32): void {
  const base = baseOf(index);
  const chunks = chunksFor(sizeOf(index));
  const used = load<i32>(USED);
  const from = MAP + ((base + chunks) << 1);
  memory.copy(MAP + (base << 1), from, (used - base - chunks) << 1);
  store<i32>(USED, used - chunks);
  memory.fill(row(index), 0xff, ROW_BYTES);
  memory.fill(HASH, 0, HASH_SIZE);
  for (let other = 0; other < MAX_OBJECTS; other++) {
    if (rowIsFree(other)) continue;
    if (baseOf(other) > base) store<u16>(row(other) + 6, (baseOf(other) - chunks) as u16);
    insertHash(other);
  }
}
