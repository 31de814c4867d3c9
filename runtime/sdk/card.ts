// The card API as an applet sees it. Pointers are the applet's own RAM; the kernel checks each one
// and answers 6F00 for a range outside it. Numbers of objects are 0 to MAX_OBJECT_NUMBER, per applet.

import * as api from "../spec/card-api.ts";

// @ts-ignore: decorator
@external("card", "call")
declare function call(operation: i32, a: i32, b: i32, c: i32, d: i32): i32;

// The command and the response

/** Copies `length` bytes of command data from `offset` to `to`. */
export function readCommand(offset: i32, to: usize, length: i32): u16 {
  return call(api.CARD_COMMAND_READ, offset, to as i32, length, 0) as u16;
}

/** Adds `length` bytes to the response; 6700 above MAX_RESPONSE_BYTES. */
export function replyBytes(from: usize, length: i32): u16 {
  return call(api.CARD_REPLY, from as i32, length, 0, 0) as u16;
}

/** Adds bytes of a data object to the response; 6B00 outside it. */
export function replyObject(number: i32, offset: i32, length: i32): u16 {
  return call(api.CARD_REPLY_OBJECT, number, offset, length, 0) as u16;
}

/** Drops the response data so far. */
export function clearReply(): void {
  call(api.CARD_REPLY_CLEAR, 0, 0, 0, 0);
}

/** Bytes of response data so far. */
export function replyLength(): i32 {
  return call(api.CARD_REPLY_LENGTH, 0, 0, 0, 0);
}

// Objects of the store: each write is atomic; several between begin and commit are atomic together

/** Makes a data object of `size` zero bytes. 6A89 when it exists, 6A84 without room. */
export function createObject(number: i32, size: i32): u16 {
  return call(api.CARD_OBJECT_CREATE, number, size, 0, 0) as u16;
}

/** Deletes an object. 6A88 when there is none, 6985 for a counter: only its instance takes it along. */
export function deleteObject(number: i32): u16 {
  return call(api.CARD_OBJECT_DELETE, number, 0, 0, 0) as u16;
}

/** Bytes of a data object, or -1 when there is none. */
export function sizeOfObject(number: i32): i32 {
  return call(api.CARD_OBJECT_SIZE, number, 0, 0, 0);
}

/**
 * Gives a data object another size: what it loses is gone, what it gains is zeros. 6A88 without it, 6A84
 * without room or when the open transaction cannot hold it.
 */
export function resizeObject(number: i32, size: i32): u16 {
  return call(api.CARD_OBJECT_RESIZE, number, size, 0, 0) as u16;
}

/** Reads from a data object into RAM. 6A88 without it, 6B00 outside it. */
export function readObject(number: i32, offset: i32, to: usize, length: i32): u16 {
  return call(api.CARD_OBJECT_READ, number, offset, to as i32, length) as u16;
}

/** Writes RAM to a data object. 6A88, 6B00, or 6A84 when the open transaction cannot hold it. */
export function writeObject(number: i32, offset: i32, from: usize, length: i32): u16 {
  return call(api.CARD_OBJECT_WRITE, number, offset, from as i32, length) as u16;
}

/** Writes command data from `dataOffset` to a data object, without a copy in the applet. */
export function writeObjectFromCommand(
  number: i32,
  offset: i32,
  dataOffset: i32,
  length: i32,
): u16 {
  return call(api.CARD_OBJECT_WRITE_COMMAND, number, offset, dataOffset, length) as u16;
}

/** Opens a transaction. What is not committed when the command ends is taken back. */
export function begin(): u16 {
  return call(api.CARD_TRANSACTION_BEGIN, 0, 0, 0, 0) as u16;
}
export function commit(): u16 {
  return call(api.CARD_TRANSACTION_COMMIT, 0, 0, 0, 0) as u16;
}
export function abort(): u16 {
  return call(api.CARD_TRANSACTION_ABORT, 0, 0, 0, 0) as u16;
}

// Counters: they go up by one, are never taken back, and end at MAX_COUNTER

