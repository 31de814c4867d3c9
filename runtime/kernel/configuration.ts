// Reads the image's configuration block (runtime/spec/configuration.ts) through the chip.

import {
  TAG_4F_AID,
  TAG_8A_CHANNELS,
  TAG_8B_PACKAGE_PAGES,
  TAG_8C_SECURE_CHANNELS,
  TAG_80_PAGE_SIZE,
  TAG_81_PAGE_COUNT,
  TAG_85_RAM,
  TAG_86_MODULE_INDEX,
  TAG_87_PRIVILEGES,
  TAG_88_PARAMETERS,
  TAG_89_FLAGS,
  TAG_90_QUOTA,
  TAG_91_IMPLICIT_SELECTION,
  TAG_92_APPLET_RAM,
  TAG_E1_MODULE,
  TAG_E2_INSTANCE,
} from "../spec/configuration.ts";
import { SCP_IDENTIFIER, SCP_PARAMETER_I } from "../spec/secure-channel.ts";
import { configurationRead } from "./chip.ts";
import { bigEndian16 } from "./parse.ts";

const HEAD: usize = memory.data(4, 4);
const VALUE: usize = memory.data(20, 4);

/** One TLV of the block: tag, where its value begins, its length. Tag 0 at the end. */
@unmanaged
@final
class Field {
  tag: i32;
  at: i32;
  length: i32;
}

// @ts-ignore: the compiler folds this to an address
const field: Field = changetype<Field>(memory.data(offsetof<Field>(), 4));

/** Reads the TLV at `offset` into `field`; the offset behind it, or 0 when there is none. */
function next(offset: i32, end: i32): i32 {
  field.tag = 0;
  if (offset >= end) return 0;
  store<u32>(HEAD, 0);
  const got = configurationRead(offset, HEAD, 4);
  if (got < 2) return 0;
  field.tag = load<u8>(HEAD);
  const short = load<u8>(HEAD + 1) as i32;
  const more = short > 0x80 ? short - 0x80 : 0;
  field.at = offset + 2 + more;
  field.length = more == 0 ? short : more == 1 ? load<u8>(HEAD + 2) : bigEndian16(HEAD + 2);
  return field.at + field.length;
}

const WHOLE: i32 = 0x7fffffff;

/** Finds the `nth` TLV with this tag between `from` and `end`; false when there is none. */
function seek(tag: u8, nth: i32, from: i32, end: i32): bool {
  for (let at = next(from, end); at != 0; at = next(at, end)) {
    if (field.tag != (tag as i32)) continue;
    if (nth == 0) return true;
    nth -= 1;
  }
  return false;
}

function number16(tag: u8): i32 {
  if (!seek(tag, 0, 0, WHOLE) || field.length != 2) return 0;
  configurationRead(field.at, VALUE, 2);
  return bigEndian16(VALUE);
}

export function pageSize(): i32 {
  return number16(TAG_80_PAGE_SIZE);
}
export function pageCount(): i32 {
  return number16(TAG_81_PAGE_COUNT);
}

/**
 * Parameter i of the secure channel protocol `scp`, or -1 when the card does not speak it. A block
 * that names none stands for SCP_IDENTIFIER with SCP_PARAMETER_I.
 */
export function secureChannel(scp: i32): i32 {
  if (!seek(TAG_8C_SECURE_CHANNELS, 0, 0, WHOLE)) {
    return scp == (SCP_IDENTIFIER as i32) ? (SCP_PARAMETER_I as i32) : -1;
  }
  const end = field.at + field.length;
  for (let at = field.at; at + 1 < end; at += 2) {
    configurationRead(at, VALUE, 2);
    if ((load<u8>(VALUE) as i32) == scp) return load<u8>(VALUE + 1);
  }
  return -1;
}

export function packagePages(): i32 {
  return number16(TAG_8B_PACKAGE_PAGES);
}
/** RAM for all instances that run together, bytes; without limit when the block names none. */
export function appletRam(): u32 {
  if (copyValue(TAG_92_APPLET_RAM, VALUE, 4) != 4) return 0xffffffff;
  return (bigEndian16(VALUE) << 16) | bigEndian16(VALUE + 2);
}
/** Logical channels of the card; 1 when the block names none. */
export function channels(): i32 {
  return copyValue(TAG_8A_CHANNELS, VALUE, 1) == 1 ? (load<u8>(VALUE) as i32) : 1;
}

/** Copies up to `most` bytes of a top-level value to `to`; how many. */
export function copyValue(tag: u8, to: usize, most: i32): i32 {
  if (!seek(tag, 0, 0, WHOLE)) return 0;
  const length = field.length < most ? field.length : most;
  return configurationRead(field.at, to, length);
}

/** Copies up to `most` bytes of a field inside the `nth` template; how many, or -1 when it is not there. */
function copyInner(template: u8, nth: i32, tag: u8, to: usize, most: i32): i32 {
  if (!seek(template, nth, 0, WHOLE)) return -1;
  if (!seek(tag, 0, field.at, field.at + field.length)) return -1;
  const length = field.length < most ? field.length : most;
  return configurationRead(field.at, to, length);
}

/** RAM of module number `module`, bytes; 0 when the image has no such module. */
export function moduleRam(module: i32): i32 {
  return copyInner(TAG_E1_MODULE, module, TAG_85_RAM, VALUE, 2) == 2 ? bigEndian16(VALUE) : 0;
}

/** Copies the AID of a module to `to` (16 bytes); its length, or -1. */
export function moduleAid(module: i32, to: usize): i32 {
  return copyInner(TAG_E1_MODULE, module, TAG_4F_AID, to, 16);
}

/** MODULE_* of module number `module`. */
export function moduleFlags(module: i32): i32 {
  return innerByte(TAG_E1_MODULE, module, TAG_89_FLAGS, 0);
}

function innerByte(template: u8, nth: i32, tag: u8, otherwise: i32): i32 {
  const got = copyInner(template, nth, tag, VALUE, 1);
  return got == 1 ? (load<u8>(VALUE) as i32) : otherwise;
}

/** The parts of the `nth` instance that a blank installs; each answers the length, or -1. */
export function instanceAid(nth: i32, to: usize): i32 {
  return copyInner(TAG_E2_INSTANCE, nth, TAG_4F_AID, to, 16);
}
export function instanceModule(nth: i32): i32 {
  return innerByte(TAG_E2_INSTANCE, nth, TAG_86_MODULE_INDEX, -1);
}
export function instancePrivileges(nth: i32, to: usize): i32 {
  return copyInner(TAG_E2_INSTANCE, nth, TAG_87_PRIVILEGES, to, 3);
}
export function instanceParameters(nth: i32, to: usize, most: i32): i32 {
  return copyInner(TAG_E2_INSTANCE, nth, TAG_88_PARAMETERS, to, most);
}
export function instanceQuota(nth: i32): i32 {
  return copyInner(TAG_E2_INSTANCE, nth, TAG_90_QUOTA, VALUE, 2) == 2 ? bigEndian16(VALUE) : 0;
}
export function instanceImplicit(nth: i32): i32 {
  return innerByte(TAG_E2_INSTANCE, nth, TAG_91_IMPLICIT_SELECTION, 0);
}
