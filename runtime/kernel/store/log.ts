// The log: a ring of pages of slots, written in order. Format and reasons: runtime/STORE.md.

import * as spec from "../../spec/store.ts";
import { PAGE_HEADER_BYTES, SLOT_BYTES, SLOT_DATA_BYTES } from "../../spec/store.ts";
import { memoryErase, memoryProgram, memoryRead } from "../chip.ts";
import { crc32 } from "./crc.ts";

/** Place of a slot: page << 3 | index in the page. */
export const NOWHERE: i32 = 0xffff;
const INDEX_BITS: i32 = 3;
const INDEX_MASK: i32 = 7;

export const SLOT_ROW: i32 = 0; //     u16 object row
export const SLOT_CHUNK: i32 = 2; //   u8  chunk of the object, or TOMBSTONE
export const SLOT_LENGTH: i32 = 3; //  u8  bytes of data
export const SLOT_OWNER: i32 = 4; //   u8
export const SLOT_KIND: i32 = 5; //    u8
export const SLOT_NUMBER: i32 = 6; //  u16
export const SLOT_SIZE: i32 = 8; //    u16 size of the whole object
const SLOT_CRC: i32 = 12; //           u32 over bytes 0 to 11 and the data, from the page's sequence on
export const SLOT_DATA: i32 = 16;
const SLOT_KILL: i32 = 116; //         u32 FFFFFFFF = alive; 0, and the commit word too = killed
const SLOT_COMMIT: i32 = 120; //       u32 COMMIT | n << 8 | ~n: commits this slot and n - 1 before
const KILL_BYTES: i32 = 8;
const SLOT_HEADER_BYTES: i32 = 16;

export const TOMBSTONE: i32 = 0xff;
const COMMIT: u32 = 0x5aa50000;
const COMMIT_MASK: u32 = 0xffff0000;
const ERASED: u32 = 0xffffffff;

const PAGE_SEQUENCE: i32 = 0; //  u32, one more than the page before in the ring
const PAGE_TAIL: i32 = 4; //      u16 oldest page that still counted when this one was opened
const PAGE_CRC: i32 = 8; //       u32 over bytes 0 to 7

/** Pages kept free: a whole transaction, and room to move live slots out of the oldest page. */
const MARGIN_PAGES: i32 = 2;

@unmanaged
@final
class Log {
  pageSize: i32;
  pages: i32;
  slotsPerPage: i32;
  /** Page being written, its next free slot, and its sequence number. */
  head: i32;
  headSlot: i32;
  sequence: u32;
  /** Oldest page with live slots; the header of the head page names one at or before it. */
  tail: i32;
  /** Slots written since the last commit word, and the last of them. */
  pending: i32;
  lastSlot: i32;
}

// @ts-ignore: the compiler folds this to an address
export const log: Log = changetype<Log>(memory.data(offsetof<Log>()));

/** One slot being built or read; nothing in it outlives a call into the store. */
export const SLOT: usize = memory.data(SLOT_BYTES);
const HEADER: usize = memory.data(PAGE_HEADER_BYTES);
const WORD: usize = memory.data(KILL_BYTES);

function addressOf(slot: i32): i32 {
  const inPage = PAGE_HEADER_BYTES + (slot & INDEX_MASK) * SLOT_BYTES;
  return (slot >> INDEX_BITS) * log.pageSize + inPage;
}

/** Takes the shape of the memory; false when no log fits it. */
export function configureLog(pageSize: i32, pages: i32): bool {
  log.pageSize = pageSize;
  log.pages = pages;
  log.slotsPerPage = spec.slotsPerPage(pageSize);
  return log.slotsPerPage > 0 && pages > 0 && pages <= spec.MAX_PAGES && capacitySlots() > 0;
}

/** Slots that live objects may fill, so that a transaction and the collector always find room. */
export function capacitySlots(): i32 {
  return (log.pages - spec.reservedPages(log.slotsPerPage)) * log.slotsPerPage;
}

function nextPage(page: i32): i32 {
  return page + 1 == log.pages ? 0 : page + 1;
}

/** Pages from `from` to `to` around the ring, both counted. */
function span(from: i32, to: i32): i32 {
  return (to >= from ? to - from : to - from + log.pages) + 1;
}

/** Slots that can be written before the ring meets its own tail. One page stays out of it. */
function freeSlots(): i32 {
  const freePages = log.pages - span(log.tail, log.head) - 1;
  return log.slotsPerPage - log.headSlot + freePages * log.slotsPerPage;
}

/**
 * Opens the next page: erases it, then writes its header. It is outside the ring that the head's
 * header names, so a cut here leaves the old ring whole.
 */
function openPage(): void {
  const page = nextPage(log.head);
  memoryErase(page);
  log.sequence += 1;
  writePageHeader(page);
  log.head = page;
  log.headSlot = 0;
}

