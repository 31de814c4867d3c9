// SCP03: session keys, cryptograms, commands and responses. GPC Amendment D 1.1.2; 16-byte mode: 1.2.

import { CIPHER_AES, DIRECTION_DECRYPT, DIRECTION_ENCRYPT, MODE_CBC } from "../../spec/chip.ts";
import {
  DERIVE_CARD_CHALLENGE,
  DERIVE_CARD_CRYPTOGRAM,
  DERIVE_HOST_CRYPTOGRAM,
  DERIVE_S_ENC,
  DERIVE_S_MAC,
  DERIVE_S_RMAC,
  KEY_DEK,
  KEY_ENC,
  KEY_MAC,
  SCP03_PSEUDO_RANDOM,
  SEQUENCE_BYTES,
} from "../../spec/secure-channel.ts";
import { SW_SUCCESS } from "../../spec/status-words.ts";
import { CHAINING_BYTES, exchange, IO, reply, replyByte } from "../buffers.ts";
import { cipher, random } from "../chip.ts";
import { equal } from "../equal.ts";
import * as registry from "../registry.ts";
import { BLOCK, cmac, encryptBlock, FOR_COMMANDS, FOR_THE_REST, ZERO } from "./cmac.ts";
import { countSequence, loadKey, SET } from "./key-sets.ts";
import { part, SESSION_CHAIN, SESSION_ENC, SESSION_MAC, SESSION_RMAC, Session } from "./pool.ts";
import { INPUT, OTHER, WORK } from "./scratch.ts";

const CBC_ENCRYPT: i32 = CIPHER_AES | (MODE_CBC << 8) | (DIRECTION_ENCRYPT << 16);
const CBC_DECRYPT: i32 = CIPHER_AES | (MODE_CBC << 8) | (DIRECTION_DECRYPT << 16);

/**
 * The KDF of 4.1.5, `length` bytes to `to`: CMAC over label (11 zeros and `constant`), 00, length in
 * bits, counter, and the context in `INPUT` from byte 16, `context` bytes of it.
 */
function derive(
  key: usize,
  keyBytes: i32,
  constant: u8,
  context: i32,
  to: usize,
  length: i32,
): void {
  memory.fill(INPUT, 0, BLOCK);
  store<u8>(INPUT + 11, constant);
  store<u8>(INPUT + 13, (length >> 5) as u8);
  store<u8>(INPUT + 14, (length << 3) as u8);
  for (let done = 0; done < length; done += BLOCK) {
    store<u8>(INPUT + 15, load<u8>(INPUT + 15) + 1);
    cmac(FOR_THE_REST, key, keyBytes, INPUT, BLOCK + context, OTHER);
    memory.copy(to + done, OTHER, length - done < BLOCK ? length - done : BLOCK);
  }
}

/**
 * The card's challenge, to `WORK`: random, or derived from the sequence counter, whose new value goes
 * to `sequence`, and the AID of the application that the host talks to. 6.2.2.1.
 */
function makeChallenge(session: Session, row: i32, i: i32, application: i32, sequence: usize): u16 {
  if ((i & SCP03_PSEUDO_RANDOM) == 0) {
    random(WORK, session.macBytes);
    return SW_SUCCESS;
  }
  // Spent before it is used: no challenge comes twice, whenever the power goes.
  const status = countSequence(row, sequence);
  if (status != SW_SUCCESS) return status;
  const keyBytes = loadKey(row, KEY_ENC);
  const aidLength = registry.aidLengthOf(application);
  memory.copy(INPUT + BLOCK, sequence, SEQUENCE_BYTES);
  memory.copy(INPUT + BLOCK + SEQUENCE_BYTES, registry.aidOf(application), aidLength);
  const context = SEQUENCE_BYTES + aidLength;
  derive(SET, keyBytes, DERIVE_CARD_CHALLENGE, context, WORK, session.macBytes);
  return SW_SUCCESS;
}

function makeSessionKeys(session: Session, row: i32, context: i32): void {
  const keyBytes = session.keyBytes;
  loadKey(row, KEY_ENC);
  derive(SET, keyBytes, DERIVE_S_ENC, context, part(session, SESSION_ENC), keyBytes);
  loadKey(row, KEY_MAC);
  derive(SET, keyBytes, DERIVE_S_MAC, context, part(session, SESSION_MAC), keyBytes);
  derive(SET, keyBytes, DERIVE_S_RMAC, context, part(session, SESSION_RMAC), keyBytes);
}

/**
 * Begins a session and answers i, challenge, cryptogram and, when it counts, the sequence counter.
 * 7.1.1.5. The cryptogram that the host must send is kept.
 */
