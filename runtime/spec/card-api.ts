// The card API: what an applet may ask of the kernel. One import, `card.call(operation, a, b, c, d)`;
// the SDK (`runtime/sdk`) gives each operation a name and says what a to d are. Unless said
// otherwise an operation answers a status word, SW_SUCCESS when it was done.

// The command and the response
export const CARD_COMMAND_READ: i32 = 0x01;
export const CARD_REPLY: i32 = 0x02;
export const CARD_REPLY_OBJECT: i32 = 0x03;
export const CARD_REPLY_CLEAR: i32 = 0x04;
export const CARD_REPLY_LENGTH: i32 = 0x05;
export const CARD_LOGICAL_CHANNEL: i32 = 0x06;
export const CARD_INTERFACE: i32 = 0x07;

// Objects of the store
export const CARD_OBJECT_CREATE: i32 = 0x10;
export const CARD_OBJECT_DELETE: i32 = 0x11;
export const CARD_OBJECT_SIZE: i32 = 0x12;
export const CARD_OBJECT_READ: i32 = 0x13;
export const CARD_OBJECT_WRITE: i32 = 0x14;
export const CARD_OBJECT_WRITE_COMMAND: i32 = 0x15;
export const CARD_OBJECT_RESIZE: i32 = 0x16;
export const CARD_TRANSACTION_BEGIN: i32 = 0x18;
export const CARD_TRANSACTION_COMMIT: i32 = 0x19;
export const CARD_TRANSACTION_ABORT: i32 = 0x1a;
export const CARD_COUNTER_CREATE: i32 = 0x1c;
export const CARD_COUNTER_UP: i32 = 0x1d;
export const CARD_COUNTER_READ: i32 = 0x1e;

// PINs
export const CARD_PIN_CREATE: i32 = 0x20;
export const CARD_PIN_VERIFY: i32 = 0x21;
export const CARD_PIN_TRIES: i32 = 0x22;
export const CARD_PIN_SET: i32 = 0x23;

// Keys
export const CARD_KEY_CREATE: i32 = 0x30;
export const CARD_KEY_CIPHER: i32 = 0x31;
export const CARD_KEY_DERIVE: i32 = 0x32;
export const CARD_KEY_ATTEMPT: i32 = 0x33;
export const CARD_KEY_SUCCEED: i32 = 0x34;
export const CARD_KEY_TRIES: i32 = 0x35;
export const CARD_RANDOM: i32 = 0x36;
export const CARD_KEY_FOLD: i32 = 0x37;
export const CARD_KEY_PAIR_CREATE: i32 = 0x38;
export const CARD_KEY_SIGN: i32 = 0x39;

// The secure channel of the applet's security domain
export const CARD_CHANNEL_INITIALIZE: i32 = 0x40;
export const CARD_CHANNEL_AUTHENTICATE: i32 = 0x41;
export const CARD_CHANNEL_LEVEL: i32 = 0x42;
export const CARD_CHANNEL_DECIPHER: i32 = 0x43;
export const CARD_CHANNEL_PARAMETER: i32 = 0x44;

// What only a security domain may ask
export const CARD_REGISTRY_READ: i32 = 0x50;
export const CARD_MODULE_READ: i32 = 0x51;
export const CARD_INSTALL: i32 = 0x52;
export const CARD_KEY_SET_CREATE: i32 = 0x53;
export const CARD_KEY_SET_PUT: i32 = 0x54;
export const CARD_KEY_SET_READ: i32 = 0x55;
export const CARD_HISTORICAL_BYTES: i32 = 0x56;
export const CARD_KEY_SET_COUNTER: i32 = 0x57;
export const CARD_LOAD_BLOCK: i32 = 0x58;
export const CARD_DELETE: i32 = 0x59;
export const CARD_STATUS_SET: i32 = 0x5a;
export const CARD_KEY_SET_DELETE: i32 = 0x5b;
export const CARD_MAY_CHANGE: i32 = 0x5c;
export const CARD_PERSONALIZE_FIND: i32 = 0x5d;
export const CARD_PERSONALIZE: i32 = 0x5e;
export const CARD_ROOM: i32 = 0x5f;

