// The one command buffer, the one response buffer, and the window on the command that handlers read.

import { MAX_RESPONSE_BYTES } from "../spec/card-api.ts";
import { COMMAND_BUFFER_BYTES } from "../spec/chip.ts";

/** Room before the command for the MAC chaining value, which a MAC runs over first. */
export const CHAINING_BYTES: i32 = 16;
/** Room behind the response for padding, a MAC of 16 bytes and status word. */
const TRAILER_BYTES: i32 = 36;

/** A response with all of these is longer than any command. */
const COMMAND_AREA: usize = memory.data(CHAINING_BYTES + MAX_RESPONSE_BYTES + TRAILER_BYTES, 4);
/** Where the chip puts a command and finds the response. */
export const IO: usize = COMMAND_AREA + CHAINING_BYTES;
export const IO_BYTES: i32 = COMMAND_BUFFER_BYTES;

const RESPONSE_AREA: usize = memory.data(CHAINING_BYTES + MAX_RESPONSE_BYTES + TRAILER_BYTES, 4);
/** Response data being built, or waiting for GET RESPONSE; at other times a chained command. */
export const RESPONSE: usize = RESPONSE_AREA + CHAINING_BYTES;

@unmanaged
@final
class Exchange {
  cla: u8;
  ins: u8;
  p1: u8;
  p2: u8;
  /** Logical channel of the command, taken out of `cla`; INTERFACE_* that the card was reset on. */
  channel: i32;
  line: i32;
  /** Command data that handlers see: pointer and length. */
  data: usize;
  lc: i32;
  /** Most response bytes asked for; LE_ABSENT without an Le field. */
  le: i32;
  /** Response data so far; it is built in one buffer while the command stands in the other. */
  reply: usize;
  replyLength: i32;
  /** Part of a response that waits for GET RESPONSE: where in RESPONSE, and how much. */
  waiting: i32;
  waitingLength: i32;
  waitingChannel: i32;
  /** What ends it: 9000 or a warning. */
  waitingStatus: u16;
  /** Bytes of a chain collected so far; the chain's class and instruction bytes, and its channel. */
  chained: i32;
  chainHeader: i32;
  chainChannel: i32;
}

// @ts-ignore: the compiler folds this to an address
export const exchange: Exchange = changetype<Exchange>(memory.data(offsetof<Exchange>(), 4));

/** Adds response bytes; false when the response buffer cannot hold them. */
export function reply(from: usize, length: i32): bool {
  if (exchange.replyLength + length > MAX_RESPONSE_BYTES) return false;
  memory.copy(exchange.reply + exchange.replyLength, from, length);
  exchange.replyLength += length;
  return true;
}

export function replyByte(value: i32): void {
  if (exchange.replyLength >= MAX_RESPONSE_BYTES) return;
  store<u8>(exchange.reply + exchange.replyLength, value as u8);
  exchange.replyLength += 1;
}
