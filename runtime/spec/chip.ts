// The chip boundary: numbers that the kernel and whoever implements its `chip` imports must agree on.

/** Interfaces of `reset`. */
export const INTERFACE_CONTACT: i32 = 0;
export const INTERFACE_CONTACTLESS: i32 = 1;

/**
 * Bytes of the buffer that `buffer` names: header, Lc and Le of 3 bytes each, MAX_COMMAND_BYTES of data.
 * The chip puts no longer command there.
 */
export const COMMAND_BUFFER_BYTES: i32 = 1034;

/** Block ciphers of the coprocessor. Key lengths: AES 16, 24, 32; TDES 16, 24; SM4 16 bytes. */
export const CIPHER_AES: i32 = 1;
export const CIPHER_TDES: i32 = 2;
export const CIPHER_SM4: i32 = 3;

/** Each block by itself. */
export const MODE_ECB: i32 = 0;
/** Chained; the caller gives one block of IV. */
export const MODE_CBC: i32 = 1;
/** CBC encryption of which only the last block is written. */
export const MODE_CBC_MAC: i32 = 2;

export const DIRECTION_ENCRYPT: i32 = 0;
export const DIRECTION_DECRYPT: i32 = 1;

/** Entries of an applet, by the number that `appletCall` takes; names: `entry-names.ts`. */
export const ENTRY_INSTALL: i32 = 0;
export const ENTRY_SELECT: i32 = 1;
export const ENTRY_DESELECT: i32 = 2;
export const ENTRY_PROCESS: i32 = 3;

/** What `appletCall` answers when the applet trapped, or was not running. */
export const APPLET_TRAPPED: i32 = -1;

/** Instances that can live on one card; 0 is the kernel itself. */
export const MAX_INSTANCES: i32 = 32;

/** Hashes of the coprocessor, and the bytes of their results. */
export const HASH_SHA1: i32 = 1; //   20
export const HASH_SHA256: i32 = 2; // 32
export const HASH_SHA384: i32 = 3; // 48
export const HASH_SHA512: i32 = 4; // 64
export const HASH_SM3: i32 = 5; //    32

/** Signatures that the coprocessor verifies. Key: the point 04 ‖ x ‖ y; signature: r ‖ s. */
export const SIGNATURE_ECDSA_P256: i32 = 1;
/** With the digest e = SM3(ZA ‖ message) of 32 bytes. This one the coprocessor makes too. */
export const SIGNATURE_SM2: i32 = 2;

/** Curves that the coprocessor makes key pairs on. None is the number of a block cipher. */
export const CURVE_SM2: i32 = 0x11;
/** Bytes of a private key, of a public point x ‖ y, of a digest to sign, of a signature r ‖ s. */
export const PRIVATE_KEY_BYTES: i32 = 32;
export const PUBLIC_KEY_BYTES: i32 = 64;
export const SIGNED_DIGEST_BYTES: i32 = 32;
export const SIGNATURE_BYTES: i32 = 64;