// The applet's own place on the card
export const CARD_SELF: i32 = 0x60;
export const CARD_LIFE_CYCLE: i32 = 0x61;
export const CARD_LIFE_CYCLE_SET: i32 = 0x62;
export const CARD_LOCK: i32 = 0x63;
export const CARD_TERMINATE: i32 = 0x64;

/** Number of the key that `CARD_KEY_DERIVE` or `CARD_KEY_FOLD` made for the instance; gone at deselect and reset. */
export const SESSION_KEY: i32 = 0xffff;

/** Objects of an applet are numbered 0 to this. */
export const MAX_OBJECT_NUMBER: i32 = 0xefff;

// Permitted uses of a key, checked by the kernel before each operation; bits, to be added.
export const KEY_USE_ENCRYPT: i32 = 0x01;
export const KEY_USE_DECRYPT: i32 = 0x02;
export const KEY_USE_DERIVE: i32 = 0x04;
/** Of the private key of a pair, and of nothing else. */
export const KEY_USE_SIGN: i32 = 0x08;

/** Longest PIN value, bytes. */
export const MAX_PIN_BYTES: i32 = 16;
/** What `CARD_PIN_TRIES` answers for a PIN that has no value. */
export const NO_PIN_SET: i32 = 16;
/** Longest key value, bytes. */
export const MAX_KEY_BYTES: i32 = 32;
/** Longest secret that a command brings at once: the values of a key in all its versions. */
export const MAX_SECRET_BYTES: i32 = 48;
/** Most bytes of command data and of response data, without the status word. */
export const MAX_COMMAND_BYTES: i32 = 1024;
export const MAX_RESPONSE_BYTES: i32 = 1024;

/** Value of an applet's `le` argument when the command had no Le field. */
export const LE_ABSENT: i32 = -1;

/** One row of `CARD_REGISTRY_READ`, bytes: an instance. */
export const REGISTRY_ROW_BYTES: i32 = 28;
export const REGISTRY_ROW_LIFE_CYCLE: i32 = 0; // u8
export const REGISTRY_ROW_PRIVILEGES: i32 = 1; // 3, the highest first
/** Index among the image's modules, or PACKAGE_MODULE + index of the package. */
export const REGISTRY_ROW_MODULE: i32 = 4; //     u8
/** Instance that is the associated security domain; the issuer's is its own. */
export const REGISTRY_ROW_DOMAIN: i32 = 5; //     u8
/** Implicit selection parameter. GPC 2.3.1, 11.1.7. */
export const REGISTRY_ROW_IMPLICIT: i32 = 6; //   u8
/** Share of the store in chunks, the lowest byte first; 0 for what the kernel grants to all. */
export const REGISTRY_ROW_QUOTA: i32 = 8; //      u16
export const REGISTRY_ROW_AID_LENGTH: i32 = 10; // u8
export const REGISTRY_ROW_AID: i32 = 11; //       16

/** One row of `CARD_MODULE_READ`, bytes: a load file and the one module in it. */
export const MODULE_ROW_BYTES: i32 = 36;
export const MODULE_ROW_AID_LENGTH: i32 = 0; //        u8, of the load file
export const MODULE_ROW_AID: i32 = 1; //               16
export const MODULE_ROW_MODULE_AID_LENGTH: i32 = 17; // u8
export const MODULE_ROW_MODULE_AID: i32 = 18; //       16
/** Instance that is the associated security domain. */
export const MODULE_ROW_DOMAIN: i32 = 34; //           u8
export const MODULE_ROW_FLAGS: i32 = 35; //            u8 MODULE_*

/** What `CARD_ROOM` tells: applications, bytes of the store and of the package region that are free. */
export const ROOM_APPLICATIONS: i32 = 0;
export const ROOM_STORE: i32 = 1;
export const ROOM_PACKAGES: i32 = 2;
