// Instruction bytes. ISO/IEC 7816-4:2020, table 4; GPC 2.3.1, table 11-1.

// Of the social security card, part 5: APPLICATION BLOCK, CARD BLOCK, PIN CHANGE/UNBLOCK, CHANGE PIN.
export const INS_CARD_BLOCK: u8 = 0x16;
export const INS_APPLICATION_BLOCK: u8 = 0x1e;
export const INS_VERIFY: u8 = 0x20;
export const INS_PIN_CHANGE_UNBLOCK: u8 = 0x24;
export const INS_CHANGE_PIN: u8 = 0x5e;
export const INS_INITIALIZE_UPDATE: u8 = 0x50;
export const INS_EXTERNAL_AUTHENTICATE: u8 = 0x82;
export const INS_GET_CHALLENGE: u8 = 0x84;
export const INS_INTERNAL_AUTHENTICATE: u8 = 0x88;
export const INS_SELECT: u8 = 0xa4;
export const INS_READ_BINARY: u8 = 0xb0;
export const INS_READ_RECORD: u8 = 0xb2;
export const INS_GET_RESPONSE: u8 = 0xc0;
export const INS_GET_DATA: u8 = 0xca;
export const INS_GET_DATA_ODD: u8 = 0xcb;
export const INS_UPDATE_BINARY: u8 = 0xd6;
export const INS_PUT_KEY: u8 = 0xd8;
export const INS_PUT_DATA: u8 = 0xda;
export const INS_UPDATE_RECORD: u8 = 0xdc;
export const INS_CREATE_FILE: u8 = 0xe0;
export const INS_APPEND_RECORD: u8 = 0xe2;
/** The same byte as APPEND RECORD; the class byte (80) tells them apart. GPC 2.3.1, 11.11. */
export const INS_STORE_DATA: u8 = 0xe2;
export const INS_DELETE: u8 = 0xe4;
export const INS_INSTALL: u8 = 0xe6;
export const INS_LOAD: u8 = 0xe8;
export const INS_SET_STATUS: u8 = 0xf0;
export const INS_GET_STATUS: u8 = 0xf2;
export const INS_MANAGE_CHANNEL: u8 = 0x70;

// Medical account of social security cards, class B0. Part 5, 7.
export const INS_GET_BALANCE: u8 = 0x26;
/** INITIALIZE FOR LOAD and INITIALIZE FOR PURCHASE; P1 tells them apart. */
export const INS_INITIALIZE_TRANSACTION: u8 = 0x28;
export const INS_CREDIT_FOR_LOAD: u8 = 0x2a;
export const INS_DEBIT_FOR_PURCHASE: u8 = 0x2c;
export const INS_GET_TRANSACTION_PROOF: u8 = 0x2e;
/** UPDATE and GET STARTING DAY; P1 tells them apart. */
export const INS_STARTING_DAY: u8 = 0x56;

/** P1 of SELECT: by AID or DF name. ISO/IEC 7816-4:2020, table 62. */
export const P1_SELECT_BY_NAME: u8 = 0x04;

/** Class byte bit 5: more commands of the chain follow. ISO/IEC 7816-4:2020, 5.4.1. */
export const CLA_CHAINING: u8 = 0x10;
/** MANAGE CHANNEL: P1 opens or closes. ISO/IEC 7816-4:2020, 11.1.2. */
export const P1_OPEN_CHANNEL: u8 = 0x00;
export const P1_CLOSE_CHANNEL: u8 = 0x80;

/** Proprietary class, as GlobalPlatform commands use it. GPC 2.3.1, 11.1.4. */
export const CLA_PROPRIETARY: u8 = 0x80;
/** Secure messaging: bit 3 in an interindustry or GlobalPlatform class byte. */
export const CLA_SECURE: u8 = 0x04;