/** Makes a counter that stands at 0. 6A89 when the number is taken, 6A84 without room. */
export function createCounter(number: i32): u16 {
  return call(api.CARD_COUNTER_CREATE, number, 0, 0, 0) as u16;
}

/** Adds one. 6A88 without such a counter, 6985 inside a transaction, 6A84 at its end. */
export function countUp(number: i32): u16 {
  return call(api.CARD_COUNTER_UP, number, 0, 0, 0) as u16;
}

/** What a counter stands at, or -1 when there is none. */
export function readCounter(number: i32): i32 {
  return call(api.CARD_COUNTER_READ, number, 0, 0, 0);
}

// PINs and keys. Secrets come in command data: plain during `install`, else enciphered under the DEK
// of the secure channel and padded with zeros to 16 bytes

/** Makes a PIN of `length` bytes with 1 to 15 tries. */
export function createPin(number: i32, tries: i32, dataOffset: i32, length: i32): u16 {
  return call(api.CARD_PIN_CREATE, number, tries, dataOffset, length) as u16;
}

/** Compares command data with a PIN: 9000, 63Cx, 6983 blocked, 6A88 no such PIN. Spends a try first. */
export function verifyPin(number: i32, dataOffset: i32, length: i32): u16 {
  return call(api.CARD_PIN_VERIFY, number, dataOffset, length, 0) as u16;
}

/** Tries left of a PIN, NO_PIN_SET when it has no value, or -1 when there is none. */
export function pinTries(number: i32): i32 {
  return call(api.CARD_PIN_TRIES, number, 0, 0, 0);
}

/** Gives a PIN all its tries back and its value as it is. 6A88 without it. */
export function unblockPin(number: i32): u16 {
  return call(api.CARD_PIN_SET, number, 0, 0, 1) as u16;
}

/**
 * Gives a PIN `length` bytes of RAM as its value, 0 bytes for none, and all its tries, at once. 6A80 for
 * more than MAX_PIN_BYTES, 6A88 without it.
 */
export function setPin(number: i32, from: usize, length: i32): u16 {
  return call(api.CARD_PIN_SET, number, from as i32, length, 0) as u16;
}

/**
 * Makes a key for a CIPHER_* with KEY_USE_* and a number of tries (0 = unlimited). `length` counts the
 * values of all versions, that of version 1 first; 48 bytes at most.
 */
export function createKey(
  number: i32,
  cipher: i32,
  uses: i32,
  tries: i32,
  dataOffset: i32,
  length: i32,
  versions: i32 = 1,
): u16 {
  const how = cipher | (uses << 8) | (tries << 16) | (versions << 24);
  return call(api.CARD_KEY_CREATE, number, how, dataOffset, length) as u16;
}

/**
 * Runs a key over up to 64 bytes of RAM in place, IV zero; CBC-MAC leaves its one block there. `version`
 * counts from 1, 0 is the first; 6A88 without it.
 */
export function cipher(
  number: i32,
  mode: i32,
  direction: i32,
  at: usize,
  length: i32,
  version: i32 = 0,
): u16 {
  const how = mode | (direction << 8) | (version << 16);
  return call(api.CARD_KEY_CIPHER, number, how, at as i32, length) as u16;
}

/**
 * Enciphers `length` bytes under a key (SESSION_KEY itself too) and keeps the result as the key
 * SESSION_KEY until the applet is deselected; 8 bytes under TDES become single DES. 6985 while four
 * other applets have one.
 */
export function deriveSessionKey(number: i32, from: usize, length: i32, version: i32 = 0): u16 {
  return call(api.CARD_KEY_DERIVE, number, from as i32, length, version) as u16;
}

/** Makes a key itself the SESSION_KEY: TDES of 16 bytes as single DES with the XOR of its halves. */
export function foldSessionKey(number: i32, version: i32 = 0): u16 {
  return call(api.CARD_KEY_FOLD, number, version, 0, 0) as u16;
}

/** Spends a try of a key before what it must decide; 6983 when none is left. */
export function attemptKey(number: i32): u16 {
  return call(api.CARD_KEY_ATTEMPT, number, 0, 0, 0) as u16;
}

