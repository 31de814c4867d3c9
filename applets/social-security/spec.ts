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
/** Class of the medical account's commands. Part 5, 7. */
export const CLA_ACCOUNT: u8 = 0xb0;
/** MAC of a command. Part 4, 9. */
export const MAC_BYTES: i32 = 4;

// Status words of the specification alone. Part 5, table 5.
/** A record is not tag, length and value. */
export const SW_TLV_WRONG: u16 = 0x6a85;
/** The application was blocked for good. */
export const SW_APPLICATION_BLOCKED: u16 = 0x9303;

/** Grouping of personalization: algorithm indicator of the FCI, one byte. */
export const DGI_0086_ALGORITHM: u16 = 0x0086;
/**
 * Grouping of personalization: DF (2) ‖ CIA balance (4) ‖ SPIP (4) ‖ SPFP (4) ‖ payment year (2) ‖ starting
 * day mmdd (2) of the medical account that the DF gets; the last two in BCD. V2.0, DF04.
 */
export const DGI_8400_MEDICAL_ACCOUNT: u16 = 0x8400;
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
