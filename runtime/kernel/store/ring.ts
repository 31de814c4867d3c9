// The ring of pages as it is found at power-on: head, tail, and the one slot that a cut may have torn.

import { PAGE_HEADER_BYTES } from "../../spec/store.ts";
import { memoryProgram, memoryRead } from "../chip.ts";
import { crc32 } from "./crc.ts";
import {
  addressOf,
  HEADER,
  INDEX_BITS,
  INDEX_MASK,
  log,
  NOWHERE,
  nextPage,
  PAGE_CRC,
  PAGE_SEQUENCE,
  PAGE_TAIL,
  readSlot,
  span,
  WORD,
  writePageHeader,
} from "./log.ts";
import {
  KILL_BYTES,
  SLOT,
  SLOT_COMMIT,
  SLOT_KILL,
  slotCommits,
  slotIsBlank,
  slotIsWhole,
} from "./slot.ts";

/** Sequence number of a page, or 0 when its header does not hold. Leaves the header in `HEADER`. */
function readPageHeader(page: i32): u32 {
  memoryRead(page * log.pageSize, HEADER, PAGE_HEADER_BYTES);
  if (load<u32>(HEADER + PAGE_CRC) != crc32(HEADER, PAGE_CRC, 0)) return 0;
  return load<u32>(HEADER + PAGE_SEQUENCE);
}

function headerIsErased(): bool {
  return load<u64>(HEADER) == 0xffffffffffffffff && load<u64>(HEADER + 8) == 0xffffffffffffffff;
}

/** What `findRing` says. */
export const RING_FOUND: i32 = 0;
export const RING_BLANK: i32 = 1;
export const RING_DAMAGED: i32 = 2;

/** Finds head and tail: the highest sequence, and a ring behind it without a gap. */
export function findRing(): i32 {
  log.sequence = 0;
  log.pending = 0;
  let used = 0;
  for (let page = 0; page < log.pages; page++) {
    const sequence = readPageHeader(page);
    if (page > 0 && !headerIsErased()) used += 1;
    if (sequence > log.sequence) {
      log.sequence = sequence;
      log.head = page;
      log.tail = load<u16>(HEADER + PAGE_TAIL);
    }
  }
  // The first format may have been cut in the header of page 0; anything beyond is damage.
  if (log.sequence == 0) return used == 0 && firstPageIsBlank() ? RING_BLANK : RING_DAMAGED;
  if (log.tail >= log.pages || headIsHidden()) return RING_DAMAGED;
  const length = span(log.tail, log.head);
  let page = log.tail;
  for (let i = 0; i < length; i++) {
    if (readPageHeader(page) != log.sequence - (length - 1 - i)) return RING_DAMAGED;
    page = nextPage(page);
  }
  return RING_FOUND;
}

function firstPageIsBlank(): bool {
  for (let index = 0; index < log.slotsPerPage; index++) {
    readSlot(index);
    if (!slotIsBlank()) return false;
  }
  return true;
}

/** Whether the page behind the head holds slots that count although its header does not hold. */
function headIsHidden(): bool {
  const page = nextPage(log.head);
  for (let index = 0; index < log.slotsPerPage; index++) {
    readSlot((page << INDEX_BITS) | index);
    if (slotIsWhole(log.sequence + 1) && slotCommits() != 0) return true;
  }
  return false;
}

/** Pages of the ring, and the place of slot `index` of its `nth` page counted from the tail. */
export function ringPages(): i32 {
  return span(log.tail, log.head);
}

export function ringSlot(nth: i32, index: i32): i32 {
  let page = log.tail + nth;
  if (page >= log.pages) page -= log.pages;
  return (page << INDEX_BITS) | index;
}

/** Sequence number of the `nth` page of the ring. */
export function ringSequence(nth: i32): u32 {
  return log.sequence - (ringPages() - 1 - nth);
}

/**
 * Settles what the last power cut may have left between two values, so that later reads agree with
 * this one. `lastSlot` is the last slot written to the head page: its commit word is programmed
 * again when it counted; when it did not, the slot is killed for good. A head page in which
 * nothing `counts` is left and will be opened anew: else cuts in the collector, one after the other,
 * would use up the room that it needs to make room.
 */
export function settleHead(lastSlot: i32, counts: bool): void {
  if (lastSlot == NOWHERE) {
    log.headSlot = 0;
    if (log.tail == log.head) writePageHeader(log.head);
  } else {
    log.headSlot = (lastSlot & INDEX_MASK) + 1;
    settleSlot(lastSlot);
  }
  if (!counts && log.tail != log.head) leaveHead();
}

function settleSlot(slot: i32): void {
  readSlot(slot);
  if (slotCommits() != 0) {
    store<u32>(WORD, load<u32>(SLOT + SLOT_COMMIT));
    memoryProgram(addressOf(slot) + SLOT_COMMIT, WORD, 4);
    return;
  }
  store<u64>(WORD, 0);
  memoryProgram(addressOf(slot) + SLOT_KILL, WORD, KILL_BYTES);
}

/** Goes back to the page before, which is full. The page left is outside the ring: opening erases it. */
function leaveHead(): void {
  log.head = log.head == 0 ? log.pages - 1 : log.head - 1;
  log.headSlot = log.slotsPerPage;
  log.sequence -= 1;
}