/** Gives the tries of a key back. */
export function succeedKey(number: i32): u16 {
  return call(api.CARD_KEY_SUCCEED, number, 0, 0, 0) as u16;
}

/** Tries left of a key (15 without a limit), or -1 when there is none. */
export function keyTries(number: i32): i32 {
  return call(api.CARD_KEY_TRIES, number, 0, 0, 0);
}

/**
 * Makes a key pair on SM2's curve, or a new one in its place at once, and puts its public point x ‖ y
 * (64 bytes) at `to`. 6A89 when the number is another object's, 6A84 without room.
 */
export function createKeyPair(number: i32, to: usize): u16 {
  return call(api.CARD_KEY_PAIR_CREATE, number, to as i32, 0, 0) as u16;
}

/**
 * Signs the 32 bytes at `digest` with the private key of a pair by SM2; r ‖ s (64 bytes) goes to `to`.
 * 6A88 without a key of that number, 6985 for one of a block cipher.
 */
export function sign(number: i32, digest: usize, to: usize): u16 {
  return call(api.CARD_KEY_SIGN, number, digest as i32, to as i32, 0) as u16;
}

/** Fills up to 100 bytes with random numbers. */
export function random(to: usize, length: i32): u16 {
  return call(api.CARD_RANDOM, to as i32, length, 0, 0) as u16;
}

// The secure channel of the card's issuer domain

/** Does the INITIALIZE UPDATE in hand and adds its response; 6985 in another command, or twice. */
export function initializeUpdate(): u16 {
  return call(api.CARD_CHANNEL_INITIALIZE, 0, 0, 0, 0) as u16;
}

/** Does the EXTERNAL AUTHENTICATE in hand; 6985 in another command. */
export function externalAuthenticate(): u16 {
  return call(api.CARD_CHANNEL_AUTHENTICATE, 0, 0, 0, 0) as u16;
}

/** LEVEL_* of the open session with LEVEL_AUTHENTICATED; 0 without one. */
export function secureChannelLevel(): i32 {
  return call(api.CARD_CHANNEL_LEVEL, 0, 0, 0, 0);
}

/** Parameter i of a secure channel protocol (SCP02, SCP03) that the card speaks, or -1. */
export function secureChannelParameter(protocol: i32): i32 {
  return call(api.CARD_CHANNEL_PARAMETER, protocol, 0, 0, 0);
}

/** Security domains only: deciphers command data in place under the DEK of the session. */
export function decipherCommand(dataOffset: i32, length: i32): u16 {
  return call(api.CARD_CHANNEL_DECIPHER, dataOffset, length, 0, 0) as u16;
}

// The applet's own place on the card

/** Logical channel of the command in hand: 0 to 19. */
export function logicalChannel(): i32 {
  return call(api.CARD_LOGICAL_CHANNEL, 0, 0, 0, 0);
}

/** INTERFACE_* that the card was reset on. */
export function interfaceInUse(): i32 {
  return call(api.CARD_INTERFACE, 0, 0, 0, 0);
}

/** Number of the instance. */
export function self(): i32 {
  return call(api.CARD_SELF, 0, 0, 0, 0);
}

/** Life cycle state of the instance; of the issuer's domain that of the card. */
export function lifeCycle(): i32 {
  return call(api.CARD_LIFE_CYCLE, 0, 0, 0, 0);
}

/** Moves the own life cycle: another state xxxxx111, or LIFE_CYCLE_LOCKED on top of the present one. */
export function setLifeCycle(state: i32): u16 {
  return call(api.CARD_LIFE_CYCLE_SET, state, 0, 0, 0) as u16;
}

/** Locks the card; 6985 without the privilege Card Lock, or before it is SECURED. */
export function lockCard(): u16 {
  return call(api.CARD_LOCK, 0, 0, 0, 0) as u16;
}

/** Ends the card's life, for good; 6985 without the privilege Card Terminate. */
export function terminateCard(): u16 {
  return call(api.CARD_TERMINATE, 0, 0, 0, 0) as u16;
}

// What only a security domain may ask; 6982 for others

