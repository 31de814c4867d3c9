// Records of a card: tag ‖ length ‖ value, each of one byte, value as long as it says.

import type { Card } from "../../../personalization/card.ts";
import type { FileDefinition, ItemDefinition } from "../../../personalization/definition/types.ts";
import { FieldError, StatusWordError } from "../../../personalization/errors.ts";
import {
  SW_RECORD_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { ALL_FROM_NUMBER, FIRST_WITH_TAG, readRecord, selectEf } from "./card-commands.ts";
import { RECORD_HEAD, recordsSize } from "./file-rules.ts";

export interface CardRecord {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** The records one behind the other. `FieldError` when a length leads outside. */
export function splitRecords(data: Uint8Array, what: string): readonly CardRecord[] {
  const records: CardRecord[] = [];
  for (let at = 0; at < data.length; ) {
    const record = firstRecord(data.subarray(at), what);
    records.push(record);
    at += RECORD_HEAD + record.value.length;
  }
  return records;
}

/** The record that `data` begin with; bytes behind it are passed over. */
export function firstRecord(data: Uint8Array, what: string): CardRecord {
  const [tag, length] = data;
  if (tag === undefined || length === undefined) {
    throw new FieldError(`${what}: ${data.length} bytes are no record`);
  }
  const value = data.slice(RECORD_HEAD, RECORD_HEAD + length);
  if (value.length < length) {
    const name = tag.toString(16).toUpperCase().padStart(2, "0");
    throw new FieldError(`${what}: record ${name} claims ${length} bytes and has ${value.length}`);
  }
  return { tag, value };
}

/** Value of the first record with `tag`. */
export function valueWithTag(records: readonly CardRecord[], tag: number): Uint8Array | undefined {
  return records.find((record) => record.tag === tag)?.value;
}

/**
 * Values of the items `keys` of a file, in this order; empty where the card has no such record. All records
 * come by one command, as many bytes as the file should have. Cards that do not know how are read as
 * terminals always did: the file selected, then record by record, by tag.
 */
export async function readItems(
  card: Card,
  file: FileDefinition,
  keys: readonly string[],
): Promise<readonly Uint8Array[]> {
  const items = keys.map((key) => file.items.find((item) => item.key === key)!);
  const all = await readRecord(card, file.sfi, 1, ALL_FROM_NUMBER, recordsSize(file));
  if (all.sw === SW_SECURITY_NOT_SATISFIED) throw new StatusWordError("READ RECORD", all.sw);
  const records =
    all.sw === SW_SUCCESS ? splitRecords(all.data, file.id) : await readByTags(card, file, items);
  return items.map(({ tag }) => valueWithTag(records, tag) ?? new Uint8Array());
}

async function readByTags(
  card: Card,
  file: FileDefinition,
  items: readonly ItemDefinition[],
): Promise<readonly CardRecord[]> {
  await selectEf(card, file.fid);
  const records: CardRecord[] = [];
  for (const { tag, length } of items) {
    const one = await readRecord(card, 0, tag, FIRST_WITH_TAG, RECORD_HEAD + length);
    if (one.sw === SW_RECORD_NOT_FOUND) continue;
    if (one.sw !== SW_SUCCESS) throw new StatusWordError("READ RECORD", one.sw);
    const record = firstRecord(one.data, file.id);
    if (record.tag !== tag) throw new FieldError(`${file.id}: asked for another record`);
    records.push(record);
  }
  return records;
}
