// SCP03. GlobalPlatform Card Specification Amendment D 1.1.2.

/** Secure Channel Protocol identifier, and `i`: pseudo-random challenge, R-MAC and R-ENC. 5.1, 7.1.1. */
export const SCP_IDENTIFIER: u8 = 0x03;
export const SCP_PARAMETER_I: u8 = 0x70;

/** Security levels, bits to be added. 7.1.2.3, table 7-6. */
export const LEVEL_NONE: i32 = 0x00;
export const LEVEL_C_MAC: i32 = 0x01;
export const LEVEL_C_DECRYPTION: i32 = 0x02;
export const LEVEL_R_MAC: i32 = 0x10;
export const LEVEL_R_ENCRYPTION: i32 = 0x20;
/** Set in `secureChannelLevel` once the host has proven itself. */
export const LEVEL_AUTHENTICATED: i32 = 0x80;

/** Data derivation constants. 4.1.5, table 4-1. */
export const DERIVE_CARD_CRYPTOGRAM: u8 = 0x00;
export const DERIVE_HOST_CRYPTOGRAM: u8 = 0x01;
export const DERIVE_CARD_CHALLENGE: u8 = 0x02;
export const DERIVE_S_ENC: u8 = 0x04;
export const DERIVE_S_MAC: u8 = 0x06;
export const DERIVE_S_RMAC: u8 = 0x07;

/** Key type AES in PUT KEY and in the key information template. GPC 2.3.1, 11.1.8. */
export const KEY_TYPE_AES: u8 = 0x88;

export const CHALLENGE_BYTES: i32 = 8;
export const CRYPTOGRAM_BYTES: i32 = 8;
export const MAC_BYTES: i32 = 8;
export const SEQUENCE_BYTES: i32 = 3;
export const KEY_DIVERSIFICATION_BYTES: i32 = 10;
