// Life cycle states. GlobalPlatform Card Specification 2.3.1, 5.1 and 5.3; coding 11.1.1.

// The card, in the row of the issuer's security domain.
export const CARD_OP_READY: u8 = 0x01;
export const CARD_INITIALIZED: u8 = 0x07;
export const CARD_SECURED: u8 = 0x0f;
export const CARD_LOCKED: u8 = 0x7f;
export const CARD_TERMINATED: u8 = 0xff;

// Applications and supplementary security domains.
export const LIFE_CYCLE_INSTALLED: u8 = 0x03;
export const LIFE_CYCLE_SELECTABLE: u8 = 0x07;
/** Of a security domain that has its keys. */
export const LIFE_CYCLE_PERSONALIZED: u8 = 0x0f;
/** Bit of a locked application; the others keep the state it comes back to. */
export const LIFE_CYCLE_LOCKED: u8 = 0x80;

/** Of a load file: the only one. */
export const LIFE_CYCLE_LOADED: u8 = 0x01;
