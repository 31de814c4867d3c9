// The log: a ring of pages of slots, written in order. Format and reasons: runtime/STORE.md.

import * as spec from "../../spec/store.ts";
import { PAGE_HEADER_BYTES, SLOT_BYTES } from "../../spec/store.ts";
import { memoryErase, memoryProgram, memoryRead } from "../chip.ts";
import { crc32 } from "./crc.ts";
import {
  commitWord,
  KILL_BYTES,
  SLOT,
  SLOT_COMMIT,
  SLOT_CRC,
  SLOT_DATA,
  SLOT_HEADER_BYTES,
  SLOT_LENGTH,
  slotCrc,
} from "./slot.ts";

/** Place of a slot: page << 3 | index in the page. */
export const NOWHERE: i32 = 0xffff;
export const INDEX_BITS: i32 = 3;
export const INDEX_MASK: i32 = 7;

export const PAGE_SEQUENCE: i32 = 0; //  u32, one more than the page before in the ring
export const PAGE_TAIL: i32 = 4; //      u16 oldest page that still counted when this one was opened
export const PAGE_CRC: i32 = 8; //       u32 over bytes 0 to 7

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
  /** Slots written since power-on. */
  written: u32;
}

// @ts-ignore: the compiler folds this to an address
export const log: Log = changetype<Log>(memory.data(offsetof<Log>(), 4));

export const HEADER: usize = memory.data(PAGE_HEADER_BYTES, 4);
export const WORD: usize = memory.data(KILL_BYTES, 4);

export function addressOf(slot: i32): i32 {
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
  const slots = (log.pages - spec.reservedPages(log.slotsPerPage)) * log.slotsPerPage;
  return slots < spec.MAX_SLOTS ? slots : spec.MAX_SLOTS;
}

export function nextPage(page: i32): i32 {
  return page + 1 == log.pages ? 0 : page + 1;
}

/** Pages from `from` to `to` around the ring, both counted. */
export function span(from: i32, to: i32): i32 {
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

export function writePageHeader(page: i32): void {
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
  log.written += 1;
  log.lastSlot = slot;
  return slot;
}

/** The commit word: from here on the pending slots count, all together. */
export function commitSlots(): void {
  if (log.pending == 0) return;
  const n = log.pending as u32;
  log.pending = 0;
  store<u32>(WORD, commitWord(n));
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
