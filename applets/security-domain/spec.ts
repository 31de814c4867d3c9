// Numbers of the issuer security domain. GlobalPlatform Card Specification 2.3.1 (GPC).

/** AID of the issuer security domain. GPC 2.3.1, H.1.3. */
export const AID_ISSUER_DOMAIN: string = "a000000151000000";

// Data objects. GPC 2.3.1, 11.3.3.1 and H.2.
export const TAG_42_IIN: u16 = 0x42;
export const TAG_45_CIN: u16 = 0x45;
export const TAG_66_CARD_DATA: u16 = 0x66;
export const TAG_73_CARD_RECOGNITION_DATA: u8 = 0x73;
export const TAG_E0_KEY_INFORMATION: u16 = 0xe0;
export const TAG_C0_KEY: u8 = 0xc0;
export const TAG_9F7F_CPLC: u16 = 0x9f7f;
/** Historical bytes of the card. ISO/IEC 7816-4:2020, 12.1.1. */
export const TAG_5F52_HISTORICAL_BYTES: u16 = 0x5f52;
/** Longest value of one of these objects, bytes. */
export const MAX_DATA_OBJECT_BYTES: i32 = 42;

// FCI. GPC 2.3.1, 11.9.3.1.
export const TAG_6F_FCI: u8 = 0x6f;
export const TAG_84_AID: u8 = 0x84;
export const TAG_A5_PROPRIETARY: u8 = 0xa5;
export const TAG_9F65_MAXIMUM_LENGTH: u16 = 0x9f65;

// GET STATUS. GPC 2.3.1, 11.4.2 and 11.4.3.
export const STATUS_ISSUER_DOMAIN: u8 = 0x80;
export const STATUS_APPLICATIONS: u8 = 0x40;
export const STATUS_LOAD_FILES: u8 = 0x20;
export const STATUS_LOAD_FILES_AND_MODULES: u8 = 0x10;
export const STATUS_TLV_FORMAT: u8 = 0x02;
export const TAG_E3_REGISTRY: u8 = 0xe3;
export const TAG_4F_AID: u8 = 0x4f;
export const TAG_9F70_LIFE_CYCLE: u16 = 0x9f70;
export const TAG_C5_PRIVILEGES: u8 = 0xc5;
export const TAG_C4_LOAD_FILE: u8 = 0xc4;
export const TAG_84_MODULE: u8 = 0x84;
export const LIFE_CYCLE_LOADED: u8 = 0x01;
/** Card life cycle OP_READY. GPC 2.3.1, table 11-6. */
export const LIFE_CYCLE_OP_READY: u8 = 0x01;

// INSTALL. GPC 2.3.1, 11.5.2.
export const INSTALL_AND_MAKE_SELECTABLE: u8 = 0x0c;
export const TAG_C9_PARAMETERS: u8 = 0xc9;

// PUT KEY. GPC 2.3.1, 11.8.2: several keys, the first with identifier 1.
export const PUT_KEY_SET: u8 = 0x81;

// STORE DATA. GPC 2.3.1, 11.11.2: last block; plain BER-TLV.
export const STORE_DATA_LAST: u8 = 0x80;
export const STORE_DATA_BER_TLV: u8 = 0x10;
