// Numbers of the ISO/IEC 7816-4 file system, shared with whoever personalizes it.

/** File identifier of the root. ISO/IEC 7816-4:2020, 7.4.1. */
export const FID_MF: u16 = 0x3f00;
/** Reserved identifiers that no file may have. */
export const FID_RESERVED_CURRENT: u16 = 0x3fff;
export const FID_RESERVED: u16 = 0xffff;

// File descriptor byte. ISO/IEC 7816-4:2020, table 12.
export const FILE_DF: u8 = 0x38;
export const FILE_TRANSPARENT: u8 = 0x01;
export const FILE_LINEAR_FIXED: u8 = 0x02;
export const FILE_LINEAR_VARIABLE: u8 = 0x04;
export const FILE_CYCLIC: u8 = 0x06;
/** Data coding byte that goes with a record structure. */
export const DATA_CODING: u8 = 0x21;

// File control parameters. ISO/IEC 7816-4:2020, table 10.
export const TAG_62_FCP: u8 = 0x62;
export const TAG_6F_FCI: u8 = 0x6f;
export const TAG_80_SIZE: u8 = 0x80;
export const TAG_82_FILE_DESCRIPTOR: u8 = 0x82;
export const TAG_83_FILE_IDENTIFIER: u8 = 0x83;
export const TAG_84_DF_NAME: u8 = 0x84;
export const TAG_88_SHORT_IDENTIFIER: u8 = 0x88;
export const TAG_8A_LIFE_CYCLE: u8 = 0x8a;
export const TAG_A5_PROPRIETARY: u8 = 0xa5;
/** Security attribute in our own format: read, update, append, each mode ‖ PIN ‖ key reference. */
export const TAG_86_SECURITY_ATTRIBUTE: u8 = 0x86;
export const LIFE_CYCLE_ACTIVATED: u8 = 0x05;

// P1 of SELECT beside P1_SELECT_BY_NAME: how the file is named. ISO/IEC 7816-4:2020, table 62.
/** In the current DF, the DF itself, or beside it. */
export const P1_SELECT_BY_FID: u8 = 0x00;
export const P1_SELECT_CHILD_DF: u8 = 0x01;
export const P1_SELECT_EF: u8 = 0x02;
export const P1_SELECT_PARENT_DF: u8 = 0x03;
export const P1_SELECT_PATH_FROM_MF: u8 = 0x08;
export const P1_SELECT_PATH_FROM_DF: u8 = 0x09;
/** P2 bits 2-1 of SELECT: the next occurrence instead of the first. */
export const P2_NEXT: u8 = 0x02;
// P2 bits 4-3 of SELECT: what it answers; else the FCI. ISO/IEC 7816-4:2020, table 63.
export const P2_FCP: u8 = 0x04;
export const P2_NO_ANSWER: u8 = 0x0c;

// Modes of an access condition.
export const ACCESS_FREE: u8 = 0x00;
export const ACCESS_PIN: u8 = 0x01;
export const ACCESS_KEY: u8 = 0x02;
export const ACCESS_PIN_OR_KEY: u8 = 0x03;
export const ACCESS_PIN_AND_KEY: u8 = 0x04;
export const ACCESS_NEVER: u8 = 0xff;
/** Bytes of one condition, and of the three of a file. */
export const CONDITION_BYTES: i32 = 3;
export const CONDITIONS_BYTES: i32 = 9;
// Offsets of the conditions of a file.
export const CONDITION_READ: i32 = 0;
export const CONDITION_UPDATE: i32 = 3;
export const CONDITION_APPEND: i32 = 6;

/** Bit of a PIN or key reference: of the current DF; without it, of the root. */
export const REFERENCE_LOCAL: u8 = 0x80;
/** PIN references are 0 to 15, key references 0 to 31, each with or without REFERENCE_LOCAL. */
export const MAX_PIN_REFERENCE: u8 = 0x0f;
export const MAX_KEY_REFERENCE: u8 = 0x1f;

// Data groupings of STORE DATA.
/** Parent DF (2) ‖ FCP template. */
export const DGI_6200_CREATE_FILE: u16 = 0x6200;
/** DF (2) ‖ EF (2) ‖ offset (2) ‖ bytes. */
export const DGI_7001_TRANSPARENT_DATA: u16 = 0x7001;
/** DF (2) ‖ EF (2) ‖ record: appended. */
export const DGI_7002_RECORD: u16 = 0x7002;
/**
 * DF (2) ‖ reference ‖ CIPHER_* ‖ KEY_USE_* ‖ tries | versions << 4 ‖ length of all values ‖ values under
 * the DEK, that of version 1 first; 0 versions are one.
 */
export const DGI_8000_KEY: u16 = 0x8000;
/** DF (2) ‖ reference ‖ tries ‖ length ‖ value under the DEK. */
export const DGI_8010_PIN: u16 = 0x8010;
/** Empty: personalization ends. */
export const DGI_7FFF_ACTIVATE: u16 = 0x7fff;

// P1 of STORE DATA. GPC 2.3.1, 11.11.2.1.
export const STORE_DATA_LAST: u8 = 0x80;
export const STORE_DATA_FORMAT_MASK: u8 = 0x18;
export const STORE_DATA_FORMAT_DGI: u8 = 0x08;
export const STORE_DATA_FORMAT_BER_TLV: u8 = 0x10;

/** Most files of one file system, the root counted. */
export const MAX_FILES: i32 = 64;
/** Longest record, bytes. */
export const MAX_RECORD_BYTES: i32 = 254;
