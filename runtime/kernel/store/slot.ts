// One slot of the log: its layout, and what can be said of it by itself. Format: runtime/STORE.md.

import { SLOT_BYTES, SLOT_DATA_BYTES } from "../../spec/store.ts";
import { crc32 } from "./crc.ts";

export const SLOT_ROW: i32 = 0; //     u16 object row
export const SLOT_CHUNK: i32 = 2; //   u8  chunk of the object, TOMBSTONE or OWNER_TOMBSTONE
export const SLOT_LENGTH: i32 = 3; //  u8  bytes of data
export const SLOT_OWNER: i32 = 4; //   u8
export const SLOT_KIND: i32 = 5; //    u8
export const SLOT_NUMBER: i32 = 6; //  u16
export const SLOT_SIZE: i32 = 8; //    u16 size of the whole object
export const SLOT_CRC: i32 = 12; //    u32 over bytes 0 to 11 and the data, from the page's sequence on
export const SLOT_DATA: i32 = 16;
export const SLOT_KILL: i32 = 116; //  u32 FFFFFFFF = alive; 0, and the commit word too = killed
export const SLOT_COMMIT: i32 = 120; // u32 COMMIT | n << 8 | ~n: commits this slot and n - 1 before
export const SLOT_HEADER_BYTES: i32 = 16;
/** The kill word and the commit word behind it. */
export const KILL_BYTES: i32 = 8;

/** In place of a chunk: the object is deleted, or all objects of the owner (row FFFF). */
export const TOMBSTONE: i32 = 0xff;
export const OWNER_TOMBSTONE: i32 = 0xfe;
export const NO_ROW: u16 = 0xffff;
const COMMIT: u32 = 0x5aa50000;
const COMMIT_MASK: u32 = 0xffff0000;
const ERASED: u32 = 0xffffffff;

/** One slot being built or read; nothing in it outlives a call into the store. */
export const SLOT: usize = memory.data(SLOT_BYTES, 4);

export function slotCrc(length: i32, sequence: u32): u32 {
  return crc32(SLOT + SLOT_DATA, length, crc32(SLOT, SLOT_CRC, sequence));
}

/** The commit word of a group of `n` slots. */
export function commitWord(n: u32): u32 {
  return COMMIT | (n << 8) | (~n & 0xff);
}

/** Whether the slot read into `SLOT` was never written. */
export function slotIsBlank(): bool {
  for (let at = 0; at < SLOT_BYTES; at += 4) {
    if (load<u32>(SLOT + at) != ERASED) return false;
  }
  return true;
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
