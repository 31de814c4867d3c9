// LOAD: a package comes in blocks. They are written to free pages as they come, whole load file; only
// at its end is it taken apart and judged (load-file.ts). GPC 2.3.1, 9.3 and 11.6.

import { HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512 } from "../../spec/chip.ts";
import { MAX_AID_BYTES, MIN_AID_BYTES } from "../../spec/configuration.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_NOT_ENOUGH_MEMORY,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_P1P2,
} from "../../spec/status-words.ts";
import { exchange } from "../buffers.ts";
import { memoryErase, memoryProgram } from "../chip.ts";
import * as configuration from "../configuration.ts";
import * as packages from "../packages.ts";
import { mayChange } from "../protection.ts";
import { finishLoad } from "./load-file.ts";

const MAX_HASH_BYTES: i32 = 64;
/** Longest DAP signature: ECDSA P-256 is 64 bytes, AES-CMAC 16. */
export const MAX_SIGNATURE_BYTES: i32 = 64;

/** The load that is under way; RAM only. */
@unmanaged
@final
class Loading {
  /** The domain that loads; 0: no load is under way. */
  loader: i32;
  /** The domain that the package will be associated with. */
  domain: i32;
  page: i32;
  pages: i32;
  written: i32;
  block: i32;
  hashLength: i32;
  aidLength: i32;
  /** The TLV that `nextField` found: tag, where its value lies in the load file, its length. */
  tag: i32;
  at: i32;
  length: i32;
}

// @ts-ignore: the compiler folds this to an address
export const loading: Loading = changetype<Loading>(memory.data(offsetof<Loading>(), 4));
export const AID: usize = memory.data(MAX_AID_BYTES, 4);
/** Load file data block hash as INSTALL gave it, and as it is. */
export const HASH: usize = memory.data(MAX_HASH_BYTES, 4);
/** A MAC over it uses the bytes behind. */
export const FOUND: usize = memory.data(MAX_HASH_BYTES + 16, 4);
/** A TLV's head or a short value; a signature. */
export const PIECE: usize = memory.data(MAX_SIGNATURE_BYTES, 4);

/** Gives a load up: nothing of it counts. */
export function abandonLoad(): void {
  loading.loader = 0;
}

/** HASH_* by its length, 0 for a length of none. GPC 2.3.1, C.2. */
export function hashOfLength(length: i32): i32 {
  switch (length) {
    case 20:
      return HASH_SHA1;
    case 32:
      return HASH_SHA256;
    case 48:
      return HASH_SHA384;
    case 64:
      return HASH_SHA512;
    default:
      return 0;
  }
}

/** INSTALL [for load]: what the LOAD commands that follow will bring. `needed` bytes, 0: not said. */
export function beginLoad(
  loader: i32,
  domain: i32,
  aid: usize,
  aidLength: i32,
  hashAt: usize,
  hashLength: i32,
  needed: i32,
): u16 {
  abandonLoad();
  if (aidLength < MIN_AID_BYTES || aidLength > MAX_AID_BYTES) return SW_WRONG_DATA;
  if (hashLength != 0 && hashOfLength(hashLength) == 0) return SW_WRONG_DATA;
  if (packages.freeIndex() < 0) return SW_NOT_ENOUGH_MEMORY;
  loading.page = packages.longestFree();
  loading.pages = packages.freePagesAt(loading.page);
  if (loading.pages <= 0 || needed > room()) return SW_NOT_ENOUGH_MEMORY;
  loading.loader = loader;
  loading.domain = domain;
  loading.written = 0;
  loading.block = 0;
  loading.aidLength = aidLength;
  memory.copy(AID, aid, aidLength);
  loading.hashLength = hashLength;
  memory.copy(HASH, hashAt, hashLength);
  return SW_SUCCESS;
}

/** Bytes that the pages of the load hold. */
function room(): i32 {
  return loading.pages * configuration.pageSize();
}

/** LOAD: the command data are block number `block`; the last one ends the load, well or not. */
export function loadBlock(loader: i32, block: i32, last: bool): u16 {
  if (loading.loader == 0 || loading.loader != loader) return SW_CONDITIONS_NOT_SATISFIED;
  let status = mayChange(loader);
  if (status == SW_SUCCESS && block != loading.block) status = SW_WRONG_P1P2;
  if (status == SW_SUCCESS) status = appendBlock();
  if (status == SW_SUCCESS && last) {
    status = finishLoad();
    abandonLoad();
  }
  if (status != SW_SUCCESS) abandonLoad();
  return status;
}

/** Programs the command data behind what is there; each page is erased when it is come to. */
function appendBlock(): u16 {
  if (exchange.lc == 0) return SW_WRONG_DATA;
  if (exchange.lc > room() - loading.written) return SW_NOT_ENOUGH_MEMORY;
  const pageSize = configuration.pageSize();
  let from = exchange.data;
  let left = exchange.lc;
  while (left > 0) {
    const inPage = loading.written % pageSize;
    const page = configuration.pageCount() + loading.page + loading.written / pageSize;
    if (inPage == 0) memoryErase(page);
    const part = left < pageSize - inPage ? left : pageSize - inPage;
    memoryProgram(page * pageSize + inPage, from, part);
    loading.written += part;
    from += part;
    left -= part;
  }
  loading.block += 1;
  return SW_SUCCESS;
}