function writePageHeader(page: i32): void {
  memory.fill(HEADER, 0xff, PAGE_HEADER_BYTES);
  store<u32>(HEADER + PAGE_SEQUENCE, log.sequence);
  store<u16>(HEADER + PAGE_TAIL, log.tail as u16);
  store<u16>(HEADER + PAGE_TAIL + 2, 0);
  store<u32>(HEADER + PAGE_CRC, crc32(HEADER, PAGE_CRC, 0));
  memoryProgram(page * log.pageSize, HEADER, 12);
}

/** Makes a blank memory into an empty log. */
export function formatLog(): void {
  log.sequence = 1;
  log.tail = 0;
  log.head = 0;
  log.headSlot = 0;
  memoryErase(0);
  writePageHeader(0);
}

/** Writes the entry in `SLOT` with `length` bytes of data to the next slot; its place. */
export function appendSlot(length: i32): i32 {
  if (log.headSlot == log.slotsPerPage) openPage();
  const slot = (log.head << INDEX_BITS) | log.headSlot;
  log.headSlot += 1;
  store<u8>(SLOT + SLOT_LENGTH, length as u8);
  store<u16>(SLOT + 10, 0);
  store<u32>(SLOT + SLOT_CRC, slotCrc(length, log.sequence));
  memoryProgram(addressOf(slot), SLOT, SLOT_HEADER_BYTES + length);
  log.pending += 1;
  log.lastSlot = slot;
  return slot;
}

function slotCrc(length: i32, sequence: u32): u32 {
  return crc32(SLOT + SLOT_DATA, length, crc32(SLOT, SLOT_CRC, sequence));
}

/** The commit word: from here on the pending slots count, all together. */
export function commitSlots(): void {
  if (log.pending == 0) return;
  const n = log.pending as u32;
  log.pending = 0;
  store<u32>(WORD, COMMIT | (n << 8) | (~n & 0xff));
  memoryProgram(addressOf(log.lastSlot) + SLOT_COMMIT, WORD, 4);
}

/** Forgets the pending slots; without a commit word they never count. */
export function dropSlots(): void {
  log.pending = 0;
}

/** Reads `length` data bytes of a slot from `offset`. */
export function readSlotData(slot: i32, offset: i32, to: usize, length: i32): void {
  memoryRead(addressOf(slot) + SLOT_DATA + offset, to, length);
}

/** Whether `needed` slots fit before the collector has to run. */
export function hasRoom(needed: i32): bool {
  return freeSlots() >= needed + MARGIN_PAGES * log.slotsPerPage;
}

export function slotsPerPage(): i32 {
  return log.slotsPerPage;
}

/** Place of slot `index` of the oldest page, or NOWHERE when the head is the only page left. */
export function tailSlot(index: i32): i32 {
  return log.tail == log.head ? NOWHERE : (log.tail << INDEX_BITS) | index;
}

/** Reads a slot into `SLOT`: its header, or all of it. */
export function readSlotHeader(slot: i32): void {
  memoryRead(addressOf(slot), SLOT, SLOT_HEADER_BYTES);
}

export function readSlot(slot: i32): void {
  memoryRead(addressOf(slot), SLOT, SLOT_BYTES);
}

/** Gives the oldest page back. */
export function dropTail(): void {
  log.tail = nextPage(log.tail);
}

// Recovery

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

/** Whether the slot read into `SLOT` was never written. */
export function slotIsBlank(): bool {
  for (let at = 0; at < SLOT_BYTES; at += 4) {
    if (load<u32>(SLOT + at) != ERASED) return false;
  }
  return true;
}

/** Sequence number of the `nth` page of the ring. */
export function ringSequence(nth: i32): u32 {
  return log.sequence - (ringPages() - 1 - nth);
}

/** Whether the slot in `SLOT` is as it was written to a page with this sequence number. */
export function slotIsWhole(sequence: u32): bool {
  const length = load<u8>(SLOT + SLOT_LENGTH) as i32;
  if (length > SLOT_DATA_BYTES) return false;
  return load<u32>(SLOT + SLOT_CRC) == slotCrc(length, sequence);
}

/**
 * Whether the slot in `SLOT`, `whole` or not, is one that the log went on behind: killed, or whole
 * with a commit word that holds or was never written. A cut is always settled before that.
 */
export function slotIsSettled(whole: bool): bool {
  const kill = load<u32>(SLOT + SLOT_KILL);
  const word = load<u32>(SLOT + SLOT_COMMIT);
  if (kill == 0) return word == 0;
  return whole && kill == ERASED && (word == ERASED || slotCommits() != 0);
}

/** How many slots, itself the last, the slot in `SLOT` commits; 0 for none. */
export function slotCommits(): i32 {
  if (load<u32>(SLOT + SLOT_KILL) != ERASED) return 0;
  const word = load<u32>(SLOT + SLOT_COMMIT);
  const n = (word >> 8) & 0xff;
  if ((word & COMMIT_MASK) != COMMIT || (word & 0xff) != (~n & 0xff)) return 0;
  return n as i32;
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
