// The sessions that can be under way at once, each on a logical channel of its own.

import { exchange } from "../buffers.ts";
import { forgetSubkeys } from "./cmac.ts";

/** Sessions at once: a card of four channels can have one on each. */
const SESSIONS: i32 = 4;

export const PHASE_FREE: u8 = 0;
export const PHASE_INITIALIZED: u8 = 1;
export const PHASE_AUTHENTICATED: u8 = 2;

/** A session's own bytes; its keys and chaining value follow, at SESSION_*. */
@unmanaged
@final
export class Session {
  phase: u8;
  channel: u8;
  /** SCP02 or SCP03, and LEVEL_* that EXTERNAL AUTHENTICATE asked for. */
  protocol: u8;
  level: u8;
  /** Security domain and key version whose keys the session uses. */
  domain: u8;
  version: u8;
  /** Bytes of a session key; of a challenge, cryptogram or MAC. */
  keyBytes: u8;
  macBytes: u8;
  /** SCP03: commands since EXTERNAL AUTHENTICATE. Amendment D, 6.2.6. */
  counter: u32;
}

export const SESSION_ENC: usize = 12;
export const SESSION_MAC: usize = 44;
/** SCP03: S-RMAC. SCP02: the session's DEK. */
export const SESSION_RMAC: usize = 76;
/**
 * 16 bytes. SCP03: the MAC chaining value (Amendment D, 6.2.3); SCP02: the MAC before (GPC 2.3.1,
 * E.3.2). Between INITIALIZE UPDATE and EXTERNAL AUTHENTICATE, the cryptogram that must come.
 */
export const SESSION_CHAIN: usize = 108;
const SESSION_BYTES: i32 = 124;

const POOL: usize = memory.data(SESSIONS * SESSION_BYTES, 4);

@unmanaged
@final
class State {
  /** Bit n: the session on channel n was broken off, and no other has begun there. */
  broken: u32;
  /** Whether the command in hand came wrapped. */
  wrapped: bool;
}

// @ts-ignore: the compiler folds this to an address
export const state: State = changetype<State>(memory.data(offsetof<State>(), 4));

function at(index: i32): Session {
  return changetype<Session>(POOL + index * SESSION_BYTES);
}

/** A part of a session, SESSION_*. */
export function part(session: Session, offset: usize): usize {
  return changetype<usize>(session) + offset;
}

export function exists(session: Session): bool {
  return changetype<usize>(session) != 0;
}

/** The session of a channel; `exists` says whether there is one. */
export function sessionOf(channel: i32): Session {
  for (let index = 0; index < SESSIONS; index++) {
    const session = at(index);
    if (session.phase != PHASE_FREE && session.channel == (channel as u8)) return session;
  }
  return changetype<Session>(0);
}

/** A free place, taken for the current channel; `exists` says whether there was one. */
export function take(): Session {
  for (let index = 0; index < SESSIONS; index++) {
    const session = at(index);
    if (session.phase != PHASE_FREE) continue;
    session.phase = PHASE_INITIALIZED;
    session.channel = exchange.channel as u8;
    return session;
  }
  return changetype<Session>(0);
}

/** Forgets a session and its keys. */
export function release(session: Session): void {
  memory.fill(changetype<usize>(session), 0, SESSION_BYTES);
  forgetSubkeys();
}

export function releaseAll(): void {
  memory.fill(POOL, 0, SESSIONS * SESSION_BYTES);
  state.broken = 0;
  state.wrapped = false;
  forgetSubkeys();
}

export function isBroken(channel: i32): bool {
  return ((state.broken >> channel) & 1) != 0;
}

export function setBroken(channel: i32, broken: bool): void {
  const bit = (1 as u32) << channel;
  state.broken = broken ? state.broken | bit : state.broken & ~bit;
}
