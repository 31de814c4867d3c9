// SCP02 with i = 15 or 55: session keys, cryptograms, commands. GPC 2.3.1, appendix E.

import {
  CIPHER_TDES,
  DIRECTION_DECRYPT,
  DIRECTION_ENCRYPT,
  MODE_CBC,
  MODE_CBC_MAC,
  MODE_ECB,
} from "../../spec/chip.ts";
import {
  CHALLENGE_BYTES,
  DERIVE_SCP02,
  DERIVE_SCP02_C_MAC,
  DERIVE_SCP02_DEK,
  DERIVE_SCP02_ENC,
  KEY_DEK,
  KEY_ENC,
  KEY_MAC,
  MAC_BYTES,
  SCP02_CARD_CHALLENGE_BYTES,
  SCP02_PSEUDO_RANDOM,
  SCP02_SEQUENCE_BYTES,
} from "../../spec/secure-channel.ts";
import { SW_CONDITIONS_NOT_SATISFIED, SW_SUCCESS } from "../../spec/status-words.ts";
import { exchange, IO, reply } from "../buffers.ts";
import { cipher, random } from "../chip.ts";
import { equal } from "../equal.ts";
import * as registry from "../registry.ts";
import { ZERO } from "./cmac.ts";
import { countSequence, findKeySet, loadKey, readSequence, SET } from "./key-sets.ts";
import { part, SESSION_CHAIN, SESSION_ENC, SESSION_MAC, SESSION_RMAC, Session } from "./pool.ts";
import { DES_BLOCK, DES_KEY_BYTES, encryptSingle, padDes, retailMac } from "./retail-mac.ts";
import { INPUT, OTHER, WORK } from "./scratch.ts";

const CBC_ENCRYPT: i32 = CIPHER_TDES | (MODE_CBC << 8) | (DIRECTION_ENCRYPT << 16);
const CBC_DECRYPT: i32 = CIPHER_TDES | (MODE_CBC << 8) | (DIRECTION_DECRYPT << 16);
const CBC_MAC: i32 = CIPHER_TDES | (MODE_CBC_MAC << 8) | (DIRECTION_ENCRYPT << 16);
const ECB_DECRYPT: i32 = CIPHER_TDES | (MODE_ECB << 8) | (DIRECTION_DECRYPT << 16);

/** What the card adds to the cryptograms: sequence counter and challenge. */
const CARD_BYTES: i32 = SCP02_SEQUENCE_BYTES + SCP02_CARD_CHALLENGE_BYTES;

/** A session key from static key `identifier` and the sequence counter at `sequence`. E.4.1. */
function derive(row: i32, identifier: i32, constant: u8, sequence: usize, to: usize): void {
  loadKey(row, identifier);
  memory.fill(INPUT, 0, DES_KEY_BYTES);
  store<u8>(INPUT, DERIVE_SCP02);
  store<u8>(INPUT + 1, constant);
  memory.copy(INPUT + 2, sequence, SCP02_SEQUENCE_BYTES);
  cipher(CBC_ENCRYPT, SET, DES_KEY_BYTES, ZERO, INPUT, to, DES_KEY_BYTES);
}

/** The card's challenge: random, or the MAC of the application's AID. E.4.2.3. */
function makeChallenge(session: Session, i: i32, application: i32, to: usize): void {
  if (i != (SCP02_PSEUDO_RANDOM as i32)) {
    random(to, SCP02_CARD_CHALLENGE_BYTES);
    return;
  }
  const length = registry.aidLengthOf(application);
  memory.copy(INPUT, registry.aidOf(application), length);
  retailMac(part(session, SESSION_MAC), ZERO, INPUT, length, OTHER);
  memory.copy(to, OTHER, SCP02_CARD_CHALLENGE_BYTES);
}

/** A cryptogram over two parts of 8 bytes. E.4.2. */
function cryptogram(session: Session, first: usize, second: usize, to: usize): void {
  memory.copy(INPUT, first, CHALLENGE_BYTES);
  memory.copy(INPUT + CHALLENGE_BYTES, second, CHALLENGE_BYTES);
  const length = padDes(INPUT, 2 * CHALLENGE_BYTES);
  cipher(CBC_MAC, part(session, SESSION_ENC), DES_KEY_BYTES, ZERO, INPUT, to, length);
}