/** Copies the registry row of an instance (REGISTRY_ROW_*) to `to`; 6A88 when it sees none. */
export function readRegistry(instance: i32, to: usize): u16 {
  return call(api.CARD_REGISTRY_READ, instance, to as i32, 0, 0) as u16;
}

/** Copies the row of a module (MODULE_ROW_*) to `to`; 6A88 when it sees none. */
export function readModule(module: i32, to: usize): u16 {
  return call(api.CARD_MODULE_READ, module, to as i32, 0, 0) as u16;
}

/** Does the INSTALL in hand, in the form of `p1`; not [for personalization]. */
export function install(p1: i32): u16 {
  return call(api.CARD_INSTALL, p1, 0, 0, 0) as u16;
}

/**
 * Whether the command in hand may change the card: 6982 unless it came over the domain's secure channel
 * with a MAC, 6985 on a locked card, for a locked domain, or inside a transaction.
 */
export function mayChange(): u16 {
  return call(api.CARD_MAY_CHANGE, 0, 0, 0, 0) as u16;
}

/** The instance that the INSTALL [for personalization] in hand names, or 0. */
export function findToPersonalize(): i32 {
  return call(api.CARD_PERSONALIZE_FIND, 0, 0, 0, 0);
}

/** Hands the command in hand to an instance of the domain; its status word. */
export function personalize(instance: i32): u16 {
  return call(api.CARD_PERSONALIZE, instance, 0, 0, 0) as u16;
}

/** Does the LOAD in hand: block number `block`, the last one or not. */
export function loadBlock(block: i32, last: bool): u16 {
  return call(api.CARD_LOAD_BLOCK, block, last ? 1 : 0, 0, 0) as u16;
}

/** Deletes the application or load file whose AID stands in the command data. */
export function deleteContent(dataOffset: i32, length: i32, related: bool): u16 {
  return call(api.CARD_DELETE, dataOffset, length, related ? 1 : 0, 0) as u16;
}

/** Does the SET STATUS in hand: its P1 and P2. */
export function setStatus(p1: i32, state: i32): u16 {
  return call(api.CARD_STATUS_SET, p1, state, 0, 0) as u16;
}

/** What ROOM_* asks for: a number of applications or of free bytes. */
export function room(which: i32): i32 {
  return call(api.CARD_ROOM, which, 0, 0, 0);
}

/** Deletes a key set. 6A88 without it, 6985 for the last one of the issuer. */
export function deleteKeySet(version: i32): u16 {
  return call(api.CARD_KEY_SET_DELETE, version, 0, 0, 0) as u16;
}

/** Sequence counter of a key set, or -1. */
export function keySetCounter(version: i32): i32 {
  return call(api.CARD_KEY_SET_COUNTER, version, 0, 0, 0);
}

/**
 * During `install` only: makes a key set of ENC, MAC, DEK from parameters: 48 bytes of AES keys, or
 * KEY_FORM_* and the keys. 6A80 when they are neither, or DES keys without SCP02.
 */
export function createKeySet(version: i32, dataOffset: i32, length: i32 = 48): u16 {
  return call(api.CARD_KEY_SET_CREATE, version, dataOffset, length, 0) as u16;
}

/** Does the PUT KEY in hand: `replaced` is the version whose keys go, 0 for none; `p2` is P2. */
export function putKeySet(replaced: i32, p2: i32): u16 {
  return call(api.CARD_KEY_SET_PUT, replaced, p2, 0, 0) as u16;
}

/** The key set after version `after`: version, KEY_FORM_* << 8, number of keys << 16; 0 at the end. */
export function nextKeySet(after: i32): i32 {
  return call(api.CARD_KEY_SET_READ, after, 0, 0, 0);
}

/** The first key version above `after`, or 0. */
export function nextKeyVersion(after: i32): i32 {
  return nextKeySet(after) & 0xff;
}

/** Makes command data the card's historical bytes, from the next reset on. */
export function setHistoricalBytes(dataOffset: i32, length: i32): u16 {
  return call(api.CARD_HISTORICAL_BYTES, dataOffset, length, 0, 0) as u16;
}
