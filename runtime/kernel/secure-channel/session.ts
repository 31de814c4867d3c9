// A secure channel session: opening it, unwrapping commands, wrapping responses.
// SCP03, GlobalPlatform Card Specification Amendment D 1.1.2.

import { CIPHER_AES, DIRECTION_DECRYPT, DIRECTION_ENCRYPT, MODE_CBC } from "../../spec/chip.ts";
import { CLA_PROPRIETARY, CLA_SECURE, INS_INITIALIZE_UPDATE } from "../../spec/instructions.ts";
import {
  CHALLENGE_BYTES,
  CRYPTOGRAM_BYTES,
  DERIVE_CARD_CHALLENGE,
  DERIVE_CARD_CRYPTOGRAM,
  DERIVE_HOST_CRYPTOGRAM,
  DERIVE_S_ENC,
  DERIVE_S_MAC,
  DERIVE_S_RMAC,
  KEY_DIVERSIFICATION_BYTES,
  LEVEL_AUTHENTICATED,
  LEVEL_C_DECRYPTION,
  LEVEL_C_MAC,
  LEVEL_R_ENCRYPTION,
  LEVEL_R_MAC,
  MAC_BYTES,
  SCP_IDENTIFIER,
  SCP_PARAMETER_I,
  SEQUENCE_BYTES,
} from "../../spec/secure-channel.ts";
import {
  isWarning,
  SW_AUTHENTICATION_FAILED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../spec/status-words.ts";
import { CHAINING_BYTES, exchange, IO, reply, replyByte } from "../buffers.ts";
import { cipher } from "../chip.ts";
import { equal } from "../equal.ts";
import * as registry from "../registry.ts";
import * as objects from "../store/objects.ts";
import { BLOCK, cmac, encryptBlock, expandMacKey, MAC_KEY_BYTES } from "./cmac.ts";
import { countSequence, findKeySet, KEY_DEK, KEY_ENC, KEY_MAC } from "./key-sets.ts";

const PHASE_CLOSED: i32 = 0;
const PHASE_INITIALIZED: i32 = 1;
const PHASE_AUTHENTICATED: i32 = 2;

@unmanaged
@final
class Session {
  phase: i32;
  level: i32;
  /** Security domain and key version whose keys the session uses. */
  domain: i32;
  version: i32;
  /** Whether the command in hand came wrapped. */
  wrapped: i32;
}

// @ts-ignore: the compiler folds this to an address
const session: Session = changetype<Session>(memory.data(offsetof<Session>()));
const S_ENC: usize = memory.data(BLOCK);
const S_MAC: usize = memory.data(MAC_KEY_BYTES);
const S_RMAC: usize = memory.data(MAC_KEY_BYTES);
/** MAC chaining value, and the encryption counter. 6.2.3, 6.2.6. */
const CHAIN: usize = memory.data(BLOCK);
const COUNTER: usize = memory.data(BLOCK);
/** Host challenge ‖ card challenge, the context of all derivations. */
const CHALLENGES: usize = memory.data(2 * CHALLENGE_BYTES);
const STATIC: usize = memory.data(MAC_KEY_BYTES);
/** One block of KDF label, then a context of up to 19 bytes. */
const INPUT: usize = memory.data(48);
const BLOCK_A: usize = memory.data(BLOCK);
const BLOCK_B: usize = memory.data(BLOCK);

const CBC_ENCRYPT: i32 = CIPHER_AES | (MODE_CBC << 8) | (DIRECTION_ENCRYPT << 16);
const CBC_DECRYPT: i32 = CIPHER_AES | (MODE_CBC << 8) | (DIRECTION_DECRYPT << 16);

/** Ends the session and forgets its keys. */
export function closeSession(): void {
  memory.fill(changetype<usize>(session), 0, offsetof<Session>());
  memory.fill(S_ENC, 0, BLOCK);
  memory.fill(S_MAC, 0, MAC_KEY_BYTES);
  memory.fill(S_RMAC, 0, MAC_KEY_BYTES);
  memory.fill(CHAIN, 0, BLOCK);
}

/** Security level of the session, with LEVEL_AUTHENTICATED; 0 without one. */
export function sessionLevel(): i32 {
  return session.phase == PHASE_AUTHENTICATED ? session.level | LEVEL_AUTHENTICATED : 0;
}

/**
 * The KDF of 4.1.5: CMAC over label (11 zeros and `constant`), 00, length in bits, counter 01, and
 * the context in `INPUT` from byte 16, `context` bytes of it.
 */
function derive(macKey: usize, constant: u8, bits: i32, context: i32, to: usize): void {
  memory.fill(INPUT, 0, BLOCK);
  store<u8>(INPUT + 11, constant);
  store<u8>(INPUT + 13, (bits >> 8) as u8);
  store<u8>(INPUT + 14, bits as u8);
  store<u8>(INPUT + 15, 1);
  cmac(macKey, INPUT, BLOCK + context, to);
}

function deriveFromChallenges(macKey: usize, constant: u8, bits: i32, to: usize): void {
  memory.copy(INPUT + BLOCK, CHALLENGES, 2 * CHALLENGE_BYTES);
  derive(macKey, constant, bits, 2 * CHALLENGE_BYTES, to);
}

function loadStatic(row: i32, key: i32): void {
  objects.read(row, key, STATIC, BLOCK);
  expandMacKey(STATIC);
}

/**
 * The card's challenge: derived from the sequence counter and the AID of the security domain, so
 * that a batch can be prepared off line. 6.2.2.1.
 */
function makeCardChallenge(sequence: usize): void {
  const aidLength = registry.aidLengthOf(session.domain);
  memory.copy(INPUT + BLOCK, sequence, SEQUENCE_BYTES);
  memory.copy(INPUT + BLOCK + SEQUENCE_BYTES, registry.aidOf(session.domain), aidLength);
  derive(STATIC, DERIVE_CARD_CHALLENGE, 64, SEQUENCE_BYTES + aidLength, BLOCK_A);
  memory.copy(CHALLENGES + CHALLENGE_BYTES, BLOCK_A, CHALLENGE_BYTES);
}

/** INITIALIZE UPDATE: data host challenge, P1 key version, P2 00. 7.1.1. */
export function initializeUpdate(domain: i32): u16 {
  closeSession();
  if (exchange.p2 != 0) return SW_WRONG_P1P2;
  if (exchange.lc != CHALLENGE_BYTES) return SW_WRONG_LENGTH;
  const row = domain == 0 ? -1 : findKeySet(domain, exchange.p1);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  // A transaction could take the sequence counter back.
  if (objects.transactionIsOpen()) return SW_CONDITIONS_NOT_SATISFIED;
  session.domain = domain;
  // The number of the object ends in the version.
  session.version = objects.numberOf(row) & 0xff;
  memory.copy(CHALLENGES, exchange.data, CHALLENGE_BYTES);
  // Spent before it is used: no challenge comes twice, whenever the power goes.
  const status = countSequence(row, BLOCK_B);
  if (status != SW_SUCCESS) return status;
  loadStatic(row, KEY_ENC);
  makeCardChallenge(BLOCK_B);
  deriveFromChallenges(STATIC, DERIVE_S_ENC, 128, S_ENC);
  loadStatic(row, KEY_MAC);
  deriveFromChallenges(STATIC, DERIVE_S_MAC, 128, S_MAC);
  deriveFromChallenges(STATIC, DERIVE_S_RMAC, 128, S_RMAC);
  memory.fill(STATIC, 0, MAC_KEY_BYTES);
  expandMacKey(S_MAC);
  expandMacKey(S_RMAC);
  deriveFromChallenges(S_MAC, DERIVE_CARD_CRYPTOGRAM, 64, BLOCK_A);
  session.phase = PHASE_INITIALIZED;
  return answerInitializeUpdate();
}

/** Key diversification data, key information, challenge, cryptogram, sequence counter. 7.1.1.5. */
function answerInitializeUpdate(): u16 {
  for (let i = 0; i < KEY_DIVERSIFICATION_BYTES; i++) replyByte(0);
  replyByte(session.version);
  replyByte(SCP_IDENTIFIER);
  replyByte(SCP_PARAMETER_I);
  reply(CHALLENGES + CHALLENGE_BYTES, CHALLENGE_BYTES);
  reply(BLOCK_A, CRYPTOGRAM_BYTES);
  reply(BLOCK_B, SEQUENCE_BYTES);
  return SW_SUCCESS;
}

/** Levels that make sense: encryption only on top of a MAC, responses no more than commands. */
function levelIsPossible(level: i32): bool {
  if (level == 0) return true;
  if ((level & ~(LEVEL_C_MAC | LEVEL_C_DECRYPTION | LEVEL_R_MAC | LEVEL_R_ENCRYPTION)) != 0) {
    return false;
  }
  if ((level & LEVEL_C_MAC) == 0) return false;
  if ((level & LEVEL_R_ENCRYPTION) == 0) return true;
  return (level & LEVEL_R_MAC) != 0 && (level & LEVEL_C_DECRYPTION) != 0;
}

/** EXTERNAL AUTHENTICATE: P1 level; data host cryptogram and C-MAC. 7.1.2. */
export function externalAuthenticate(): u16 {
  if (session.phase != PHASE_INITIALIZED) return SW_CONDITIONS_NOT_SATISFIED;
  // Whatever follows, this challenge is used up.
  session.phase = PHASE_CLOSED;
  const level = exchange.p1 as i32;
  if (exchange.p2 != 0 || !levelIsPossible(level)) return SW_WRONG_P1P2;
  if (exchange.lc != CRYPTOGRAM_BYTES + MAC_BYTES) return SW_WRONG_LENGTH;
  if ((exchange.cla & CLA_SECURE) == 0) return SW_SECURITY_NOT_SATISFIED;
  deriveFromChallenges(S_MAC, DERIVE_HOST_CRYPTOGRAM, 64, BLOCK_A);
  const cryptogramHolds = equal(BLOCK_A, exchange.data, CRYPTOGRAM_BYTES);
  const macHolds = checkMac();
  if (!cryptogramHolds || !macHolds) {
    closeSession();
    return SW_AUTHENTICATION_FAILED;
  }
  session.phase = PHASE_AUTHENTICATED;
  session.level = level;
  memory.fill(COUNTER, 0, BLOCK);
  return SW_SUCCESS;
}

/** Checks the C-MAC that ends the command data and, when it holds, takes it off. 6.2.4. */
function checkMac(): bool {
  if (exchange.lc < MAC_BYTES) return false;
  const end = exchange.data + exchange.lc - MAC_BYTES;
  memory.copy(IO - CHAINING_BYTES, CHAIN, CHAINING_BYTES);
  const from = IO - CHAINING_BYTES;
  cmac(S_MAC, from, (end - from) as i32, BLOCK_A);
  if (!equal(BLOCK_A, end, MAC_BYTES)) return false;
  memory.copy(CHAIN, BLOCK_A, BLOCK);
  exchange.lc -= MAC_BYTES;
  return true;
}

/** The initial chaining vector for command (00) or response (80) encryption. 6.2.6, 6.2.7. */
function makeVector(first: u8): void {
  memory.copy(BLOCK_A, COUNTER, BLOCK);
  store<u8>(BLOCK_A, first);
  encryptBlock(S_ENC, BLOCK_A, BLOCK_A);
}

function countUp(): void {
  for (let i = BLOCK - 1; i > 0; i--) {
    const value = load<u8>(COUNTER + i) + 1;
    store<u8>(COUNTER + i, value as u8);
    if ((value & 0xff) != 0) return;
  }
}

/** Decrypts the command data in place and takes the padding (80, then zeros) off. */
function decryptCommand(): bool {
  if (exchange.lc == 0) return true;
  if (exchange.lc % BLOCK != 0) return false;
  makeVector(0x00);
  cipher(CBC_DECRYPT, S_ENC, BLOCK, BLOCK_A, exchange.data, exchange.data, exchange.lc);
  let length = exchange.lc - 1;
  while (length > 0 && load<u8>(exchange.data + length) == 0) length -= 1;
  if (load<u8>(exchange.data + length) != 0x80) return false;
  exchange.lc = length;
  return true;
}

/** INITIALIZE UPDATE ends a session by opening the next. GPC 2.3.1, 10.2.3. */
function opensSession(): bool {
  return exchange.cla == CLA_PROPRIETARY && exchange.ins == INS_INITIALIZE_UPDATE;
}

/**
 * Takes the secure messaging off the command in the exchange, when a session asks for it. A command
 * that does not hold, or comes bare, ends the session: 6982.
 */
export function unwrapCommand(): u16 {
  session.wrapped = 0;
  if (session.phase != PHASE_AUTHENTICATED || session.level == 0) return SW_SUCCESS;
  if ((exchange.cla & CLA_SECURE) == 0) {
    closeSession();
    return opensSession() ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
  }
  countUp();
  if (!checkMac() || ((session.level & LEVEL_C_DECRYPTION) != 0 && !decryptCommand())) {
    closeSession();
    return SW_SECURITY_NOT_SATISFIED;
  }
  exchange.cla &= ~CLA_SECURE;
  session.wrapped = 1;
  return SW_SUCCESS;
}

/** Puts encryption and MAC on the response data, when the session asks for it. 6.2.5, 6.2.7. */
export function wrapResponse(status: u16): void {
  if (session.wrapped == 0 || (session.level & LEVEL_R_MAC) == 0) return;
  session.wrapped = 0;
  if (status != SW_SUCCESS && !isWarning(status)) return;
  if ((session.level & LEVEL_R_ENCRYPTION) != 0 && exchange.replyLength > 0) encryptResponse();
  const end = exchange.reply + exchange.replyLength;
  store<u8>(end, (status >> 8) as u8);
  store<u8>(end + 1, status as u8);
  const from = exchange.reply - CHAINING_BYTES;
  memory.copy(from, CHAIN, CHAINING_BYTES);
  cmac(S_RMAC, from, (end + 2 - from) as i32, BLOCK_A);
  memory.copy(end, BLOCK_A, MAC_BYTES);
  exchange.replyLength += MAC_BYTES;
}

function encryptResponse(): void {
  const padded = (exchange.replyLength / BLOCK + 1) * BLOCK;
  memory.fill(exchange.reply + exchange.replyLength, 0, padded - exchange.replyLength);
  store<u8>(exchange.reply + exchange.replyLength, 0x80);
  makeVector(0x80);
  cipher(CBC_ENCRYPT, S_ENC, BLOCK, BLOCK_A, exchange.reply, exchange.reply, padded);
  exchange.replyLength = padded;
}

/**
 * Decrypts `length` bytes (whole blocks) in place under the DEK of the session's key set, CBC with
 * IV zero. 6.2.8. 6982 without an authenticated session.
 */
export function decryptSensitive(at: usize, length: i32): u16 {
  if (session.phase != PHASE_AUTHENTICATED) return SW_SECURITY_NOT_SATISFIED;
  if (length == 0 || length % BLOCK != 0) return SW_WRONG_DATA;
  const row = findKeySet(session.domain, session.version);
  if (row < 0) return SW_CONDITIONS_NOT_SATISFIED;
  objects.read(row, KEY_DEK, STATIC, BLOCK);
  memory.fill(BLOCK_B, 0, BLOCK);
  cipher(CBC_DECRYPT, STATIC, BLOCK, BLOCK_B, at, at, length);
  memory.fill(STATIC, 0, MAC_KEY_BYTES);
  return SW_SUCCESS;
}
