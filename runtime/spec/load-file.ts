// The load file: what LOAD brings, a package for the card. GPC 2.3.1, 11.6.2.3; BER-TLV.
//
//   E2 L   DAP block, none or several: 4F L AID of a security domain ‖ C3 L its signature over the hash
//   C4 L   load file data block; its hash (over the value alone) is the load file data block hash:
//            E1 L  4F L  AID of the module, and of the load file
//                  85 02 bytes of RAM   8F 02 bytes of stack   89 01 MODULE_* flags
//            the WebAssembly module, to the end
//
// 4F, 85, 89 and E1 are those of the configuration block.
export const TAG_E2_DAP_BLOCK: u8 = 0xe2;
export const TAG_C3_SIGNATURE: u8 = 0xc3;
export const TAG_C4_DATA_BLOCK: u8 = 0xc4;
export const TAG_8F_STACK: u8 = 0x8f;
