// An applet that does what it is told: a script of card API calls, and worse. test/runtime/probe.ts
// speaks with it. It lives in a card image as the applet `probe`.
//
//   script    count u8, then for each call five words of four bytes, the lowest first:
//             operation, a, b, c, d
//   response  what the calls added to it, then the result of each call, four bytes, the lowest first

import { SW_SUCCESS } from "../../../../runtime/spec/status-words.ts";
import { call } from "./card.ts";

// What no card API operation is called.
const TRAP_UNREACHABLE: i32 = 0x1000;
const TRAP_DIVISION: i32 = 0x1001;
const TRAP_MEMORY: i32 = 0x1002;
/** Ends the script: the entry returns `a`, without the results. */
const RETURN: i32 = 0x1003;
/** Keeps `d` bytes of the command data from `c` as the script that entry `a` (1, 2) will run. */
const KEEP: i32 = 0x1004;
/** Reads and writes (`b`) the byte of RAM at `a`. */
const PEEK: i32 = 0x1005;
const POKE: i32 = 0x1006;
/** Where the 64 bytes of scratch RAM lie. */
const SCRATCH_AT: i32 = 0x1007;
/** The words that the entry was called with: header, Lc, Le. */
const ARGUMENT: i32 = 0x1008;
/** Makes the call of operation `a` without end, or for 0 nothing without end. */
const LOOP: i32 = 0x1009;
const TRAP_OVERFLOW: i32 = 0x100a;
/** Makes the call of operation `a` `b` times, with the words `c`, `d`, 0 and 0; the last result. */
const REPEAT: i32 = 0x100b;
/** Forgets the script that is kept for `select`. */
const FORGET: i32 = 0x100c;

/**
 * With these the probe runs the script that is kept for `select`, whatever the command data are; with
 * others that of the command. INITIALIZE UPDATE is among them, since only then can an applet open a
 * session; with nothing kept it opens one. EXTERNAL AUTHENTICATE is what it is.
 */
const INS_KEPT: i32 = 0x12;
const INS_INITIALIZE_UPDATE: i32 = 0x50;
const INS_EXTERNAL_AUTHENTICATE: i32 = 0x82;
const CHANNEL_INITIALIZE: i32 = 0x40;
const CHANNEL_AUTHENTICATE: i32 = 0x41;

const COMMAND_READ: i32 = 0x01;
const REPLY: i32 = 0x02;
const OBJECT_READ: i32 = 0x13;
/** Objects with a script for an entry that found none in RAM: this and the entry. */
const KEPT_OBJECT: i32 = 0xee00;

const CALL_BYTES: i32 = 20;
const MOST_CALLS: i32 = 46;
const KEPT_BYTES: i32 = 1 + 6 * CALL_BYTES;

const SCRIPT: usize = memory.data(1 + MOST_CALLS * CALL_BYTES);
const RESULTS: usize = memory.data(MOST_CALLS * 4);
const ON_SELECT: usize = memory.data(KEPT_BYTES);
const ON_DESELECT: usize = memory.data(KEPT_BYTES);
const SCRATCH: usize = memory.data(64);
const ARGUMENTS: usize = memory.data(12);
const NOTHING: usize = memory.data(4);
/** Whether the last script ended with RETURN. */
const ENDED: usize = memory.data(4);

export function install(header: i32, lc: i32, le: i32): i32 {
  remember(header, lc, le);
  if (lc === 0) return SW_SUCCESS;
  const count = loadScript();
  for (let i = 0; i < count; i++) {
    const status = perform(SCRIPT + 1 + i * CALL_BYTES);
    if (status !== SW_SUCCESS) return status;
  }
  return SW_SUCCESS;
}

export function select(header: i32, lc: i32, le: i32): i32 {
  remember(header, lc, le);
  return runKept(1, ON_SELECT);
}

export function deselect(header: i32, lc: i32, le: i32): i32 {
  remember(header, lc, le);
  return runKept(2, ON_DESELECT);
}

