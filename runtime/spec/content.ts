// INSTALL: its forms and the tags of its parameters. GlobalPlatform Card Specification 2.3.1, 11.5.2.

// P1, table 11-41; bits, to be added.
export const INSTALL_FOR_LOAD: i32 = 0x02;
export const INSTALL_FOR_INSTALL: i32 = 0x04;
export const INSTALL_FOR_MAKE_SELECTABLE: i32 = 0x08;
export const INSTALL_AND_MAKE_SELECTABLE: i32 = 0x0c;
export const INSTALL_FOR_EXTRADITION: i32 = 0x10;
export const INSTALL_FOR_PERSONALIZATION: i32 = 0x20;
export const INSTALL_FOR_REGISTRY_UPDATE: i32 = 0x40;

// Tags of parameters, tables 11-48 and 11-49.
export const TAG_C9_PARAMETERS: u8 = 0xc9;
export const TAG_EF_SYSTEM_PARAMETERS: u8 = 0xef;
/** Bytes of code that a load needs, and bytes of the store that an instance may use; 2 or 4 bytes. */
export const TAG_C6_CODE_BYTES: u8 = 0xc6;
export const TAG_C8_QUOTA: u8 = 0xc8;
export const TAG_CF_IMPLICIT_SELECTION: u8 = 0xcf;
/** Functions to be taken from a domain for good. */
export const TAG_D9_RESTRICT: u8 = 0xd9;

/** Delete token, the last field of DELETE. 11.2.2.3.1. */
export const TAG_9E_TOKEN: u8 = 0x9e;

// P1 of SET STATUS and GET STATUS, tables 11-32 and 11-84.
export const STATUS_ISSUER_DOMAIN: i32 = 0x80;
export const STATUS_APPLICATIONS: i32 = 0x40;
export const STATUS_DOMAIN_AND_ITS_APPLICATIONS: i32 = 0x60;
export const STATUS_LOAD_FILES: i32 = 0x20;
export const STATUS_LOAD_FILES_AND_MODULES: i32 = 0x10;
