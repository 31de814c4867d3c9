// Numbers of the social security application. Specification for social security cards, parts 3, 5, 7.

/** AID of the application environment: "sx1.sh.社会保障" in GBK. */
export const AID_SSSE: string = "7378312e73682ec9e7bbe1b1a3d5cf";

// Files of the application environment. V2.0, table 3.
export const FID_EF05_ISSUANCE: u16 = 0xef05;
export const FID_EF06_CARDHOLDER: u16 = 0xef06;
export const FID_EF07_FINGERPRINT: u16 = 0xef07;
export const FID_EF08_PORTRAIT: u16 = 0xef08;
export const SFI_ISSUANCE: u8 = 0x05;
export const SFI_CARDHOLDER: u8 = 0x06;
export const SFI_FINGERPRINT: u8 = 0x07;
export const SFI_PORTRAIT: u8 = 0x08;
export const PORTRAIT_BYTES: i32 = 0x1000;
export const FINGERPRINT_BYTES: i32 = 0x300;

// Data items. V2.0, table 9.
export const TAG_01_CARD_IDENTIFIER: u8 = 0x01;
export const TAG_02_CARD_CATEGORY: u8 = 0x02;
export const TAG_03_SPECIFICATION_VERSION: u8 = 0x03;
export const TAG_04_ISSUER_IDENTIFIER: u8 = 0x04;
export const TAG_05_ISSUE_DATE: u8 = 0x05;
export const TAG_06_EXPIRY_DATE: u8 = 0x06;
export const TAG_07_CARD_NUMBER: u8 = 0x07;
export const TAG_08_SOCIAL_SECURITY_NUMBER: u8 = 0x08;
export const TAG_09_NAME: u8 = 0x09;
export const TAG_4E_NAME_EXTENSION: u8 = 0x4e;
export const TAG_0A_SEX: u8 = 0x0a;
export const TAG_0B_ETHNIC_GROUP: u8 = 0x0b;
export const TAG_0C_BIRTHPLACE: u8 = 0x0c;
export const TAG_0D_BIRTH_DATE: u8 = 0x0d;

// Keys of the application environment. Part 5, table 14; part 9, appendix B.
export const KEY_IRK: u8 = 0x00;
export const KEY_STK: u8 = 0x02;
export const KEY_UKSSSE: u8 = 0x04;
export const KEY_BK: u8 = 0x05;
export const KEY_PUK: u8 = 0x06;
export const KEY_RKSSSE: u8 = 0x0a;
export const PIN_SSSE: u8 = 0x00;
/** STK of a DF. */
export const KEY_STK_OF_DF: u8 = 0x82;

// PINs, in cn. Part 5, 6.3 and 6.14.
export const LEAST_PIN_DIGITS: i32 = 4;
export const LEAST_PIN_BYTES: i32 = 2;
export const MOST_PIN_BYTES: i32 = 8;
/** Between the present and the new PIN of CHANGE PIN. */
export const PIN_SEPARATOR: u8 = 0xff;

/** Class of the maintenance commands that carry a MAC, and of updates that do. Part 5, 6. */
export const CLA_MAINTENANCE: u8 = 0x84;
export const CLA_UPDATE_WITH_MAC: u8 = 0x04;
/** MAC of a command. Part 4, 9. */
export const MAC_BYTES: i32 = 4;

// Status words of the specification alone. Part 5, table 5.
/** A record is not tag, length and value. */
export const SW_TLV_WRONG: u16 = 0x6a85;
/** The application was blocked for good. */
export const SW_APPLICATION_BLOCKED: u16 = 0x9303;

/** Grouping of personalization: algorithm indicator of the FCI, one byte. */
export const DGI_0086_ALGORITHM: u16 = 0x0086;
/** EF.DIR of the environment, which the FCI names by its short identifier. */
export const FID_DIR: u16 = 0x2f00;
export const TAG_88_DIR_SFI: u8 = 0x88;

// FCI of the application environment. Part 5, table 36.
/** SFI of the DIR file in the FCI: none on this card, which holds every application. */
export const TAG_9F0C_ISSUER_DATA: u16 = 0x9f0c;
export const TAG_86_ALGORITHM: u8 = 0x86;
export const ALGORITHM_TDES: u8 = 0x01;
export const ALGORITHM_SSF33: u8 = 0x02;
export const ALGORITHM_SM4: u8 = 0x03;

/** Authentication data and original data of INTERNAL and EXTERNAL AUTHENTICATE, bytes. */
export const AUTHENTICATION_BYTES: i32 = 8;

// Medical account. Part 5, 7; part 7, 11 and 12; V2.0, 8.5.3.
export const CLA_ACCOUNT: u8 = 0xb0;
/** Cyclic file beside the account: its transactions, the newest first. */
export const FID_EF08_TRANSACTIONS: u16 = 0xef08;
/** Record with all three amounts; one with the account's only: then the others are not kept. */
export const TRANSACTION_RECORD_BYTES: i32 = 28;
export const ACCOUNT_ONLY_RECORD_BYTES: i32 = 20;
// Keys of the account's DF.
export const KEY_DSK: u8 = 0x87;
export const KEY_DPK: u8 = 0x88;
export const KEY_DLK: u8 = 0x89;
export const KEY_DTK: u8 = 0x8a;
// Types of a transaction, ASCII. V2.0, table 51.
export const TRANSACTION_LOAD: u8 = 0x31;
export const TRANSACTION_PURCHASE: u8 = 0x32;
// Algorithm that INITIALIZE answers, as the PSAM is told it. Part 9, 6.2; SM4 stands beside SSF33, 02.
export const ACCOUNT_ALGORITHM_TDES: u8 = 0x00;
export const ACCOUNT_ALGORITHM_SM4: u8 = 0x03;
// P1 of INITIALIZE, and of STARTING DAY; P2 of INITIALIZE.
export const P1_LOAD: u8 = 0x00;
export const P1_PURCHASE: u8 = 0x01;
export const P1_UPDATE_STARTING_DAY: u8 = 0x00;
export const P1_GET_STARTING_DAY: u8 = 0x01;
export const P2_INITIALIZE: u8 = 0x01;
// P2 of GET BALANCE: the account (CIA), what was paid in the year by the person (SPIP), by the fund (SPFP).
export const P2_ACCOUNT_BALANCE: u8 = 0x01;
export const P2_YEAR_SELF_PAID: u8 = 0x02;
export const P2_YEAR_POOLED: u8 = 0x03;
// Bytes of command data.
export const INITIALIZE_FOR_LOAD_BYTES: i32 = 11;
export const CREDIT_FOR_LOAD_BYTES: i32 = 11;
export const INITIALIZE_FOR_PURCHASE_BYTES: i32 = 19;
export const DEBIT_FOR_PURCHASE_BYTES: i32 = 15;
/** MAC or TAC. */
export const TRANSACTION_MAC_BYTES: i32 = 4;
/**
 * DF (2) ‖ balance (4) ‖ paid by the person in the year (4) ‖ by the fund (4) ‖ year (2) ‖ starting day
 * (2, mmdd) [ ‖ purchases so far (2) ‖ loads so far (2) ].
 */
export const DGI_8400_MEDICAL_ACCOUNT: u16 = 0x8400;
