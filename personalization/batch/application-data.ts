// The data groupings of one application: its directories, keys, PINs, files and contents.
// Layouts: applets/filesystem/spec.ts.

import {
  ACCESS_NEVER,
  DATA_CODING,
  DGI_7FFF_ACTIVATE,
  DGI_6200_CREATE_FILE,
  DGI_7001_TRANSPARENT_DATA,
  DGI_7002_RECORD,
  DGI_8000_KEY,
  DGI_8010_PIN,
  FILE_CYCLIC,
  FILE_DF,
  FILE_LINEAR_FIXED,
  FILE_LINEAR_VARIABLE,
  FILE_TRANSPARENT,
  TAG_62_FCP,
  TAG_80_SIZE,
  TAG_82_FILE_DESCRIPTOR,
  TAG_83_FILE_IDENTIFIER,
  TAG_84_DF_NAME,
  TAG_86_SECURITY_ATTRIBUTE,
  TAG_88_SHORT_IDENTIFIER,
} from "../../applets/filesystem/spec.ts";
import {
  DGI_0086_ALGORITHM,
  DGI_8400_MEDICAL_ACCOUNT,
} from "../../applets/social-security/spec.ts";
import { KEY_USE_DECRYPT, KEY_USE_DERIVE, KEY_USE_ENCRYPT } from "../../runtime/spec/card-api.ts";
import { CIPHER_AES, CIPHER_SM4, CIPHER_TDES } from "../../runtime/spec/chip.ts";
import { concat, padZero } from "../bytes.ts";
import type { KeyHandle, KeyService } from "../keys/key-service.ts";
import { encodeAccess } from "../products/access.ts";
import type { Encoder } from "../products/encode.ts";
import type {
  Directory,
  ProductAccount,
  ProductApplication,
  ProductFile,
  ProductGrouping,
  ProductKey,
  ProductPin,
} from "../products/product.ts";
import { tlv } from "../tlv.ts";
import { dataGrouping } from "./store-data.ts";

const FILE_TYPES = {
  transparent: FILE_TRANSPARENT,
  "linear-fixed": FILE_LINEAR_FIXED,
  "linear-variable": FILE_LINEAR_VARIABLE,
  cyclic: FILE_CYCLIC,
};
const KINDS = { aes: CIPHER_AES, sm4: CIPHER_SM4, tdes: CIPHER_TDES };
const USES = { encrypt: KEY_USE_ENCRYPT, decrypt: KEY_USE_DECRYPT, derive: KEY_USE_DERIVE };

const NEVER = encodeAccess({ mode: ACCESS_NEVER });

/** Bytes in front of the data of a grouping 7001: DGI 2, length 1, DF 2, EF 2, offset 2. */
const TRANSPARENT_OVERHEAD = 9;
/** Block of the DEK, which is an AES key. */
const DEK_BLOCK = 16;

/** Who encrypts for the card: the key service, under the DEK of the card's own key set. */
export interface Secrets {
  readonly service: KeyService;
  readonly dek: KeyHandle;
  /** The card's values of a key, version 01 first. */
  versions(product: ProductKey): readonly KeyHandle[];
  /** The key that a grouping carries. */
  groupingKey(grouping: ProductGrouping): KeyHandle;
}

/** All groupings in the order in which the card must see them; none is longer than `size`. */
export async function applicationData(
  application: ProductApplication,
  encoder: Encoder,
  secrets: Secrets,
  size: number,
): Promise<Uint8Array[]> {
  const groupings: Uint8Array[] = [];
  // First of all: what keys there may be follows from it.
  if (application.algorithm !== undefined) {
    groupings.push(dataGrouping(DGI_0086_ALGORITHM, Uint8Array.of(application.algorithm)));
  }
  for (const grouping of application.groupings) {
    groupings.push(await ownGrouping(grouping, encoder, secrets));
  }
  groupings.push(...(await directoryData(application.directory, encoder, secrets, size)));
  groupings.push(dataGrouping(DGI_7FFF_ACTIVATE, new Uint8Array()));
  return groupings;
}

/** The source's bytes, then for a key its length and value under the DEK. */
async function ownGrouping(
  grouping: ProductGrouping,
  encoder: Encoder,
  secrets: Secrets,
): Promise<Uint8Array> {
  const head = encoder.typed(grouping);
  if (grouping.key === undefined) return dataGrouping(grouping.dgi, head);
  const key = secrets.groupingKey(grouping);
  const value = await secrets.service.wrap(secrets.dek, key);
  return dataGrouping(grouping.dgi, concat(head, Uint8Array.of(key.length), value));
}

async function directoryData(
  directory: Directory,
  encoder: Encoder,
  secrets: Secrets,
  size: number,
): Promise<Uint8Array[]> {
  const groupings: Uint8Array[] = [];
  for (const key of directory.keys ?? []) {
    groupings.push(await keyGrouping(directory, key, secrets));
  }
  for (const pin of directory.pins ?? []) {
    groupings.push(await pinGrouping(directory, pin, encoder, secrets));
  }
  for (const file of directory.files ?? []) {
    groupings.push(...fileGroupings(directory, file, encoder, size));
  }
  if (directory.account !== undefined) {
    groupings.push(accountGrouping(directory, directory.account, encoder));
  }
  for (const child of directory.directories ?? []) {
    groupings.push(dataGrouping(DGI_6200_CREATE_FILE, concat(word(directory.id), dfFcp(child))));
    groupings.push(...(await directoryData(child, encoder, secrets, size)));
  }
  return groupings;
}

