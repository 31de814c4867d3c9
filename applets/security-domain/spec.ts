// Numbers of the issuer security domain. GlobalPlatform Card Specification 2.3.1 (GPC).

/** AID of the issuer security domain. GPC 2.3.1, H.1.3. */
export const AID_ISSUER_DOMAIN: string = "a000000151000000";

// Data objects. GPC 2.3.1, 11.3.3.1 and H.2.
export const TAG_42_IIN: u16 = 0x42;
export const TAG_45_CIN: u16 = 0x45;
export const TAG_66_CARD_DATA: u16 = 0x66;
export const TAG_73_CARD_RECOGNITION_DATA: u8 = 0x73;
/** A secure channel protocol within 73, and the object identifier in it. */
export const TAG_64_SECURE_CHANNEL: u8 = 0x64;
export const TAG_06_IDENTIFIER: u8 = 0x06;
export const TAG_E0_KEY_INFORMATION: u16 = 0xe0;
export const TAG_C0_KEY: u8 = 0xc0;
export const TAG_9F7F_CPLC: u16 = 0x9f7f;
/** Historical bytes of the card. ISO/IEC 7816-4:2020, 12.1.1. */
export const TAG_5F52_HISTORICAL_BYTES: u16 = 0x5f52;
/** Sequence counter of the default key version. GPC 2.3.1, 11.3.2.1. */
export const TAG_C1_SEQUENCE_COUNTER: u16 = 0xc1;
export const TAG_D3_SECURITY_LEVEL: u16 = 0xd3;
/** Not a tag: the applications of the domain. */
export const TAG_2F00_APPLICATIONS: u16 = 0x2f00;
/** Extended card resources information; its parts below. ETSI TS 102 226, 8.2.1.7.2. */
export const TAG_FF21_RESOURCES: u16 = 0xff21;
export const TAG_81_APPLICATIONS: u8 = 0x81;
export const TAG_82_FREE_STORE: u8 = 0x82;
export const TAG_83_FREE_RAM: u8 = 0x83;
/** Not in it, ours: bytes of the largest package that can still be loaded. */
export const TAG_C2_FREE_PACKAGES: u8 = 0xc2;
/** Longest value of one of these objects, bytes. */
export const MAX_DATA_OBJECT_BYTES: i32 = 42;

// FCI. GPC 2.3.1, 11.9.3.1.
export const TAG_6F_FCI: u8 = 0x6f;
export const TAG_84_AID: u8 = 0x84;
export const TAG_A5_PROPRIETARY: u8 = 0xa5;
export const TAG_9F65_MAXIMUM_LENGTH: u16 = 0x9f65;

// GET STATUS. GPC 2.3.1, 11.4.2 and 11.4.3. P1: runtime/spec/content.ts.
export const STATUS_TLV_FORMAT: u8 = 0x02;
/** Bit of P2: what did not fit into the answer before. */
export const STATUS_NEXT: u8 = 0x01;
export const TAG_E3_REGISTRY: u8 = 0xe3;
export const TAG_4F_AID: u8 = 0x4f;
export const TAG_9F70_LIFE_CYCLE: u16 = 0x9f70;
export const TAG_C5_PRIVILEGES: u8 = 0xc5;
export const TAG_C4_LOAD_FILE: u8 = 0xc4;
export const TAG_84_MODULE: u8 = 0x84;
export const TAG_CC_DOMAIN: u8 = 0xcc;
export const TAG_CE_VERSION: u8 = 0xce;
export const TAG_5C_TAGS: u8 = 0x5c;
export const TAG_61_APPLICATION: u8 = 0x61;

/** P2 of the form that loads, installs and makes selectable: its first and its last part. Table 11-42. */
export const INSTALL_COMBINED_FIRST: u8 = 0x01;
export const INSTALL_COMBINED_LAST: u8 = 0x03;

/** P1 of LOAD: the last block. GPC 2.3.1, table 11-57. */
export const LOAD_LAST: u8 = 0x80;

// DELETE. GPC 2.3.1, 11.2.2.
/** Bit of P2: also what came with or from it. */
export const DELETE_RELATED: u8 = 0x80;
export const TAG_D0_KEY_IDENTIFIER: u8 = 0xd0;
export const TAG_D2_KEY_VERSION: u8 = 0xd2;

// PUT KEY. GPC 2.3.1, 11.8.2: several keys, the first with identifier 1.
export const PUT_KEY_SET: u8 = 0x81;
/** Version of the keys that a blank comes with, by custom; PUT KEY gives 01 to 7F. */
export const INITIAL_KEY_VERSION: u8 = 0xff;
export const LAST_KEY_VERSION: u8 = 0x7f;

// STORE DATA: P1, bits to be added. GPC 2.3.1, table 11-89.
export const STORE_DATA_LAST: u8 = 0x80;
export const STORE_DATA_ENCRYPTED: u8 = 0x60;
export const STORE_DATA_BER_TLV: u8 = 0x10;
export const STORE_DATA_DGI: u8 = 0x08;
/** The command may be answered with data. */
export const STORE_DATA_CASE_4: u8 = 0x01;
