// SCP03, GlobalPlatform Card Specification Amendment D 1.1.2 (16-byte mode: 1.2), and SCP02,
// GPC 2.3.1, appendix E: the numbers of both, and those of key sets.

/** Secure Channel Protocol identifiers. */
export const SCP02: u8 = 0x02;
export const SCP03: u8 = 0x03;
/** Of the protocol that a card speaks unless its profile says otherwise: SCP03 with i = 70. */
export const SCP_IDENTIFIER: u8 = SCP03;
export const SCP_PARAMETER_I: u8 = 0x70;

// Parameter i of SCP03, bits to be added. Amendment D, 5.1, table 5-1; S16: version 1.2.
/** Challenges, cryptograms and MACs of 16 bytes; without this bit of 8. */
export const SCP03_S16: u8 = 0x01;
/** The card's challenge follows from the sequence counter; without this bit it is random. */
export const SCP03_PSEUDO_RANDOM: u8 = 0x10;
export const SCP03_R_MAC: u8 = 0x20;
export const SCP03_R_ENCRYPTION: u8 = 0x40;

/** Parameter i of SCP02 as spoken here: explicit, modified APDU, ICV encryption, three keys. E.1.1. */
export const SCP02_RANDOM: u8 = 0x15;
/** The same with the card's challenge made from AID and sequence counter. */
export const SCP02_PSEUDO_RANDOM: u8 = 0x55;

/** Security levels, bits to be added. 7.1.2.3, table 7-6. */
export const LEVEL_NONE: i32 = 0x00;
export const LEVEL_C_MAC: i32 = 0x01;
export const LEVEL_C_DECRYPTION: i32 = 0x02;
export const LEVEL_R_MAC: i32 = 0x10;
export const LEVEL_R_ENCRYPTION: i32 = 0x20;
/** Set in `secureChannelLevel` once the host has proven itself. */
export const LEVEL_AUTHENTICATED: i32 = 0x80;

/** Data derivation constants of SCP03. 4.1.5, table 4-1. */
export const DERIVE_CARD_CRYPTOGRAM: u8 = 0x00;
export const DERIVE_HOST_CRYPTOGRAM: u8 = 0x01;
export const DERIVE_CARD_CHALLENGE: u8 = 0x02;
export const DERIVE_S_ENC: u8 = 0x04;
export const DERIVE_S_MAC: u8 = 0x06;
export const DERIVE_S_RMAC: u8 = 0x07;

/** Second byte of the derivation constants of SCP02 (the first is 01). GPC 2.3.1, E.4.1. */
export const DERIVE_SCP02: u8 = 0x01;
export const DERIVE_SCP02_C_MAC: u8 = 0x01;
export const DERIVE_SCP02_DEK: u8 = 0x81;
export const DERIVE_SCP02_ENC: u8 = 0x82;

/** Host challenge, both cryptograms and MACs in 8-byte mode and in SCP02. */
export const CHALLENGE_BYTES: i32 = 8;
export const CRYPTOGRAM_BYTES: i32 = 8;
export const MAC_BYTES: i32 = 8;
/** The same three with SCP03_S16. */
export const S16_BYTES: i32 = 16;
export const SEQUENCE_BYTES: i32 = 3;
export const KEY_DIVERSIFICATION_BYTES: i32 = 10;
/** The card's share of an SCP02 session: sequence counter 2, challenge 6. */
export const SCP02_SEQUENCE_BYTES: i32 = 2;
export const SCP02_CARD_CHALLENGE_BYTES: i32 = 6;

// Key types in PUT KEY and in the key information template. GPC 2.3.1, 11.1.8.
export const KEY_TYPE_DES: u8 = 0x80;
export const KEY_TYPE_AES: u8 = 0x88;
export const KEY_TYPE_ECC_PUBLIC: u8 = 0xb0;
export const KEY_TYPE_ECC_PARAMETERS: u8 = 0xf0;
/** Reference of the curve P-256 behind KEY_TYPE_ECC_PARAMETERS. */
export const KEY_PARAMETERS_P256: u8 = 0x00;

/** Keys of a secure channel by their identifiers. GPC 2.3.1, E.2 and Amendment D, 6.1. */
export const KEY_ENC: i32 = 1;
export const KEY_MAC: i32 = 2;
export const KEY_DEK: i32 = 3;

// What the keys of a set are, all of one form: the number that the store holds.
export const KEY_FORM_DES_16: i32 = 1;
export const KEY_FORM_AES_16: i32 = 2;
export const KEY_FORM_AES_24: i32 = 3;
export const KEY_FORM_AES_32: i32 = 4;
/** A public key: the point 04 ‖ x ‖ y. Alone in its set. */
export const KEY_FORM_P256: i32 = 5;

/** Bytes of one key of a KEY_FORM_*; 0 for a number that is no form. */
export function keyFormBytes(form: i32): i32 {
  if (form == KEY_FORM_DES_16) return 16;
  if (form == KEY_FORM_P256) return 65;
  return form >= KEY_FORM_AES_16 && form <= KEY_FORM_AES_32 ? form * 8 : 0;
}

/** Keys that a set of a form can have. */
export function keyFormKeys(form: i32): i32 {
  return form == KEY_FORM_P256 ? 1 : 3;
}

/** Version of the key that verifies DAP signatures: by custom, since GPC 2.3.1 names none. */
export const KVN_DAP: i32 = 0x73;
/** And of the issuer's key that verifies tokens. */
export const KVN_TOKEN: i32 = 0x70;
