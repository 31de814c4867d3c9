// CREATE FILE: makes a DF or EF from an FCP template. ISO/IEC 7816-9:2017, 8.2.2.

import { Apdu, bigEndian16, DATA, DATA_BYTES, loadData } from "../../../runtime/sdk/apdu.ts";
import { begin, commit, createObject } from "../../../runtime/sdk/card.ts";
import { field, findField, nextField } from "../../../runtime/sdk/tlv.ts";
import {
  SW_NAME_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { MAX_OBJECT_BYTES } from "../../../runtime/spec/store.ts";
import {
  CONDITION_BYTES,
  CONDITIONS_BYTES,
  FID_MF,
  FID_RESERVED,
  FID_RESERVED_CURRENT,
  FILE_CYCLIC,
  FILE_DF,
  FILE_LINEAR_FIXED,
  FILE_LINEAR_VARIABLE,
  FILE_TRANSPARENT,
  MAX_RECORD_BYTES,
  TAG_62_FCP,
  TAG_80_SIZE,
  TAG_82_FILE_DESCRIPTOR,
  TAG_83_FILE_IDENTIFIER,
  TAG_84_DF_NAME,
  TAG_86_SECURITY_ATTRIBUTE,
  TAG_88_SHORT_IDENTIFIER,
} from "../spec.ts";
import { isCondition } from "./access.ts";
import { current } from "./current.ts";
import {
  addRow,
  checkFree,
  contentBytes,
  contentOf,
  copyConditions,
  countFiles,
  findName,
  NO_FILE,
  ROW_BYTES,
  ROW_FID,
  ROW_NAME_LENGTH,
  ROW_PARENT,
  ROW_RECORD_BYTES,
  ROW_RECORDS,
  ROW_SFI,
  ROW_SIZE,
  ROW_TYPE,
} from "./files.ts";
import { checkPersonalization } from "./personalization.ts";

const ROW: usize = memory.data(ROW_BYTES, 4);

/** CREATE FILE: a file in the current DF. */
export function createFileCommand(apdu: Apdu): u16 {
  if (apdu.p1p2 != 0) return SW_WRONG_P1P2;
  if (apdu.lc == 0 || apdu.lc > DATA_BYTES) return SW_WRONG_LENGTH;
  const status = checkPersonalization();
  if (status != SW_SUCCESS) return status;
  return createFile(current.df, DATA, DATA + loadData());
}

/** Makes the file of the FCP template at `from` in DF `parent`. 6A80, 6A84, 6A89, 6A8A if it cannot be. */
export function createFile(parent: i32, from: usize, end: usize): u16 {
  if (nextField(from, end) != end || field.tag != (TAG_62_FCP as i32)) return SW_WRONG_DATA;
  const fields = field.value;
  memory.fill(ROW, 0, ROW_BYTES);
  store<u8>(ROW + ROW_PARENT, parent as u8);
  if (!takeDescriptor(fields, end) || !takeIdentifiers(fields, end)) return SW_WRONG_DATA;
  if (!takeConditions(fields, end)) return SW_WRONG_DATA;
  const isDf = load<u8>(ROW + ROW_TYPE) == FILE_DF;
  if (!isDf && contentBytes(ROW) > MAX_OBJECT_BYTES) return SW_NOT_ENOUGH_MEMORY;
  const name = takeName(fields, end);
  const named = findField(TAG_84_DF_NAME, fields, end);
  if (named != (name != 0) || (named && !isDf)) return SW_WRONG_DATA;
  const status = checkFree(parent, bigEndian16(ROW + ROW_FID), load<u8>(ROW + ROW_SFI));
  if (status != SW_SUCCESS) return status;
  if (name != 0 && findName(name, load<u8>(ROW + ROW_NAME_LENGTH)) != NO_FILE) {
    return SW_NAME_EXISTS;
  }
  return save(isDf, name);
}

/** Row, name and content of the new file, all or nothing. */
function save(isDf: bool, name: usize): u16 {
  let status = begin();
  if (status != SW_SUCCESS) return status;
  const content = contentOf(countFiles());
  status = addRow(ROW, name);
  if (status == SW_SUCCESS && !isDf) status = createObject(content, contentBytes(ROW));
  return status == SW_SUCCESS ? commit() : status;
}

/** Tag 82 (type; for records also coding, longest record and count) and tag 80 (size). */
function takeDescriptor(from: usize, end: usize): bool {
  if (!findField(TAG_82_FILE_DESCRIPTOR, from, end) || field.length < 1) return false;
  const at = field.value;
  const length = field.length;
  const type = load<u8>(at);
  store<u8>(ROW + ROW_TYPE, type);
  if (type == FILE_DF) return true;
  if (type == FILE_TRANSPARENT) return takeSize(from, end);
  if (!isRecordType(type) || length != 5) return false;
  const longest = bigEndian16(at + 2);
  const records = load<u8>(at + 4);
  if (longest < 1 || longest > MAX_RECORD_BYTES || records == 0 || records > 254) return false;
  store<u8>(ROW + ROW_RECORD_BYTES, longest as u8);
  store<u8>(ROW + ROW_RECORDS, records);
  return true;
}

function takeSize(from: usize, end: usize): bool {
  if (!findField(TAG_80_SIZE, from, end) || field.length != 2) return false;
  memory.copy(ROW + ROW_SIZE, field.value, 2);
  return bigEndian16(ROW + ROW_SIZE) > 0;
}

function isRecordType(type: u8): bool {
  return type == FILE_LINEAR_FIXED || type == FILE_LINEAR_VARIABLE || type == FILE_CYCLIC;
}

/** Tag 83, and tag 88 when there: the short identifier in bits 8-4. */
function takeIdentifiers(from: usize, end: usize): bool {
  if (!findField(TAG_83_FILE_IDENTIFIER, from, end) || field.length != 2) return false;
  const fid = bigEndian16(field.value);
  if (fid == FID_MF || fid == FID_RESERVED_CURRENT || fid == FID_RESERVED) return false;
  memory.copy(ROW + ROW_FID, field.value, 2);
  return takeShortIdentifier(from, end);
}

function takeShortIdentifier(from: usize, end: usize): bool {
  if (!findField(TAG_88_SHORT_IDENTIFIER, from, end)) return true;
  if (field.length != 1 || (load<u8>(field.value) & 7) != 0) return false;
  const sfi = load<u8>(field.value) >> 3;
  store<u8>(ROW + ROW_SFI, sfi);
  // Short identifiers are those of EFs.
  return sfi != 31 && load<u8>(ROW + ROW_TYPE) != FILE_DF;
}

/** Tag 86. A file that does not state its conditions is not made. */
function takeConditions(from: usize, end: usize): bool {
  if (!findField(TAG_86_SECURITY_ATTRIBUTE, from, end)) return false;
  if (field.length != CONDITIONS_BYTES) return false;
  for (let at = 0; at < CONDITIONS_BYTES; at += CONDITION_BYTES) {
    if (!isCondition(field.value + at)) return false;
  }
  copyConditions(field.value, ROW);
  return true;
}

/** Where the name of tag 84 lies, 0 without one of 1 to 16 bytes; its length goes to the row. */
function takeName(from: usize, end: usize): usize {
  if (!findField(TAG_84_DF_NAME, from, end) || field.length < 1 || field.length > 16) return 0;
  store<u8>(ROW + ROW_NAME_LENGTH, field.length as u8);
  return field.value;
}
