// Recovery: the table is made again from the log at each power-on.

import { SW_MEMORY_FAILURE, SW_SUCCESS } from "../../spec/status-words.ts";
import { MAX_OBJECT_BYTES, MAX_OBJECTS, TRANSACTION_SLOTS } from "../../spec/store.ts";
import * as log from "./log.ts";
import * as ring from "./ring.ts";
import {
  OWNER_TOMBSTONE,
  SLOT,
  SLOT_CHUNK,
  SLOT_KIND,
  SLOT_LENGTH,
  SLOT_NUMBER,
  SLOT_OWNER,
  SLOT_ROW,
  SLOT_SIZE,
  slotCommits,
  slotIsBlank,
  slotIsSettled,
  slotIsWhole,
  TOMBSTONE,
} from "./slot.ts";
import * as table from "./table.ts";
import { clearTransactions, state, UNDO } from "./transactions.ts";

/** Enters one committed slot into the table; false when it lies. */
function applySlot(place: i32): bool {
  log.readSlotHeader(place);
  const row = load<u16>(SLOT + SLOT_ROW) as i32;
  const chunk = load<u8>(SLOT + SLOT_CHUNK) as i32;
  const owner = load<u8>(SLOT + SLOT_OWNER) as i32;
  if (chunk == OWNER_TOMBSTONE) {
    releaseAllOf(owner);
    return true;
  }
  if (row >= MAX_OBJECTS) return false;
  if (chunk == TOMBSTONE) {
    if (!table.rowIsFree(row)) table.release(row);
    return true;
  }
  const size = load<u16>(SLOT + SLOT_SIZE) as i32;
  if (size > MAX_OBJECT_BYTES || chunk >= table.chunksFor(size)) return false;
  if (table.rowIsFree(row)) {
    const kind = load<u8>(SLOT + SLOT_KIND);
    const number = load<u16>(SLOT + SLOT_NUMBER) as i32;
    if (!table.enter(row, owner, kind, number, size)) return false;
  } else if (table.sizeOf(row) != size) {
    if (!table.resize(row, size)) return false;
    table.settle(row, false);
  }
  table.setEntry(row, chunk, place as u16);
  return (load<u8>(SLOT + SLOT_LENGTH) as i32) == table.chunkLength(row, chunk);
}

function releaseAllOf(owner: i32): void {
  for (let row = table.rowsInUse() - 1; row >= 0; row--) {
    if (!table.rowIsFree(row) && table.ownerOf(row) == owner) table.release(row);
  }
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
  const pages = ring.ringPages();
  for (let nth = 0; nth < pages; nth++) {
    const sequence = ring.ringSequence(nth);
    last = log.NOWHERE;
    counts = false;
    for (let index = 0; index < log.slotsPerPage(); index++) {
      const slot = ring.ringSlot(nth, index);
      log.readSlot(slot);
      if (slotIsBlank()) continue;
      // Only what was written last may be between two values.
      if (!settled) return false;
      last = slot;
      const whole = slotIsWhole(sequence);
      settled = slotIsSettled(whole);
      store<u16>(UNDO + ((seen % TRANSACTION_SLOTS) << 1), (whole ? slot : log.NOWHERE) as u16);
      seen += 1;
      const n = slotCommits();
      if (n == 0) continue;
      if (!applyGroup(n, seen)) return false;
      counts = true;
    }
  }
  ring.settleHead(last, counts);
  return true;
}

/** Brings the store up: a blank memory is formatted, anything else recovered. 6581 when damaged. */
export function recover(pageSize: i32, pages: i32): u16 {
  clearTransactions();
  table.clearTable();
  const found = log.configureLog(pageSize, pages) ? ring.findRing() : ring.RING_DAMAGED;
  if (found == ring.RING_BLANK) log.formatLog();
  else if (found == ring.RING_DAMAGED || !replay()) {
    state.damaged = 1;
    table.clearTable();
  }
  return state.damaged != 0 ? SW_MEMORY_FAILURE : SW_SUCCESS;
}