/**
 * Begins a session and answers sequence counter, challenge and cryptogram. E.5.1. The counter is
 * spent by EXTERNAL AUTHENTICATE. The cryptogram that the host must send is kept.
 */
export function initialize(session: Session, row: i32, i: i32, application: i32): u16 {
  readSequence(row, WORK);
  // Three bytes count; a host sees two, and no value twice.
  if (load<u8>(WORK) != 0) return SW_CONDITIONS_NOT_SATISFIED;
  memory.copy(WORK, WORK + 1, SCP02_SEQUENCE_BYTES);
  derive(row, KEY_ENC, DERIVE_SCP02_ENC, WORK, part(session, SESSION_ENC));
  derive(row, KEY_MAC, DERIVE_SCP02_C_MAC, WORK, part(session, SESSION_MAC));
  derive(row, KEY_DEK, DERIVE_SCP02_DEK, WORK, part(session, SESSION_RMAC));
  makeChallenge(session, i, application, WORK + SCP02_SEQUENCE_BYTES);
  reply(WORK, CARD_BYTES);
  cryptogram(session, exchange.data, WORK, OTHER);
  reply(OTHER, CHALLENGE_BYTES);
  cryptogram(session, WORK, exchange.data, part(session, SESSION_CHAIN));
  return SW_SUCCESS;
}

/** Checks the host's cryptogram and the MAC behind it, and counts the session. E.5.2, E.1.2. */
export function authenticate(session: Session): bool {
  const chain = part(session, SESSION_CHAIN);
  const known = equal(exchange.data, chain, MAC_BYTES);
  memory.fill(chain, 0, DES_BLOCK);
  if (!unwrap(session, false)) return false;
  const row = findKeySet(session.domain, session.version);
  return row >= 0 && countSequence(row, WORK) == SW_SUCCESS && known;
}

/**
 * Whether the C-MAC in `OTHER` holds over header and plain data, with the chaining value as ICV; then
 * the chaining value is the ICV of the next command. E.4.4, E.3.4.
 */
function macHolds(session: Session): bool {
  const lc = exchange.lc + MAC_BYTES;
  store<u8>(IO, exchange.cla);
  store<u8>(exchange.data - 1, lc as u8);
  if (exchange.data != IO + 5) store<u8>(exchange.data - 2, (lc >> 8) as u8);
  const length = (exchange.data - IO) as i32;
  const key = part(session, SESSION_MAC);
  const chain = part(session, SESSION_CHAIN);
  retailMac(key, chain, IO, length + exchange.lc, WORK);
  if (!equal(WORK, OTHER, MAC_BYTES)) return false;
  encryptSingle(key, ZERO, WORK, chain);
  return true;
}

/** Decrypts the command data in place and takes the padding off. E.4.6. */
function decryptCommand(session: Session): bool {
  if (exchange.lc == 0) return true;
  if (exchange.lc % DES_BLOCK != 0) return false;
  const data = exchange.data;
  cipher(CBC_DECRYPT, part(session, SESSION_ENC), DES_KEY_BYTES, ZERO, data, data, exchange.lc);
  let length = exchange.lc - 1;
  while (length > 0 && load<u8>(data + length) == 0) length -= 1;
  if (load<u8>(data + length) != 0x80) return false;
  exchange.lc = length;
  return true;
}

/** Takes encryption and MAC off the command in hand; false when they do not hold. */
export function unwrap(session: Session, encrypted: bool): bool {
  if (exchange.lc < MAC_BYTES) return false;
  memory.copy(OTHER, exchange.data + exchange.lc - MAC_BYTES, MAC_BYTES);
  exchange.lc -= MAC_BYTES;
  return (!encrypted || decryptCommand(session)) && macHolds(session);
}

/** Decrypts under the session's DEK: block by block. E.4.7. */
export function decryptSensitive(session: Session, at: usize, length: i32): void {
  cipher(ECB_DECRYPT, part(session, SESSION_RMAC), DES_KEY_BYTES, ZERO, at, at, length);
}
