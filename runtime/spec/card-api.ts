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

// Keys
export const CARD_KEY_CREATE: i32 = 0x30;
export const CARD_KEY_CIPHER: i32 = 0x31;
export const CARD_KEY_DERIVE: i32 = 0x32;
export const CARD_KEY_ATTEMPT: i32 = 0x33;
export const CARD_KEY_SUCCEED: i32 = 0x34;
export const CARD_KEY_TRIES: i32 = 0x35;
export const CARD_RANDOM: i32 = 0x36;

// The secure channel of the applet's security domain
export const CARD_CHANNEL_INITIALIZE: i32 = 0x40;
export const CARD_CHANNEL_AUTHENTICATE: i32 = 0x41;
export const CARD_CHANNEL_LEVEL: i32 = 0x42;

// What only a security domain may ask
export const CARD_REGISTRY_READ: i32 = 0x50;
export const CARD_MODULE_READ: i32 = 0x51;
export const CARD_INSTALL: i32 = 0x52;
export const CARD_KEY_SET_CREATE: i32 = 0x53;
export const CARD_KEY_SET_PUT: i32 = 0x54;
export const CARD_KEY_SET_READ: i32 = 0x55;
export const CARD_HISTORICAL_BYTES: i32 = 0x56;

/** Number of the key that `CARD_KEY_DERIVE` made for the instance; gone at deselect and reset. */
export const SESSION_KEY: i32 = 0xffff;

/** Objects of an applet are numbered 0 to this. */
export const MAX_OBJECT_NUMBER: i32 = 0xefff;

// Permitted uses of a key, checked by the kernel before each operation; bits, to be added.
export const KEY_USE_ENCRYPT: i32 = 0x01;
export const KEY_USE_DECRYPT: i32 = 0x02;
export const KEY_USE_DERIVE: i32 = 0x04;

/** Longest PIN value, bytes. */
export const MAX_PIN_BYTES: i32 = 16;
/** Longest key value, bytes. */
export const MAX_KEY_BYTES: i32 = 32;
/** Most bytes of command data and of response data, without the status word. */
export const MAX_COMMAND_BYTES: i32 = 1024;
export const MAX_RESPONSE_BYTES: i32 = 1024;

/** Value of an applet's `le` argument when the command had no Le field. */
export const LE_ABSENT: i32 = -1;

/** One row of `CARD_REGISTRY_READ`: 24 bytes. */
export const REGISTRY_ROW_BYTES: i32 = 24;
export const REGISTRY_ROW_LIFE_CYCLE: i32 = 0;
export const REGISTRY_ROW_PRIVILEGES: i32 = 1;
export const REGISTRY_ROW_MODULE: i32 = 4;
export const REGISTRY_ROW_AID_LENGTH: i32 = 5;
export const REGISTRY_ROW_AID: i32 = 6;
