// A load file that is there whole: taken apart, judged, and made to count by one write.
// GPC 2.3.1, C.1 to C.3 and 11.6.2.3; what is in a data block: runtime/spec/load-file.ts.

import {
  MODULE_ROW_AID,
  MODULE_ROW_AID_LENGTH,
  MODULE_ROW_DOMAIN,
  MODULE_ROW_FLAGS,
  MODULE_ROW_MODULE_AID,
  MODULE_ROW_MODULE_AID_LENGTH,
} from "../../spec/card-api.ts";
import { HASH_SHA256, MAX_INSTANCES } from "../../spec/chip.ts";
import {
  MAX_AID_BYTES,
  MIN_AID_BYTES,
  MODULE_MULTISELECTABLE,
  TAG_4F_AID,
  TAG_85_RAM,
  TAG_89_FLAGS,
  TAG_E1_MODULE,
} from "../../spec/configuration.ts";
import { LIFE_CYCLE_PERSONALIZED } from "../../spec/life-cycle.ts";
import {
  TAG_8F_STACK,
  TAG_C3_SIGNATURE,
  TAG_C4_DATA_BLOCK,
  TAG_E2_DAP_BLOCK,
} from "../../spec/load-file.ts";
import { PRIVILEGE_DAP_VERIFICATION, PRIVILEGE_MANDATED_DAP } from "../../spec/privileges.ts";
import { KVN_DAP } from "../../spec/secure-channel.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
  SW_WRONG_DATA,
} from "../../spec/status-words.ts";
import { memoryHash, memoryRead, packageCheck } from "../chip.ts";
import * as configuration from "../configuration.ts";
import { equal } from "../equal.ts";
import * as packages from "../packages.ts";
import { bigEndian16 } from "../parse.ts";
import * as registry from "../registry.ts";
import { signatureHolds } from "../secure-channel/signatures.ts";
import { AID, FOUND, HASH, hashOfLength, loading, MAX_SIGNATURE_BYTES, PIECE } from "./loading.ts";
import { isOpenDomain, mayManage } from "./rights.ts";

function addressOf(offset: i32): i32 {
  return packages.addressOf(loading.page) + offset;
}

/** Finds the BER-TLV at `offset` of the load file, which must end by `end`; false when it does not. */
function nextField(offset: i32, end: i32): bool {
  if (offset + 2 > end) return false;
  const head = end - offset < 5 ? end - offset : 5;
  memory.fill(PIECE, 0, 5);
  memoryRead(addressOf(offset), PIECE, head);
  const short = load<u8>(PIECE + 1) as i32;
  const bytes = short < 0x80 ? 0 : short - 0x80;
  if (bytes > 3 || short == 0x80) return false;
  let length = bytes == 0 ? short : 0;
  for (let i = 0; i < bytes; i++) length = (length << 8) | load<u8>(PIECE + 2 + i);
  loading.tag = load<u8>(PIECE);
  loading.at = offset + 2 + bytes;
  loading.length = length;
  return length <= end - loading.at;
}

/** Copies the value of the field in hand to `to` when it has `least` to `most` bytes. */
function take(tag: u8, to: usize, least: i32, most: i32): bool {
  if (loading.tag != (tag as i32) || loading.length < least || loading.length > most) return false;
  memoryRead(addressOf(loading.at), to, loading.length);
  return true;
}

/** Takes the load file apart, judges it, and enters the package. */
export function finishLoad(): u16 {
  const end = loading.written;
  let at = 0;
  while (nextField(at, end) && loading.tag == (TAG_E2_DAP_BLOCK as i32)) {
    at = loading.at + loading.length;
  }
  if (loading.tag != (TAG_C4_DATA_BLOCK as i32)) return SW_WRONG_DATA;
  const block = loading.at;
  const blockLength = loading.length;
  if (block + blockLength != end) return SW_WRONG_DATA;
  // Rights and domain may have changed since INSTALL [for load]. 9.3.5.
  const stands = isOpenDomain(loading.domain) && registry.isUnder(loading.domain, loading.loader);
  if (!stands) return SW_CONDITIONS_NOT_SATISFIED;
  let status = mayManage(loading.loader);
  if (status == SW_SUCCESS) status = checkHash(block, blockLength);
  if (status == SW_SUCCESS) status = checkSignatures(at);
  if (status == SW_SUCCESS) status = describe(block, blockLength);
  return status == SW_SUCCESS ? enter() : status;
}

/** The hash of the data block is the one that INSTALL gave; SHA-256 when it gave none. */
function checkHash(block: i32, length: i32): u16 {
  const algorithm = loading.hashLength == 0 ? HASH_SHA256 : hashOfLength(loading.hashLength);
  memoryHash(algorithm, addressOf(block), length, FOUND);
  if (loading.hashLength == 0) return SW_SUCCESS;
  return equal(FOUND, HASH, loading.hashLength) ? SW_SUCCESS : SW_WRONG_DATA;
}

/**
 * Verifies the DAP blocks before `end`. The package's own domain must have signed if it verifies, and so
 * must each personalized domain that verifies every load. GPC 2.3.1, 9.3.5 and C.3.
 */
