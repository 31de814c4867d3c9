// Secure channel sessions: opening one, unwrapping commands, wrapping responses. What is the same in
// SCP02 and SCP03; rules of both: GPC 2.3.1, 10.2.3 and E.1.6, Amendment D 1.1.2, 5.6.

import { MAX_CHANNELS } from "../../spec/configuration.ts";
import {
  CLA_PROPRIETARY,
  CLA_SECURE,
  INS_EXTERNAL_AUTHENTICATE,
  INS_INITIALIZE_UPDATE,
} from "../../spec/instructions.ts";
import {
  KEY_DIVERSIFICATION_BYTES,
  LEVEL_AUTHENTICATED,
  LEVEL_C_DECRYPTION,
  LEVEL_C_MAC,
  LEVEL_R_ENCRYPTION,
  LEVEL_R_MAC,
  MAC_BYTES,
  S16_BYTES,
  SCP02,
  SCP03,
  SCP03_R_ENCRYPTION,
  SCP03_R_MAC,
  SCP03_S16,
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
import { exchange, replyByte } from "../buffers.ts";
import * as configuration from "../configuration.ts";
import * as objects from "../store/objects.ts";
import { BLOCK } from "./cmac.ts";
import * as keySets from "./key-sets.ts";
import * as pool from "./pool.ts";
import { DES_BLOCK } from "./retail-mac.ts";
import * as scp02 from "./scp02.ts";
import * as scp03 from "./scp03.ts";

/** Ends the session of a channel and forgets its keys. */
export function closeSessionOf(channel: i32): void {
  pool.setBroken(channel, false);
  const session = pool.sessionOf(channel);
  if (pool.exists(session)) pool.release(session);
}

export function closeSession(): void {
  closeSessionOf(exchange.channel);
}

/** Ends all sessions that were opened with the keys of a domain; it is gone. */
export function closeSessionsOf(domain: i32): void {
  for (let channel = 0; channel < MAX_CHANNELS; channel++) {
    const session = pool.sessionOf(channel);
    if (pool.exists(session) && session.domain == (domain as u8)) breakSessionOf(channel);
  }
}

/** At reset. */
export function closeAllSessions(): void {
  pool.releaseAll();
}

/** Ends the session after a security error: commands of its channel are refused until another begins. */
function breakSession(): void {
  breakSessionOf(exchange.channel);
}

/** As `breakSession`, for a session of another channel that was disturbed; nothing when it has none. */
export function breakSessionOf(channel: i32): void {
  if (!pool.exists(pool.sessionOf(channel))) return;
  closeSessionOf(channel);
  pool.setBroken(channel, true);
}

/** Whether INITIALIZE UPDATE began a session on the current channel that waits for the host's proof. */
export function isBegun(): bool {
  const session = pool.sessionOf(exchange.channel);
  return pool.exists(session) && session.phase == pool.PHASE_INITIALIZED;
}

/** The current channel's session once the host has proven itself; `pool.exists` says whether. */
function authenticated(): pool.Session {
  const session = pool.sessionOf(exchange.channel);
  if (!pool.exists(session) || session.phase == pool.PHASE_AUTHENTICATED) return session;
  return changetype<pool.Session>(0);
}

/** Security level of the current channel's session, with LEVEL_AUTHENTICATED; 0 without one. */
export function sessionLevel(): i32 {
  const session = authenticated();
  return pool.exists(session) ? (session.level as i32) | LEVEL_AUTHENTICATED : 0;
}

/** Security domain whose keys opened the current channel's session; 0 without one. */
export function sessionDomain(): i32 {
  const session = authenticated();
  return pool.exists(session) ? (session.domain as i32) : 0;
}

/**
 * INITIALIZE UPDATE: data host challenge, P1 key version, P2 00. GPC 2.3.1, E.5.1; Amendment D, 7.1.1.
 * `domain` has the keys; `application`, when not the domain, is who the host talks to.
 */
export function initializeUpdate(domain: i32, application: i32 = 0): u16 {
  closeSession();
  if (exchange.p2 != 0) return SW_WRONG_P1P2;
  const row = domain == 0 ? -1 : keySets.findChannelSet(domain, exchange.p1);
  if (row < 0) return SW_REFERENCED_DATA_NOT_FOUND;
  const protocol = keySets.protocolOf(row);
  const i = configuration.secureChannel(protocol);
  const long = protocol == SCP03 && (i & SCP03_S16) != 0;
  const length = long ? S16_BYTES : MAC_BYTES;
  if (exchange.lc != length) return SW_WRONG_LENGTH;
  // A transaction could take the sequence counter back.
  if (objects.transactionIsOpen()) return SW_CONDITIONS_NOT_SATISFIED;
  // Another channel's session never ends for this one (10.2.3). Not the command is at fault, nor the
  // store: the same command works once a session has ended.
  const session = pool.take();
  if (!pool.exists(session)) return SW_CONDITIONS_NOT_SATISFIED;
  session.protocol = protocol;
  session.domain = domain as u8;
  session.version = keySets.versionOf(row) as u8;
  session.keyBytes = keySets.loadKey(row, 1) as u8;
  session.macBytes = length as u8;
  for (let n = 0; n < KEY_DIVERSIFICATION_BYTES; n++) replyByte(0);
  replyByte(session.version);
  replyByte(protocol);
  const who = application == 0 ? domain : application;
  const status =
    protocol == SCP02
      ? scp02.initialize(session, row, i, who)
      : scp03.initialize(session, row, i, who);
  keySets.forgetSet();
  if (status != SW_SUCCESS) pool.release(session);
  return status;
}

/** Levels that make sense: encryption only on top of a MAC, responses no more than commands. */
function levelIsPossible(protocol: u8, level: i32): bool {
  if (level == 0) return true;
  const i = protocol == SCP03 ? configuration.secureChannel(protocol) : 0;
  let known = LEVEL_C_MAC | LEVEL_C_DECRYPTION;
  if ((i & SCP03_R_MAC) != 0) known |= LEVEL_R_MAC;
  if ((i & SCP03_R_ENCRYPTION) != 0) known |= LEVEL_R_ENCRYPTION;
  if ((level & ~known) != 0 || (level & LEVEL_C_MAC) == 0) return false;
  if ((level & LEVEL_R_ENCRYPTION) == 0) return true;
  return (level & LEVEL_R_MAC) != 0 && (level & LEVEL_C_DECRYPTION) != 0;
}

/** EXTERNAL AUTHENTICATE: P1 level; data host cryptogram and C-MAC. E.5.2; Amendment D, 7.1.2. */
export function externalAuthenticate(): u16 {
  const session = pool.sessionOf(exchange.channel);
  if (!pool.exists(session) || session.phase != pool.PHASE_INITIALIZED) {
    return SW_CONDITIONS_NOT_SATISFIED;
  }
  const status = authenticate(session);
  // Whatever went wrong, this challenge is used up.
  if (status != SW_SUCCESS) pool.release(session);
  return status;
}

function authenticate(session: pool.Session): u16 {
  if (exchange.p2 != 0 || !levelIsPossible(session.protocol, exchange.p1)) return SW_WRONG_P1P2;
  if (exchange.lc != 2 * (session.macBytes as i32)) return SW_WRONG_LENGTH;
  if ((exchange.cla & CLA_SECURE) == 0) return SW_SECURITY_NOT_SATISFIED;
  if (objects.transactionIsOpen()) return SW_CONDITIONS_NOT_SATISFIED;
  const known =
    session.protocol == SCP02 ? scp02.authenticate(session) : scp03.authenticate(session);
  if (!known) return SW_AUTHENTICATION_FAILED;
  session.phase = pool.PHASE_AUTHENTICATED;
  session.level = exchange.p1;
  return SW_SUCCESS;
}

/** INITIALIZE UPDATE ends a session by opening the next. 10.2.3. */
function opensSession(): bool {
  return exchange.cla == CLA_PROPRIETARY && exchange.ins == INS_INITIALIZE_UPDATE;
}

/** Whether the command is EXTERNAL AUTHENTICATE of GlobalPlatform, not that of ISO/IEC 7816-4. */
function goesOn(): bool {
  return (exchange.cla & CLA_PROPRIETARY) != 0 && exchange.ins == INS_EXTERNAL_AUTHENTICATE;
}

/**
 * Takes the secure messaging off the command in the exchange, when a session asks for it. A command
 * that does not hold, or comes bare, breaks the session: 6982, as for every command after it.
 */
export function unwrapCommand(): u16 {
  pool.state.wrapped = false;
  if (pool.isBroken(exchange.channel) && !opensSession()) return SW_SECURITY_NOT_SATISFIED;
  const session = pool.sessionOf(exchange.channel);
  if (!pool.exists(session)) return SW_SUCCESS;
  if (session.phase == pool.PHASE_INITIALIZED) {
    // Nothing but EXTERNAL AUTHENTICATE goes on with what INITIALIZE UPDATE began.
    if (!goesOn()) pool.release(session);
    return SW_SUCCESS;
  }
  if (session.level == 0) return SW_SUCCESS;
  if ((exchange.cla & CLA_SECURE) == 0) {
    if (opensSession()) closeSession();
    else breakSession();
    return opensSession() ? SW_SUCCESS : SW_SECURITY_NOT_SATISFIED;
  }
  const encrypted = (session.level & (LEVEL_C_DECRYPTION as u8)) != 0;
  const holds =
    session.protocol == SCP02 ? scp02.unwrap(session, encrypted) : scp03.unwrap(session, encrypted);
  if (!holds) {
    breakSession();
    return SW_SECURITY_NOT_SATISFIED;
  }
  exchange.cla &= ~CLA_SECURE;
  pool.state.wrapped = true;
  return SW_SUCCESS;
}

/**
 * Puts encryption and MAC on the response data, when the session asks for it. Only SCP03 has levels
 * that do. An error goes bare (Amendment D, 6.2.5), and so does the 9000 of a part of a chain, which
 * never comes here: the response belongs to the last part. GPC 2.3.1, 11.1.5.1.
 */
export function wrapResponse(status: u16): void {
  const session = authenticated();
  const wrapped = pool.state.wrapped;
  pool.state.wrapped = false;
  if (!wrapped || !pool.exists(session)) return;
  if ((session.level & (LEVEL_R_MAC as u8)) == 0) return;
  if (status != SW_SUCCESS && !isWarning(status)) return;
  const encrypts = (session.level & (LEVEL_R_ENCRYPTION as u8)) != 0;
  if (encrypts && exchange.replyLength > 0) scp03.encryptResponse(session);
  scp03.sealResponse(session, status);
}

/** Bytes to whose multiple secrets are padded in the current session. */
export function sensitiveBlock(): i32 {
  const session = authenticated();
  return pool.exists(session) && session.protocol == SCP02 ? DES_BLOCK : BLOCK;
}

/**
 * Decrypts `length` bytes (whole blocks) in place under the data encryption key of the current
 * channel's session: in SCP02 a session key; in SCP03 the one of the key set that opened it, as it is
 * now. 6982 without a session, 6985 when the set is gone.
 */
export function decryptSensitive(at: usize, length: i32): u16 {
  const session = authenticated();
  if (!pool.exists(session)) return SW_SECURITY_NOT_SATISFIED;
  if (length <= 0 || length % sensitiveBlock() != 0) return SW_WRONG_DATA;
  if (session.protocol == SCP02) {
    scp02.decryptSensitive(session, at, length);
    return SW_SUCCESS;
  }
  const row = keySets.findChannelSet(session.domain, session.version);
  if (row < 0) return SW_CONDITIONS_NOT_SATISFIED;
  scp03.decryptSensitive(row, at, length);
  keySets.forgetSet();
  return SW_SUCCESS;
}
