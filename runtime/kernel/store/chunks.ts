// Chunks: how the content of an object lies in slots.

import * as log from "./log.ts";
import {
  SLOT,
  SLOT_CHUNK,
  SLOT_KIND,
  SLOT_NUMBER,
  SLOT_OWNER,
  SLOT_ROW,
  SLOT_SIZE,
} from "./slot.ts";
import * as table from "./table.ts";
import { remember } from "./transactions.ts";

/** Describes the object of a row in the header of `SLOT`. */
export function fillHeader(row: i32, chunk: i32): void {
  store<u16>(SLOT + SLOT_ROW, row as u16);
  store<u8>(SLOT + SLOT_CHUNK, chunk as u8);
  store<u8>(SLOT + SLOT_OWNER, table.ownerOf(row) as u8);
  store<u8>(SLOT + SLOT_KIND, table.kindOf(row));
  store<u16>(SLOT + SLOT_NUMBER, table.numberOf(row) as u16);
  store<u16>(SLOT + SLOT_SIZE, table.sizeOf(row) as u16);
}

/** Writes the data that lies in `SLOT` as the new state of a chunk. */
export function putChunk(row: i32, chunk: i32): void {
  remember(row, chunk);
  fillHeader(row, chunk);
  table.setEntry(row, chunk, log.appendSlot(table.chunkLength(row, chunk)) as u16);
}

/** Reads `length` bytes of a chunk; a chunk never written is all zeros. */
export function getChunk(row: i32, chunk: i32, offset: i32, to: usize, length: i32): void {
  const place = table.placeOf(row, chunk);
  if (place == log.NOWHERE) memory.fill(to, 0, length);
  else log.readSlotData(place, offset, to, length);
}
