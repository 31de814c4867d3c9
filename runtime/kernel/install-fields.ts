// The data of INSTALL: a row of LV fields, and TLV parameters in one of them. GPC 2.3.1, 11.5.2.3.

import { TAG_C9_PARAMETERS, TAG_EF_SYSTEM_PARAMETERS } from "../spec/content.ts";
import { exchange } from "./buffers.ts";
import { bigEndian16 } from "./parse.ts";

/** Load file, module or domain, application, privileges, parameters, token: each form has six or five. */
const MOST_FIELDS: i32 = 6;
const FIELDS: usize = memory.data(MOST_FIELDS * 2);

/** Finds `count` LV fields that fill the command data; the last one may be left out. */
export function takeFields(count: i32): bool {
  memory.fill(FIELDS, 0, MOST_FIELDS * 2);
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at == exchange.lc && index == count - 1) break;
    if (at >= exchange.lc) return false;
    store<u16>(FIELDS + (index << 1), at as u16);
    at += 1 + load<u8>(exchange.data + at);
  }
  return at == exchange.lc;
}

/** Address of the value of a field. */
export function valueAt(index: i32): usize {
  return exchange.data + load<u16>(FIELDS + (index << 1)) + 1;
}

/** Bytes of the value of a field. Field 0 stands at the very beginning; of the others 0 means left out. */
export function lengthOf(index: i32): i32 {
  if (index > 0 && load<u16>(FIELDS + (index << 1)) == 0) return 0;
  return load<u8>(valueAt(index) - 1);
}

/** The value that `findParameter` found. */
@unmanaged
@final
class Parameter {
  at: usize;
  length: i32;
}

// @ts-ignore: the compiler folds this to an address
export const parameter: Parameter = changetype<Parameter>(memory.data(offsetof<Parameter>()));

/** Finds a tag among TLVs of one-byte tags and lengths below 128; false when it is not there. */
export function findTag(tag: u8, from: usize, end: usize): bool {
  for (let at = from; at + 2 <= end; ) {
    const length = load<u8>(at + 1) as i32;
    if (at + 2 + length > end) return false;
    if (load<u8>(at) == tag) {
      parameter.at = at + 2;
      parameter.length = length;
      return true;
    }
    at += 2 + length;
  }
  return false;
}

/** Whether a field holds whole TLVs and nothing else. */
export function parametersAreWhole(field: i32): bool {
  let at = valueAt(field);
  const end = at + lengthOf(field);
  while (at + 2 <= end) at += 2 + load<u8>(at + 1);
  return at == end;
}

/** Finds the applet's own parameters (C9) in a field. */
export function findAppletParameters(field: i32): bool {
  const at = valueAt(field);
  return findTag(TAG_C9_PARAMETERS, at, at + lengthOf(field));
}

/** A system parameter (in EF) as a number of up to four bytes; -1 when it is not there. */
export function systemParameter(field: i32, tag: u8): i32 {
  const from = valueAt(field);
  if (!findTag(TAG_EF_SYSTEM_PARAMETERS, from, from + lengthOf(field))) return -1;
  if (!findTag(tag, parameter.at, parameter.at + parameter.length)) return -1;
  switch (parameter.length) {
    case 1:
      return load<u8>(parameter.at);
    case 2:
      return bigEndian16(parameter.at);
    case 4:
      return ((bigEndian16(parameter.at) << 16) | bigEndian16(parameter.at + 2)) & 0x7fffffff;
    default:
      return -1;
  }
}
