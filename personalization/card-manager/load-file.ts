// A load file as `wafer package` writes it: read for what INSTALL has to say of it.
// Layout: runtime/spec/load-file.ts.

import { createHash } from "node:crypto";
import { TAG_4F_AID, TAG_E1_MODULE } from "../../runtime/spec/configuration.ts";
import { TAG_C4_DATA_BLOCK, TAG_E2_DAP_BLOCK } from "../../runtime/spec/load-file.ts";
import { FieldError } from "../errors.ts";
import { firstField, readFields, valueOf } from "./read-tlv.ts";

export interface LoadFile {
  /** AID of the load file, and of the one module in it. */
  readonly aid: Uint8Array;
  /** Load file data block hash, SHA-256. GPC 2.3.1, C.2. */
  readonly hash: Uint8Array;
  /** Whether a DAP block is there: then the card wants the hash. */
  readonly signed: boolean;
  /** All of it, as LOAD sends it. */
  readonly bytes: Uint8Array;
}

/** Reads a load file. `FieldError` naming `name` when it is none. */
export function readLoadFile(bytes: Uint8Array, name: string): LoadFile {
  try {
    const blocks = readFields(bytes, name);
    const last = blocks.at(-1);
    const daps = blocks.slice(0, -1);
    if (last?.tag !== TAG_C4_DATA_BLOCK || daps.some(({ tag }) => tag !== TAG_E2_DAP_BLOCK)) {
      throw new RangeError();
    }
    const head = firstField(last.value, name);
    const aid = valueOf(readFields(head.value, name), TAG_4F_AID);
    if (head.tag !== TAG_E1_MODULE || aid === undefined) throw new RangeError();
    const hash = new Uint8Array(createHash("sha256").update(last.value).digest());
    return { aid, hash, signed: daps.length > 0, bytes };
  } catch {
    throw new FieldError(`${name}: is no load file; make one with wafer package`);
  }
}
