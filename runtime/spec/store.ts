// The store: what survives power loss. Kinds of objects and the shape of pages; see runtime/STORE.md.

/** Bytes that the owner reads and writes freely. */
export const KIND_DATA: u8 = 1;
/** A key: used through operations, never read. */
export const KIND_KEY: u8 = 2;
/** A PIN with its try counter: compared, never read. */
export const KIND_PIN: u8 = 3;
/** The kernel's own rows: registry, key sets, historical bytes. */
export const KIND_KERNEL: u8 = 4;
/** A counter of four bytes that only goes up, one at a time. */
export const KIND_COUNTER: u8 = 5;

/** Bytes of the header at the start of each page. */
export const PAGE_HEADER_BYTES: i32 = 16;
/** Bytes of a slot: entry header 16, data up to 100, kill word 4, commit word 4. */
export const SLOT_BYTES: i32 = 124;
export const SLOT_DATA_BYTES: i32 = 100;

/** Most objects on a card. */
export const MAX_OBJECTS: i32 = 254;
/** Most slots of the store: 256 pages of four. */
export const MAX_SLOTS: i32 = 1024;
/**
 * What one transaction holds: a write takes one for each chunk of SLOT_DATA_BYTES that it touches, making
 * and deleting an object take one, giving it another size takes two.
 */
export const TRANSACTION_SLOTS: i32 = 42;
/** Longest object. */
export const MAX_OBJECT_BYTES: i32 = 25_000;
/** Where a counter ends. */
export const MAX_COUNTER: i32 = 0x7fffffff;
/** Most pages: a place of a slot is 12 bits of page and 3 of index, all ones left out. */
export const MAX_PAGES: i32 = 0x0fff;
/** Most slots of a page that a place can name. */
export const MAX_SLOTS_PER_PAGE: i32 = 8;

/** Slots that a page of `pageBytes` holds; 0 when it is too small. */
export function slotsPerPage(pageBytes: i32): i32 {
  const slots = ((pageBytes - PAGE_HEADER_BYTES) / SLOT_BYTES) | 0;
  return slots > MAX_SLOTS_PER_PAGE ? MAX_SLOTS_PER_PAGE : slots;
}

/** Pages that objects may not fill: a whole transaction, and room for the collector to work in. */
export function reservedPages(slots: i32): i32 {
  return (((TRANSACTION_SLOTS + slots - 1) / slots) | 0) + 5;
}