export function initialize(session: Session, row: i32, i: i32, application: i32): u16 {
  const length: i32 = session.macBytes;
  const sequence = part(session, SESSION_CHAIN);
  const status = makeChallenge(session, row, i, application, sequence);
  if (status != SW_SUCCESS) return status;
  memory.copy(INPUT + BLOCK, exchange.data, length);
  memory.copy(INPUT + BLOCK + length, WORK, length);
  makeSessionKeys(session, row, 2 * length);
  replyByte(i);
  reply(WORK, length);
  const key = part(session, SESSION_MAC);
  derive(key, session.keyBytes, DERIVE_CARD_CRYPTOGRAM, 2 * length, WORK, length);
  reply(WORK, length);
  if ((i & SCP03_PSEUDO_RANDOM) != 0) reply(sequence, SEQUENCE_BYTES);
  const chain = part(session, SESSION_CHAIN);
  derive(key, session.keyBytes, DERIVE_HOST_CRYPTOGRAM, 2 * length, chain, length);
  return SW_SUCCESS;
}

/** Checks the host's cryptogram and the MAC behind it, in the command data of that length. 7.1.2. */
export function authenticate(session: Session): bool {
  const chain = part(session, SESSION_CHAIN);
  const known = equal(exchange.data, chain, session.macBytes);
  memory.fill(chain, 0, BLOCK);
  return checkMac(session) && known;
}

/** Checks the C-MAC that ends the command data and, when it holds, takes it off. 6.2.4. */
function checkMac(session: Session): bool {
  const length: i32 = session.macBytes;
  if (exchange.lc < length) return false;
  const end = exchange.data + exchange.lc - length;
  const from = IO - CHAINING_BYTES;
  memory.copy(from, part(session, SESSION_CHAIN), CHAINING_BYTES);
  // The class byte counts without its logical channel.
  store<u8>(IO, exchange.cla);
  const key = part(session, SESSION_MAC);
  cmac(FOR_COMMANDS, key, session.keyBytes, from, (end - from) as i32, WORK);
  if (!equal(WORK, end, length)) return false;
  memory.copy(part(session, SESSION_CHAIN), WORK, BLOCK);
  exchange.lc -= length;
  return true;
}

/** The initial vector for commands (00) or responses (80): their counter, enciphered. 6.2.6, 6.2.7. */
function makeVector(session: Session, first: u8): void {
  memory.fill(WORK, 0, BLOCK);
  store<u8>(WORK, first);
  store<u32>(WORK + BLOCK - 4, bswap(session.counter));
  encryptBlock(part(session, SESSION_ENC), session.keyBytes, WORK, WORK);
}

/** Decrypts the command data in place and takes the padding (80, then zeros) off. 6.2.6. */
function decryptCommand(session: Session): bool {
  if (exchange.lc == 0) return true;
  if (exchange.lc % BLOCK != 0) return false;
  makeVector(session, 0x00);
  const data = exchange.data;
  cipher(CBC_DECRYPT, part(session, SESSION_ENC), session.keyBytes, WORK, data, data, exchange.lc);
  let length = exchange.lc - 1;
  while (length > 0 && load<u8>(data + length) == 0) length -= 1;
  if (load<u8>(data + length) != 0x80) return false;
  exchange.lc = length;
  return true;
}

/** Takes MAC and encryption off the command in hand; false when they do not hold. */
export function unwrap(session: Session, encrypted: bool): bool {
  session.counter += 1;
  return checkMac(session) && (!encrypted || decryptCommand(session));
}

/** Encrypts the response data in place, padded. 6.2.7. */
export function encryptResponse(session: Session): void {
  const from = exchange.reply;
  const padded = (exchange.replyLength / BLOCK + 1) * BLOCK;
  memory.fill(from + exchange.replyLength, 0, padded - exchange.replyLength);
  store<u8>(from + exchange.replyLength, 0x80);
  makeVector(session, 0x80);
  cipher(CBC_ENCRYPT, part(session, SESSION_ENC), session.keyBytes, WORK, from, from, padded);
  exchange.replyLength = padded;
}

/** Adds the R-MAC to the response data. 6.2.5. */
export function sealResponse(session: Session, status: u16): void {
  const end = exchange.reply + exchange.replyLength;
  store<u8>(end, (status >> 8) as u8);
  store<u8>(end + 1, status as u8);
  const from = exchange.reply - CHAINING_BYTES;
  memory.copy(from, part(session, SESSION_CHAIN), CHAINING_BYTES);
  const key = part(session, SESSION_RMAC);
  cmac(FOR_THE_REST, key, session.keyBytes, from, (end + 2 - from) as i32, WORK);
  memory.copy(end, WORK, session.macBytes);
  exchange.replyLength += session.macBytes;
}

/** Decrypts under the static DEK of the set in `row`: CBC, IV zero. 6.2.8. */
export function decryptSensitive(row: i32, at: usize, length: i32): void {
  cipher(CBC_DECRYPT, SET, loadKey(row, KEY_DEK), ZERO, at, at, length);
}
