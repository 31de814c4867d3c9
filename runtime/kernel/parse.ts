// Takes a command APDU apart. ISO/IEC 7816-4:2020, 5.1 and 5.2; ISO/IEC 7816-3:2006, 12.1.3.

import { LE_ABSENT, MAX_COMMAND_BYTES } from "../spec/card-api.ts";
import { SW_SUCCESS, SW_WRONG_LENGTH } from "../spec/status-words.ts";
import { exchange, IO } from "./buffers.ts";

export function bigEndian16(at: usize): i32 {
  return (load<u8>(at) << 8) | load<u8>(at + 1);
}

export function bigEndian24(at: usize): i32 {
  return (load<u8>(at) << 16) | bigEndian16(at + 1);
}

/** Le as coded in one byte or two: 0 means the most. */
function expected(value: i32, most: i32): i32 {
  return value == 0 ? most : value;
}

/** Reads header, Lc, data and Le of the `length` bytes at `IO`; 6700 when they do not agree. */
export function parse(length: i32): u16 {
  if (length < 4) return SW_WRONG_LENGTH;
  exchange.cla = load<u8>(IO);
  exchange.ins = load<u8>(IO + 1);
  exchange.p1 = load<u8>(IO + 2);
  exchange.p2 = load<u8>(IO + 3);
  exchange.lc = 0;
  exchange.le = LE_ABSENT;
  exchange.data = IO + 5;
  if (length == 4) return SW_SUCCESS;
  const first = load<u8>(IO + 4) as i32;
  if (length == 5) {
    exchange.le = expected(first, 256);
    return SW_SUCCESS;
  }
  return first != 0 ? parseShort(first, length) : parseExtended(length);
}

function parseShort(lc: i32, length: i32): u16 {
  exchange.lc = lc;
  if (length == 5 + lc) return SW_SUCCESS;
  if (length != 6 + lc) return SW_WRONG_LENGTH;
  exchange.le = expected(load<u8>(IO + 5 + lc), 256);
  return SW_SUCCESS;
}

function parseExtended(length: i32): u16 {
  if (length < 7) return SW_WRONG_LENGTH;
  const first = bigEndian16(IO + 5);
  if (length == 7) {
    exchange.le = expected(first, 65536);
    return SW_SUCCESS;
  }
  if (first == 0 || first > MAX_COMMAND_BYTES) return SW_WRONG_LENGTH;
  exchange.data = IO + 7;
  exchange.lc = first;
  if (length == 7 + first) return SW_SUCCESS;
  if (length != 9 + first) return SW_WRONG_LENGTH;
  exchange.le = expected(bigEndian16(IO + 7 + first), 65536);
  return SW_SUCCESS;
}
