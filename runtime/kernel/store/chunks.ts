// Chunks: how the content of an object lies in slots.

import * as log from "./log.ts";
import * as slot from "./slot.ts";
import { SLOT } from "./slot.ts";
import * as table from "./table.ts";
import { remember } from "./transactions.ts";

/** Describes the object of a row in the header of `SLOT`. */
export function fillHeader(row: i32, chunk: i32): void {
  store<u16>(SLOT + slot.SLOT_ROW, row as u16);
  store<u8>(SLOT + slot.SLOT_CHUNK, chunk as u8);
  store<u8>(SLOT + slot.SLOT_OWNER, table.ownerOf(row) as u8);
  store<u8>(SLOT + slot.SLOT_KIND, table.kindOf(row));
  store<u16>(SLOT + slot.SLOT_NUMBER, table.numberOf(row) as u16);
  store<u16>(SLOT + slot.SLOT_SIZE, table.sizeOf(row) as u16);
}

/** Writes the data that lies in `SLOT` as the new state of a chunk. */
export function putChunk(row: i32, chunk: i32): void {
  const mapAt = table.mapIndex(row, chunk);
  remember(mapAt);
  fillHeader(row, chunk);
  table.setPlaceAt(mapAt, log.appendSlot(table.chunkLength(row, chunk)));
}

/** Reads `length` bytes of a chunk; a chunk never written is all zeros. */
export function getChunk(row: i32, chunk: i32, offset: i32, to: usize, length: i32): void {
  const place = table.placeAt(table.mapIndex(row, chunk));
  if (place == log.NOWHERE) memory.fill(to, 0, length);
  else log.readSlotData(place, offset, to, length);
}
