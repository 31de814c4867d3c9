// Working memory of both protocols; nothing in it outlives a call.

/** A block of derivation label and up to 32 bytes of context; what a cryptogram is made of. */
export const INPUT: usize = memory.data(48, 4);
/** The end of it, which SCP02 does not need for that: 16 bytes. */
export const INPUT_END: usize = INPUT + 32;
/** One block: a MAC, an initial vector, a challenge. */
export const WORK: usize = memory.data(16, 4);
/** The other one: a MAC that is to be compared. */
export const OTHER: usize = memory.data(16, 4);
/** What stood where a message is padded in place; a byte just read. */
export const KEPT: usize = memory.data(16, 4);
