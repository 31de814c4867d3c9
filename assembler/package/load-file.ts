// The load file: a package as LOAD brings it. runtime/spec/load-file.ts gives the bytes.

import { sha256 } from "@noble/hashes/sha2.js";
import {
  MAX_AID_BYTES,
  MIN_AID_BYTES,
  MODULE_MULTISELECTABLE,
  TAG_4F_AID,
  TAG_85_RAM,
  TAG_89_FLAGS,
  TAG_E1_MODULE,
} from "../../runtime/spec/configuration.ts";
import {
  TAG_8F_STACK,
  TAG_C3_SIGNATURE,
  TAG_C4_DATA_BLOCK,
  TAG_E2_DAP_BLOCK,
} from "../../runtime/spec/load-file.ts";
import { LoadFileError } from "../errors.ts";
import { type Field, field, readField, uint16 } from "../tlv.ts";

/** What the card is told of a module. */
export interface PackageModule {
  readonly aid: Uint8Array;
  /** Linear memory and stack, bytes. */
  readonly ramBytes: number;
  readonly stackBytes: number;
  /** Whether its instances may be selected on several channels at once. */
  readonly multiselectable: boolean;
  readonly wasm: Uint8Array;
}

/** A security domain's signature over the load file data block hash. GPC 2.3.1, C.3. */
export interface DapBlock {
  readonly domain: Uint8Array;
  readonly signature: Uint8Array;
}

export interface LoadFile extends PackageModule {
  /** The whole file: DAP blocks, then the data block. */
  readonly bytes: Uint8Array;
  /** Load file data block hash: SHA-256 of the data block's value. GPC 2.3.1, C.2. */
  readonly hash: Uint8Array;
  /** The same as `aid`: a load file holds one module. */
  readonly moduleAid: Uint8Array;
  readonly daps: readonly DapBlock[];
}

/** No card of ours holds more. */
const MAX_LOAD_FILE_BYTES = 1 << 20;
const WASM_MAGIC = "0,97,115,109";
const REPACK = "make it again with wafer package";

/** Signs a hash; undefined for no DAP block. */
export type SignHash = (hash: Uint8Array) => readonly DapBlock[];

/** Writes a load file. `sign` is given the load file data block hash. */
export function writeLoadFile(module: PackageModule, sign: SignHash = () => []): LoadFile {
  const { aid, ramBytes, stackBytes, multiselectable, wasm } = module;
  const block = [
    ...field(TAG_E1_MODULE, [
      ...field(TAG_4F_AID, aid),
      ...field(TAG_85_RAM, uint16(ramBytes)),
      ...field(TAG_8F_STACK, uint16(stackBytes)),
      ...field(TAG_89_FLAGS, [multiselectable ? MODULE_MULTISELECTABLE : 0]),
    ]),
    ...wasm,
  ];
  const hash = sha256(Uint8Array.from(block));
  const daps = sign(hash);
  const bytes = Uint8Array.from([
    ...daps.flatMap(({ domain, signature }) =>
      field(TAG_E2_DAP_BLOCK, [
        ...field(TAG_4F_AID, domain),
        ...field(TAG_C3_SIGNATURE, signature),
      ]),
    ),
    ...field(TAG_C4_DATA_BLOCK, block),
  ]);
  return { ...module, bytes, hash, moduleAid: aid, daps };
}

/**
 * Reads a load file. Its module is not verified: the card does that. The result holds views of `bytes`.
 * @param file names the load file in messages
 * @throws LoadFileError
 */
export function readLoadFile(bytes: Uint8Array, file = "load file"): LoadFile {
  const fail = (reason: string): LoadFileError => new LoadFileError(file, reason);
  if (bytes.length > MAX_LOAD_FILE_BYTES) {
    throw fail(`${bytes.length} bytes are more than a load file has (${MAX_LOAD_FILE_BYTES})`);
  }
  const daps: DapBlock[] = [];
  let next = readField(bytes, 0);
  for (; next?.tag === TAG_E2_DAP_BLOCK; next = readField(bytes, next.end)) {
    daps.push(readDap(next.value, daps.length, fail));
  }
  if (next === undefined) throw fail(`is cut short, or no load file; ${REPACK}`);
  if (next.tag !== TAG_C4_DATA_BLOCK) throw fail(`holds no data block (C4); ${REPACK}`);
  if (next.end !== bytes.length) {
    throw fail(`${bytes.length - next.end} bytes follow its data block; ${REPACK}`);
  }
  const module = readDataBlock(next.value, fail);
  return { ...module, bytes, hash: sha256(next.value), moduleAid: module.aid, daps };
}

type Fail = (reason: string) => LoadFileError;

function readDap(value: Uint8Array, index: number, fail: Fail): DapBlock {
  const fields = readFields(value, [TAG_4F_AID, TAG_C3_SIGNATURE]);
  const [domain, signature] = fields ?? [];
  if (!domain || !signature || !isAid(domain) || signature.length === 0) {
    throw fail(`DAP block ${index + 1} is not a domain's AID and its signature; ${REPACK}`);
  }
  return { domain, signature };
}

function readDataBlock(block: Uint8Array, fail: Fail): PackageModule {
  const head = readField(block, 0);
  const fields =
    head?.tag === TAG_E1_MODULE
      ? readFields(head.value, [TAG_4F_AID, TAG_85_RAM, TAG_8F_STACK, TAG_89_FLAGS])
      : undefined;
  const [aid, ram, stack, flags] = fields ?? [];
  if (!head || !aid || !isAid(aid) || ram?.length !== 2 || stack?.length !== 2) {
    throw fail(`does not say AID, RAM and stack of its module; ${REPACK}`);
  }
  if (flags?.length !== 1 || (flags[0]! & ~MODULE_MULTISELECTABLE) !== 0) {
    throw fail("asks for what a loaded module cannot have: only an image makes security domains");
  }
  const wasm = block.subarray(head.end);
  if (String(wasm.subarray(0, 4)) !== WASM_MAGIC) {
    throw fail(`holds no WebAssembly module; ${REPACK}`);
  }
  return {
    aid,
    ramBytes: number16(ram),
    stackBytes: number16(stack),
    multiselectable: flags[0] === MODULE_MULTISELECTABLE,
    wasm,
  };
}

/** The values of exactly these fields, in this order; undefined when there are others. */
function readFields(bytes: Uint8Array, tags: readonly number[]): Uint8Array[] | undefined {
  const values: Uint8Array[] = [];
  let at = 0;
  for (const tag of tags) {
    const next: Field | undefined = readField(bytes, at);
    if (next?.tag !== tag) return undefined;
    values.push(next.value);
    at = next.end;
  }
  return at === bytes.length ? values : undefined;
}

function isAid({ length }: Uint8Array): boolean {
  return length >= MIN_AID_BYTES && length <= MAX_AID_BYTES;
}

function number16(bytes: Uint8Array): number {
  return (bytes[0]! << 8) | bytes[1]!;
}