function findKept(entry: i32, script: usize): void {
  if (load<u8>(script) !== 0) return;
  call(OBJECT_READ, KEPT_OBJECT + entry, 0, script as i32, KEPT_BYTES);
}

function runKept(entry: i32, script: usize): i32 {
  findKept(entry, script);
  return run(script);
}

export function process(header: i32, lc: i32, le: i32): i32 {
  remember(header, lc, le);
  const ins = (header >> 16) & 0xff;
  if (ins === INS_EXTERNAL_AUTHENTICATE) return call(CHANNEL_AUTHENTICATE, 0, 0, 0, 0);
  const kept = ins === INS_KEPT || ins === INS_INITIALIZE_UPDATE;
  if (kept) findKept(1, ON_SELECT);
  const count = kept ? (load<u8>(ON_SELECT) as i32) : loadScript();
  if (ins === INS_INITIALIZE_UPDATE && count === 0) return call(CHANNEL_INITIALIZE, 0, 0, 0, 0);
  const status = run(kept ? ON_SELECT : SCRIPT);
  if (load<u8>(ENDED) === 0) call(REPLY, RESULTS as i32, count * 4, 0, 0);
  return status;
}

function remember(header: i32, lc: i32, le: i32): void {
  store<i32>(ARGUMENTS, header);
  store<i32>(ARGUMENTS + 4, lc);
  store<i32>(ARGUMENTS + 8, le);
}

/** Brings the script of the command data to `SCRIPT`; how many calls it has. */
function loadScript(): i32 {
  store<u8>(SCRIPT, 0);
  call(COMMAND_READ, 0, SCRIPT as i32, 1, 0);
  let count = load<u8>(SCRIPT) as i32;
  if (count > MOST_CALLS) count = MOST_CALLS;
  store<u8>(SCRIPT, count as u8);
  if (count > 0) call(COMMAND_READ, 1, (SCRIPT + 1) as i32, count * CALL_BYTES, 0);
  return count;
}

function run(script: usize): i32 {
  store<u8>(ENDED, 0);
  const count = load<u8>(script) as i32;
  for (let i = 0; i < count; i++) {
    const at = script + 1 + i * CALL_BYTES;
    if (load<i32>(at) === RETURN) {
      store<u8>(ENDED, 1);
      return load<i32>(at + 4);
    }
    store<i32>(RESULTS + (i << 2), perform(at));
  }
  return SW_SUCCESS;
}

function perform(at: usize): i32 {
  const operation = load<i32>(at);
  const a = load<i32>(at + 4);
  const b = load<i32>(at + 8);
  const c = load<i32>(at + 12);
  const d = load<i32>(at + 16);
  switch (operation) {
    case TRAP_UNREACHABLE:
      unreachable();
      return 0;
    case TRAP_DIVISION:
      return 1 / load<i32>(NOTHING);
    case TRAP_MEMORY:
      return load<i32>(0x7ffffff0);
    case TRAP_OVERFLOW:
      return (load<i32>(NOTHING) - 0x80000000) / (load<i32>(NOTHING) - 1);
    case FORGET:
      store<u8>(ON_SELECT, 0);
      return SW_SUCCESS;
    case REPEAT: {
      let result = 0;
      for (let i = 0; i < b; i++) result = call(a, c, d, 0, 0);
      return result;
    }
    case KEEP:
      return call(COMMAND_READ, c, (a === 1 ? ON_SELECT : ON_DESELECT) as i32, d, 0);
    case PEEK:
      return load<u8>(a as usize);
    case POKE:
      store<u8>(a as usize, b as u8);
      return SW_SUCCESS;
    case SCRATCH_AT:
      return SCRATCH as i32;
    case ARGUMENT:
      return load<i32>(ARGUMENTS + (a << 2));
    case LOOP:
      while (true) if (a !== 0) call(a, 0, 0, 0, 0);
    default:
      return call(operation, a, b, c, d);
  }
}
