// Room in the log: what is still live in the oldest page moves to the head.

import { MAX_OBJECTS } from "../../spec/store.ts";
import * as log from "./log.ts";
import { SLOT, SLOT_CHUNK, SLOT_DATA, SLOT_LENGTH, SLOT_ROW, SLOT_SIZE } from "./slot.ts";
import * as table from "./table.ts";

/** Whether the chunk in the header in `SLOT`, read from `place`, is what the table has of it. */
function isLive(place: i32): bool {
  const row = load<u16>(SLOT + SLOT_ROW) as i32;
  const chunk = load<u8>(SLOT + SLOT_CHUNK) as i32;
  if (row >= MAX_OBJECTS || table.rowIsFree(row)) return false;
  return chunk < table.chunksOf(row) && table.placeOf(row, chunk) == place;
}

/**
 * Moves the live slots of the oldest page to the head, commits them, and gives the page back. A slot
 * that moves says the size of today: the last of an object's slots is right about it.
 */
function collectTail(): bool {
  if (log.tailSlot(0) == log.NOWHERE) return false;
  const written = log.log.written;
  for (let index = 0; index < log.slotsPerPage(); index++) {
    const place = log.tailSlot(index);
    log.readSlotHeader(place);
    if (!isLive(place)) continue;
    const row = load<u16>(SLOT + SLOT_ROW) as i32;
    const length = load<u8>(SLOT + SLOT_LENGTH) as i32;
    store<u16>(SLOT + SLOT_SIZE, table.sizeOf(row) as u16);
    log.readSlotData(place, 0, SLOT + SLOT_DATA, length);
    table.setEntry(row, load<u8>(SLOT + SLOT_CHUNK), log.appendSlot(length) as u16);
  }
  log.log.written = written;
  log.commitSlots();
  log.dropTail();
  return true;
}

/** Makes room for `slots` more in the log; only outside a transaction. */
export function makeRoom(slots: i32): bool {
  for (let left = log.log.pages; left >= 0; left--) {
    if (log.hasRoom(slots)) return true;
    if (!collectTail()) return false;
  }
  return false;
}