function checkSignatures(end: i32): u16 {
  let signed: u32 = 0;
  for (let at = 0; at < end; ) {
    if (!nextField(at, end)) return SW_WRONG_DATA;
    at = loading.at + loading.length;
    // What is signed is the hash that INSTALL gave; SHA-1 is none to sign. C.2.
    if (loading.hashLength < packages.DIGEST_BYTES) return SW_WRONG_DATA;
    const domain = checkSignature(loading.at, at);
    if (domain == 0) return SW_SECURITY_NOT_SATISFIED;
    signed |= (1 as u32) << (domain - 1);
  }
  for (let domain = 1; domain <= MAX_INSTANCES; domain++) {
    const privileges = registry.exists(domain) ? registry.privilegesOf(domain) : 0;
    const mandated = (privileges & PRIVILEGE_MANDATED_DAP) != 0 && isPersonalized(domain);
    const own = domain == loading.domain && (privileges & PRIVILEGE_DAP_VERIFICATION) != 0;
    if ((mandated || own) && ((signed >> (domain - 1)) & 1) == 0) return SW_SECURITY_NOT_SATISFIED;
  }
  return SW_SUCCESS;
}

/** Also one that is locked since: nobody gets round its signature. The issuer's domain always is. */
function isPersonalized(domain: i32): bool {
  const personalized = registry.lifeCycleOf(domain) & LIFE_CYCLE_PERSONALIZED;
  return domain == registry.issuerDomain() || personalized == LIFE_CYCLE_PERSONALIZED;
}

/** The domain whose signature the DAP block holds, or 0 when it does not hold. */
function checkSignature(at: i32, end: i32): i32 {
  if (!nextField(at, end) || !take(TAG_4F_AID, PIECE, MIN_AID_BYTES, MAX_AID_BYTES)) return 0;
  const domain = registry.named(PIECE, loading.length);
  if (domain == 0 || (registry.privilegesOf(domain) & PRIVILEGE_DAP_VERIFICATION) == 0) return 0;
  if (!registry.isSelectable(domain)) return 0;
  if (!nextField(loading.at + loading.length, end)) return 0;
  if (!take(TAG_C3_SIGNATURE, PIECE, 1, MAX_SIGNATURE_BYTES)) return 0;
  // The signature runs over the hash as its message. C.3.
  const bytes = loading.hashLength;
  return signatureHolds(domain, KVN_DAP, FOUND, bytes, PIECE, loading.length) ? domain : 0;
}

/** Reads the data block's template into the row of a package, and has the chip judge the module. */
function describe(block: i32, length: i32): u16 {
  const end = block + length;
  memory.fill(packages.ROW, 0, packages.ROW_BYTES);
  if (!nextField(block, end) || loading.tag != (TAG_E1_MODULE as i32)) return SW_WRONG_DATA;
  const module = loading.at + loading.length;
  for (let at = loading.at; at < module; at = loading.at + loading.length) {
    if (!nextField(at, module) || !describeField()) return SW_WRONG_DATA;
  }
  const row = packages.ROW;
  const wasmBytes = end - module;
  const ram = load<u16>(row + packages.PACKAGE_RAM);
  const stack = load<u16>(row + packages.PACKAGE_STACK);
  const known = load<u8>(row + MODULE_ROW_MODULE_AID_LENGTH) != 0 && ram != 0 && module <= 0xffff;
  if (!known || packageCheck(addressOf(module), wasmBytes, ram, stack) != 0) return SW_WRONG_DATA;
  store<u16>(row + packages.PACKAGE_OFFSET, module as u16);
  store<u32>(row + packages.PACKAGE_LENGTH, wasmBytes);
  memoryHash(HASH_SHA256, addressOf(module), wasmBytes, row + packages.PACKAGE_DIGEST);
  return SW_SUCCESS;
}

function describeField(): bool {
  const row = packages.ROW;
  const length = loading.length;
  switch (loading.tag) {
    case TAG_4F_AID:
      store<u8>(row + MODULE_ROW_MODULE_AID_LENGTH, length as u8);
      return take(TAG_4F_AID, row + MODULE_ROW_MODULE_AID, MIN_AID_BYTES, MAX_AID_BYTES);
    case TAG_85_RAM:
      if (!take(TAG_85_RAM, PIECE, 2, 2)) return false;
      store<u16>(row + packages.PACKAGE_RAM, bigEndian16(PIECE) as u16);
      return true;
    case TAG_8F_STACK:
      if (!take(TAG_8F_STACK, PIECE, 2, 2)) return false;
      store<u16>(row + packages.PACKAGE_STACK, bigEndian16(PIECE) as u16);
      return true;
    case TAG_89_FLAGS:
      // A package is never trusted to be a security domain.
      if (!take(TAG_89_FLAGS, row + MODULE_ROW_FLAGS, 1, 1)) return false;
      return (load<u8>(row + MODULE_ROW_FLAGS) & ~MODULE_MULTISELECTABLE) == 0;
    default:
      return false;
  }
}

/** Completes the row and writes it: from here on the package is there. */
function enter(): u16 {
  const row = packages.ROW;
  const pageSize = configuration.pageSize();
  store<u8>(row + MODULE_ROW_AID_LENGTH, loading.aidLength as u8);
  memory.copy(row + MODULE_ROW_AID, AID, loading.aidLength);
  store<u8>(row + MODULE_ROW_DOMAIN, loading.domain as u8);
  store<u16>(row + packages.PACKAGE_PAGE, loading.page as u16);
  store<u16>(row + packages.PACKAGE_PAGES, ((loading.written + pageSize - 1) / pageSize) as u16);
  return packages.enterRow(packages.freeIndex());
}
