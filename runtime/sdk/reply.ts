// Builds BER-TLV responses: open a template, add its fields, close it, send. No counted offsets.

import { replyBytes } from "./card.ts";

const REPLY_BYTES: i32 = 128;
const REPLY: usize = memory.data(REPLY_BYTES, 4);

@unmanaged
@final
class Writer {
  length: i32;
}

// @ts-ignore: the compiler folds this to an address
const writer: Writer = changetype<Writer>(memory.data(offsetof<Writer>(), 4));

function put(value: i32): void {
  if (writer.length >= REPLY_BYTES) return;
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

/** Bytes as they are. What does not fit is left out. */
export function bytes(from: usize, length: i32): void {
  if (length < 0 || writer.length + length > REPLY_BYTES) return;
  memory.copy(REPLY + writer.length, from, length);
  writer.length += length;
}

export function byte(value: i32): void {
  put(value);
}

/** Bytes written so far. */
export function written(): i32 {
  return writer.length;
}

/** Adds what was built to the response. */
export function send(): u16 {
  return replyBytes(REPLY, writer.length);
}

/** Adds the value alone of the one object that was built. */
export function sendValue(): u16 {
  let head = (load<u8>(REPLY) & 0x1f) == 0x1f ? 3 : 2;
  if (load<u8>(REPLY + head - 1) > 0x80) head += load<u8>(REPLY + head - 1) - 0x80;
  return replyBytes(REPLY + head, writer.length - head);
}
