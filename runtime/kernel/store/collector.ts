// Room in the log: what is still live in the oldest page moves to the head.

import { MAX_OBJECTS } from "../../spec/store.ts";
import * as log from "./log.ts";
import { SLOT, SLOT_CHUNK, SLOT_DATA, SLOT_LENGTH, SLOT_ROW, TOMBSTONE } from "./slot.ts";
import * as table from "./table.ts";

/** Moves the live slots of the oldest page to the head, commits them, and gives the page back. */
function collectTail(): bool {
  if (log.tailSlot(0) == log.NOWHERE) return false;
  for (let index = 0; index < log.slotsPerPage(); index++) {
    const slot = log.tailSlot(index);
    log.readSlotHeader(slot);
    const row = load<u16>(SLOT + SLOT_ROW) as i32;
    const chunk = load<u8>(SLOT + SLOT_CHUNK) as i32;
    if (row >= MAX_OBJECTS || chunk == TOMBSTONE || table.rowIsFree(row)) continue;
    if (chunk >= table.chunksFor(table.sizeOf(row))) continue;
    const mapAt = table.mapIndex(row, chunk);
    if (table.placeAt(mapAt) != slot) continue;
    const length = load<u8>(SLOT + SLOT_LENGTH) as i32;
    log.readSlotData(slot, 0, SLOT + SLOT_DATA, length);
    table.setPlaceAt(mapAt, log.appendSlot(length));
  }
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
