// Builds BER-TLV responses: open a template, add its fields, close it, send. No counted offsets. It holds
// REPLY_BYTES; once something did not fit, nothing is added and `send` answers 6700.

import { SW_WRONG_LENGTH } from "../spec/status-words.ts";
import { replyBytes } from "./card.ts";

/** What one `send` takes; a longer response is sent in several, each after a `start`. */
const REPLY_BYTES: i32 = 128;
const REPLY: usize = memory.data(REPLY_BYTES, 4);

@unmanaged
@final
class Writer {
  /** Above REPLY_BYTES when something did not fit. */
  length: i32;
}

// @ts-ignore: the compiler folds this to an address
const writer: Writer = changetype<Writer>(memory.data(offsetof<Writer>(), 4));

/** Whether so many bytes more fit; what does not is remembered until `start`. */
function fits(length: i32): bool {
  if (length >= 0 && length <= REPLY_BYTES - writer.length) return true;
  writer.length = REPLY_BYTES + 1;
  return false;
}

function put(value: i32): void {
  if (!fits(1)) return;
  store<u8>(REPLY + writer.length, value as u8);
  writer.length += 1;
}

/** Writes a tag of one byte or two. */
function putTag(tag: i32): void {
  if (tag > 0xff) put(tag >> 8);
  put(tag & 0xff);
}

/** Starts an empty reply. */
export function start(): void {
  writer.length = 0;
}

/** Opens a template of less than 128 bytes; give what it answers to `close`. */
export function open(tag: i32): i32 {
  putTag(tag);
  put(0);
  return writer.length;
}

export function close(mark: i32): void {
  if (!fits(0)) return;
  store<u8>(REPLY + mark - 1, (writer.length - mark) as u8);
}

/** A field of `length` bytes (less than 128). */
export function field(tag: i32, from: usize, length: i32): void {
  putTag(tag);
  put(length);
  bytes(from, length);
}

export function byteField(tag: i32, value: i32): void {
  putTag(tag);
  put(1);
  put(value);
}

export function shortField(tag: i32, value: i32): void {
  putTag(tag);
  put(2);
  put(value >> 8);
  put(value & 0xff);
}

/** Bytes as they are. */
export function bytes(from: usize, length: i32): void {
  if (!fits(length)) return;
  memory.copy(REPLY + writer.length, from, length);
  writer.length += length;
}

export function byte(value: i32): void {
  put(value);
}

/** Bytes written so far; more than fit when something did not. */
export function written(): i32 {
  return writer.length;
}

/** Adds what was built to the response; 6700 when it did not fit. */
export function send(): u16 {
  if (!fits(0)) return SW_WRONG_LENGTH;
  return replyBytes(REPLY, writer.length);
}

/** Adds the value alone of the one object that was built; 6700 when it did not fit. */
export function sendValue(): u16 {
  if (!fits(0)) return SW_WRONG_LENGTH;
  let head = (load<u8>(REPLY) & 0x1f) == 0x1f ? 3 : 2;
  if (load<u8>(REPLY + head - 1) > 0x80) head += load<u8>(REPLY + head - 1) - 0x80;
  return replyBytes(REPLY + head, writer.length - head);
}
