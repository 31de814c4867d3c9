// The store: what survives power loss. Kinds of objects and the shape of pages; see runtime/STORE.md.

/** Bytes that the owner reads and writes freely. */
export const KIND_DATA: u8 = 1;
/** A key: used through operations, never read. */
export const KIND_KEY: u8 = 2;
/** A PIN with its try counter: compared, never read. */
export const KIND_PIN: u8 = 3;
/** The kernel's own rows: registry, key sets, historical bytes. */
export const KIND_KERNEL: u8 = 4;

/** Bytes of the header at the start of each page. */
export const PAGE_HEADER_BYTES: i32 = 16;
/** Bytes of a slot: entry header 16, data up to 100, kill word 4, commit word 4. */
export const SLOT_BYTES: i32 = 124;
export const SLOT_DATA_BYTES: i32 = 100;

/** Most objects on a card. */
export const MAX_OBJECTS: i32 = 254;
/** Most slots of the store: 256 pages of four. */
export const MAX_SLOTS: i32 = 1024;
/** Most slots that one transaction writes, so at most this × SLOT_DATA_BYTES bytes. */
export const TRANSACTION_SLOTS: i32 = 42;
/** Longest object. */
export const MAX_OBJECT_BYTES: i32 = 25_000;
