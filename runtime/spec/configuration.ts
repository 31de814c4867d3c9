// The configuration block: the constant part of an image that the kernel reads at boot through
// `chip.configurationRead`. BER-TLV, written by the assembler, in this order:
//
//   80 02  page size in bytes (big-endian)      81 02  number of pages
//   82 L   historical bytes (0 to 15) of a blank
//   83 L   contact: T0 with low nibble 0, then the interface bytes TA1, TB1, ... of the ATR
//   84 L   contactless: T0, TA, TB, TC of the ATS (T0 names which of them follow)
//   8A 01  logical channels (1 to MAX_CHANNELS)
//   8B 02  pages for loaded packages, behind those of the store
//   8C L   secure channels: two bytes each, SCP identifier and parameter i; none other is spoken
//   92 04  bytes of RAM for instances that run, all together
//   E1 L   one for each applet module, in the order of their indexes:
//            4F L  AID of the executable module   85 02  bytes of RAM   89 01  MODULE_* flags
//   E2 L   one for each instance that a blank installs at its first boot:
//            4F L  AID   86 01  module index   87 03  privileges   88 L  install parameters
//            90 02 quota of the store, in chunks of 100 bytes (0: that of the kernel)
//            91 01 implicit selection parameter (GPC 2.3.1, 11.1.7), 0 for none

export const TAG_80_PAGE_SIZE: u8 = 0x80;
export const TAG_81_PAGE_COUNT: u8 = 0x81;
export const TAG_82_HISTORICAL_BYTES: u8 = 0x82;
export const TAG_83_ATR_INTERFACE_BYTES: u8 = 0x83;
export const TAG_84_ATS_INTERFACE_BYTES: u8 = 0x84;
export const TAG_8A_CHANNELS: u8 = 0x8a;
export const TAG_8B_PACKAGE_PAGES: u8 = 0x8b;
export const TAG_8C_SECURE_CHANNELS: u8 = 0x8c;
export const TAG_92_APPLET_RAM: u8 = 0x92;
export const TAG_E1_MODULE: u8 = 0xe1;
export const TAG_E2_INSTANCE: u8 = 0xe2;
export const TAG_4F_AID: u8 = 0x4f;
export const TAG_85_RAM: u8 = 0x85;
export const TAG_86_MODULE_INDEX: u8 = 0x86;
export const TAG_87_PRIVILEGES: u8 = 0x87;
export const TAG_88_PARAMETERS: u8 = 0x88;
export const TAG_89_FLAGS: u8 = 0x89;
export const TAG_90_QUOTA: u8 = 0x90;
export const TAG_91_IMPLICIT_SELECTION: u8 = 0x91;

/** The module's instances can be selected on several channels at once. GPC 2.3.1, 6.2. */
export const MODULE_MULTISELECTABLE: u8 = 0x01;
/** The module is trusted to be a security domain; only an image can say so. */
export const MODULE_SECURITY_DOMAIN: u8 = 0x02;
/** Its instances keep their RAM until the next reset, also while they are selected nowhere. */
export const MODULE_RESIDENT: u8 = 0x04;

/** Most logical channels. ISO/IEC 7816-4:2020, 5.4.1. */
export const MAX_CHANNELS: i32 = 20;
/** Packages that can be loaded after issuance; their module numbers begin with PACKAGE_MODULE. */
export const MAX_PACKAGES: i32 = 16;
export const PACKAGE_MODULE: i32 = 0x80;

/** Largest configuration block, and most modules that an image carries. */
export const MAX_CONFIGURATION_BYTES: i32 = 2048;
export const MAX_MODULES: i32 = 16;
/** An AID has 5 to 16 bytes. ISO/IEC 7816-4:2020, 12.2.3. */
export const MIN_AID_BYTES: i32 = 5;
export const MAX_AID_BYTES: i32 = 16;
