// The data of INSTALL: a row of LV fields, and TLV parameters in one of them. GPC 2.3.1, 11.5.2.3.

import { TAG_C9_PARAMETERS, TAG_EF_SYSTEM_PARAMETERS } from "../../spec/content.ts";
import { exchange } from "../buffers.ts";
import { bigEndian16 } from "../parse.ts";

/** Load file, module or domain, application, privileges, parameters, token: each form has six or five. */
const MOST_FIELDS: i32 = 6;
/** For each field u16 where its value lies in the command data, u16 its bytes. */
const FIELDS: usize = memory.data(MOST_FIELDS * 4, 4);

/** The value that `takeValue` took, or `findTag` found. */
@unmanaged
@final
class Parameter {
  at: usize;
  length: i32;
  /** Where the tag stands, of what `findTag` found. */
  tagAt: usize;
}

// @ts-ignore: the compiler folds this to an address
export const parameter: Parameter = changetype<Parameter>(memory.data(offsetof<Parameter>(), 4));

/**
 * Takes the value behind the length at `at` into `parameter`; false when it does not end by `end`. A
 * length has one byte to 80, then 81 and one or 82 and two. 11.5.2.3.
 */
function takeValue(at: usize, end: usize): bool {
  if (at >= end) return false;
  const first = load<u8>(at) as i32;
  const more = first == 0x81 ? 1 : first == 0x82 ? 2 : 0;
  if (first > 0x82 || at + 1 + more > end) return false;
  parameter.at = at + 1 + more;
  parameter.length = more == 0 ? first : more == 1 ? load<u8>(at + 1) : bigEndian16(at + 1);
  return parameter.at + parameter.length <= end;
}

/** Finds `count` LV fields that fill the command data; the last one may be left out. */
export function takeFields(count: i32): bool {
  memory.fill(FIELDS, 0, MOST_FIELDS * 4);
  const end = exchange.data + exchange.lc;
  let at = exchange.data;
  for (let index = 0; index < count; index++) {
    if (at == end && index == count - 1) break;
    if (!takeValue(at, end)) return false;
    store<u16>(FIELDS + (index << 2), (parameter.at - exchange.data) as u16);
    store<u16>(FIELDS + (index << 2), parameter.length as u16, 2);
    at = parameter.at + parameter.length;
  }
  return at == end;
}

/** Address of the value of a field. */
export function valueAt(index: i32): usize {
  return exchange.data + load<u16>(FIELDS + (index << 2));
}

/** Bytes of the value of a field; 0 for one that was left out. */
export function lengthOf(index: i32): i32 {
  return load<u16>(FIELDS + (index << 2), 2);
}

/** Finds a one-byte tag among TLVs; false when it is not there. */
export function findTag(tag: u8, from: usize, end: usize): bool {
  let at = from;
  while (at < end && takeValue(at + 1, end)) {
    if (load<u8>(at) == tag) {
      parameter.tagAt = at;
      return true;
    }
    at = parameter.at + parameter.length;
  }
  return false;
}

/** Whether whole TLVs and nothing else lie between. */
function areWhole(from: usize, end: usize): bool {
  let at = from;
  while (at < end && takeValue(at + 1, end)) at = parameter.at + parameter.length;
  return at == end;
}

/** Whether a field holds whole TLVs and nothing else, and so do its system parameters. */
export function parametersAreWhole(field: i32): bool {
  const from = valueAt(field);
  const end = from + lengthOf(field);
  if (!areWhole(from, end)) return false;
  if (!findTag(TAG_EF_SYSTEM_PARAMETERS, from, end)) return true;
  return areWhole(parameter.at, parameter.at + parameter.length);
}

/** Finds the applet's own parameters (C9) in a field. */
export function findAppletParameters(field: i32): bool {
  const at = valueAt(field);
  return findTag(TAG_C9_PARAMETERS, at, at + lengthOf(field));
}

/** What `systemParameter` answers when there is none, and when it has a length that none has. */
export const ABSENT: i32 = -1;
export const WRONG: i32 = -2;

/** A system parameter (in EF) of 1, 2 or 4 bytes as a number. */
export function systemParameter(field: i32, tag: u8): i32 {
  const from = valueAt(field);
  if (!findTag(TAG_EF_SYSTEM_PARAMETERS, from, from + lengthOf(field))) return ABSENT;
  if (!findTag(tag, parameter.at, parameter.at + parameter.length)) return ABSENT;
  switch (parameter.length) {
    case 1:
      return load<u8>(parameter.at);
    case 2:
      return bigEndian16(parameter.at);
    case 4:
      return ((bigEndian16(parameter.at) << 16) | bigEndian16(parameter.at + 2)) & 0x7fffffff;
    default:
      return WRONG;
  }
}