/** DF ‖ balance (4) ‖ self-paid (4) ‖ pooled (4) ‖ year (2) ‖ starting day (2). */
function accountGrouping(
  directory: Directory,
  account: ProductAccount,
  encoder: Encoder,
): Uint8Array {
  const { balance, selfPaid, pooled, year, startingDay } = account;
  const values = [balance, selfPaid, pooled, year, startingDay].map((one) => encoder.typed(one));
  return dataGrouping(DGI_8400_MEDICAL_ACCOUNT, concat(word(directory.id), ...values));
}

/** DF ‖ reference ‖ cipher ‖ uses ‖ tries, versions ‖ length ‖ values under the DEK. */
async function keyGrouping(
  directory: Directory,
  key: ProductKey,
  { service, dek, versions }: Secrets,
): Promise<Uint8Array> {
  const handles = versions(key);
  const uses = key.uses.reduce((sum, use) => sum | USES[use], 0);
  // A key of one value says 0 versions, as applications without versions have it.
  const count = handles.length > 1 ? handles.length : 0;
  const length = handles.reduce((sum, handle) => sum + handle.length, 0);
  const head = [key.reference, KINDS[key.kind], uses, key.tries | (count << 4), length];
  const value = await service.wrap(dek, handles);
  return dataGrouping(DGI_8000_KEY, concat(word(directory.id), Uint8Array.of(...head), value));
}

/** DF ‖ reference ‖ tries ‖ length ‖ value under the DEK. */
async function pinGrouping(
  directory: Directory,
  pin: ProductPin,
  encoder: Encoder,
  { service, dek }: Secrets,
): Promise<Uint8Array> {
  const value = encoder.raw(pin, pin.type);
  const sealed = await service.encrypt(dek, "cbc", padZero(value, DEK_BLOCK));
  const head = Uint8Array.of(pin.reference, pin.tries, value.length);
  return dataGrouping(DGI_8010_PIN, concat(word(directory.id), head, sealed));
}

function fileGroupings(
  directory: Directory,
  file: ProductFile,
  encoder: Encoder,
  size: number,
): Uint8Array[] {
  const place = concat(word(directory.id), word(file.id));
  const content = contentOf(file, encoder);
  const records = encoder.records(file);
  const isBinary = file.type === "transparent";
  const fcp = isBinary ? binaryFcp(file, content?.length ?? 0) : recordFcp(file, records);
  const groupings = [dataGrouping(DGI_6200_CREATE_FILE, concat(word(directory.id), fcp))];
  for (const record of records) {
    groupings.push(dataGrouping(DGI_7002_RECORD, concat(place, record)));
  }
  const step = Math.min(size - TRANSPARENT_OVERHEAD, 0xf0);
  for (let at = 0; content !== undefined && at < content.length; at += step) {
    const part = content.subarray(at, at + step);
    groupings.push(dataGrouping(DGI_7001_TRANSPARENT_DATA, concat(place, word(at), part)));
  }
  return groupings;
}

/** What a transparent file holds; undefined where nothing is written into it. */
export function contentOf({ content }: ProductFile, encoder: Encoder): Uint8Array | undefined {
  const there = content !== undefined && encoder.isPresent(content);
  return there ? encoder.typed(content) : undefined;
}

function recordFcp(file: ProductFile, records: readonly Uint8Array[]): Uint8Array {
  const longest = Math.max(1, ...records.map((record) => record.length));
  const size = file.recordSize ?? longest;
  const count = file.records ?? Math.max(1, records.length);
  const descriptor = concat(
    Uint8Array.of(FILE_TYPES[file.type], DATA_CODING),
    word(size),
    Uint8Array.of(count),
  );
  return fileFcp(file, tlv(TAG_82_FILE_DESCRIPTOR, descriptor));
}

function binaryFcp(file: ProductFile, content: number): Uint8Array {
  const size = file.size ?? content;
  const descriptor = tlv(TAG_82_FILE_DESCRIPTOR, Uint8Array.of(FILE_TYPES[file.type]));
  return fileFcp(file, concat(descriptor, tlv(TAG_80_SIZE, word(size))));
}

function fileFcp(file: ProductFile, description: Uint8Array): Uint8Array {
  const { read, update, append } = file.access;
  const sfi = file.sfi === undefined ? new Uint8Array() : shortIdentifier(file.sfi);
  return tlv(
    TAG_62_FCP,
    concat(
      description,
      tlv(TAG_83_FILE_IDENTIFIER, word(file.id)),
      sfi,
      tlv(TAG_86_SECURITY_ATTRIBUTE, concat(...[read, update, append].map(encodeAccess))),
    ),
  );
}

function dfFcp(directory: Directory): Uint8Array {
  const name = directory.dfName;
  // The second condition is what blocking the application asks for; the others mean nothing.
  const block = directory.block === undefined ? NEVER : encodeAccess(directory.block);
  return tlv(
    TAG_62_FCP,
    concat(
      tlv(TAG_82_FILE_DESCRIPTOR, Uint8Array.of(FILE_DF)),
      tlv(TAG_83_FILE_IDENTIFIER, word(directory.id)),
      name === undefined ? new Uint8Array() : tlv(TAG_84_DF_NAME, name),
      tlv(TAG_86_SECURITY_ATTRIBUTE, concat(NEVER, block, NEVER)),
    ),
  );
}

function shortIdentifier(sfi: number): Uint8Array {
  return tlv(TAG_88_SHORT_IDENTIFIER, Uint8Array.of(sfi << 3));
}

function word(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
