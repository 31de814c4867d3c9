// Numbers of the PSAM, the card inside a terminal. Specification for social security cards, part 9.

/** AID of the DES environment: "sx1.sh.社会保障" in GBK. */
export const AID_DES_ENVIRONMENT: string = "7378312e73682ec9e7bbe1b1a3d5cf";
/** AID of the environment with 16-byte blocks, "sx2.sh.社会保障": SSF33 in the text, SM4 here. */
export const AID_SM4_ENVIRONMENT: string = "7378322e73682ec9e7bbe1b1a3d5cf";
/** AID of the application in either environment. */
export const AID_PSAM: string = "d15600000590";

// Files of an environment; the short identifier is the low five bits. Tables 1 to 3.
export const FID_DIRECTORY: u16 = 0x0001;
/** Issuer (1) ‖ serial number (cn 10) ‖ version (1) ‖ type of the card (1) ‖ issuer's own (2). */
export const FID_PUBLIC: u16 = 0x0015;
/** Number of the terminal, cn 6: region (6 digits), then the issuer's own. */
export const FID_TERMINAL: u16 = 0x0016;
export const PUBLIC_BYTES: i32 = 15;
export const TERMINAL_BYTES: i32 = 6;
// The application and its files. Tables 4 to 7.
export const FID_APPLICATION: u16 = 0xdf01;
/** Terminal transaction number, 4 bytes: the one that the next purchase takes. */
export const FID_SEQUENCE: u16 = 0x0019;
export const SEQUENCE_BYTES: i32 = 4;
export const FID_NATIONAL: u16 = 0x001a;
export const FID_PROVINCIAL: u16 = 0x001b;
export const FID_CITY: u16 = 0x001c;
/** Index of the purchase key (1) ‖ version of the keys (1) ‖ valid from (cn 4) ‖ until (cn 4). */
export const LEVEL_FILE_BYTES: i32 = 10;

// Commands beside those of a file system. Part 9, chapter 9.
/** Class of DELIVERY SESSION KEY and INITIALIZE ENVIRONMENT. */
export const CLA_PSAM: u8 = 0xbf;
export const INS_DELIVER_SESSION_KEY: u8 = 0xde;
export const INS_INITIALIZE_ENVIRONMENT: u8 = 0xec;
export const INS_CIPHER_DATA: u8 = 0xfa;
export const INS_INIT_SAM_FOR_PURCHASE: u8 = 0x70;
export const P1_INIT_SAM_FOR_PURCHASE: u8 = 0x01;
export const INS_CREDIT_SAM_FOR_PURCHASE: u8 = 0x72;

// P1 of CIPHER DATA. Table 25.
export const P1_LAST_TO_ENCIPHER: u8 = 0x00;
export const P1_LAST_OF_MAC: u8 = 0x01;
export const P1_MORE_TO_ENCIPHER: u8 = 0x02;
export const P1_NEXT_OF_MAC: u8 = 0x03;
export const P1_WHOLE_MAC: u8 = 0x05;
export const P1_FIRST_OF_MAC: u8 = 0x07;

// Usage of a key: bits 8-6 how many levels lie between it and the card's key, bits 5-1 its type. 6.2.
export const USAGE_LEVEL_SHIFT: u8 = 5;
export const USAGE_TYPE_MASK: u8 = 0x1f;
export const MAX_LEVEL: i32 = 3;
export const TYPE_PURCHASE: u8 = 2;
export const TYPE_MAC: u8 = 6;
export const TYPE_ENCIPHER: u8 = 7;
export const TYPE_MAC_AND_ENCIPHER: u8 = 8;
export const TYPE_LOAD: u8 = 9;
export const TYPE_TAC: u8 = 12;

// Algorithm of a key. 6.2; SM4 stands beside SSF33, which has 02.
export const KEY_TDES: u8 = 0x00;
export const KEY_DES: u8 = 0x01;
export const KEY_SSF33: u8 = 0x02;
export const KEY_SM4: u8 = 0x03;

/** Bytes of a factor of diversification, of a MAC, and of INIT SAM FOR PURCHASE without factors. */
export const FACTOR_BYTES: i32 = 8;
export const MAC_BYTES: i32 = 4;
export const PURCHASE_BYTES: i32 = 28;

// Keys of the PSAM itself, by the references of EXTERNAL AUTHENTICATE. Chapter 5; appendix A.
/** DDF-MK, of the environment: its files are updated with it. */
export const KEY_DDF_MASTER: u8 = 0x00;
/** KID-01 to KID-03, of the application: 001A, 001B and 001C are updated with them. */
export const KEY_NATIONAL: u8 = 0x81;
export const KEY_PROVINCIAL: u8 = 0x82;
export const KEY_CITY: u8 = 0x83;

// Data grouping of STORE DATA beside those of the file system.
/**
 * A key for user cards: usage ‖ identifier or version ‖ algorithm ‖ rights (2, 0000) ‖ length of the
 * value ‖ value under the DEK, padded to 16. The value has 16 bytes, of KEY_DES twice the same 8.
 */
export const DGI_8001_USER_CARD_KEY: u16 = 0x8001;
/** Bytes before the value. */
export const KEY_RECORD_BYTES: i32 = 6;

/** Algorithm of the environment, 1 byte; SM4 without it. Its files come after it, and its keys. */
export const DGI_0086_ALGORITHM: u16 = 0x0086;

// FCI of an environment. Part 5, table 36.
export const TAG_9F0C_ISSUER_DATA: u16 = 0x9f0c;
export const TAG_86_ALGORITHM: u8 = 0x86;
export const ALGORITHM_TDES: u8 = 0x01;
export const ALGORITHM_SM4: u8 = 0x03;
