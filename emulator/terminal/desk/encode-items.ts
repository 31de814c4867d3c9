// Items and records of cyclic files as bytes, from the texts of the interface.

import { concat } from "../../../personalization/bytes.ts";
import type { FieldDefinition, ItemDefinition } from "../../../personalization/definition/types.ts";
import { checkValue } from "./check-value.ts";
import { CODE_BAD_INPUT } from "./codes.ts";
import type { FileAddress } from "./file-address.ts";
import type { PlacedFile } from "./file-rules.ts";
import { DeskError } from "./result.ts";
import { encodeValue, textBytes } from "./values.ts";

/** The item that goes on where this one is full, unless it is given a value of its own. */
export function continuationOf(
  { tag }: ItemDefinition,
  { items }: FileAddress,
  { file }: PlacedFile,
): ItemDefinition | undefined {
  const found = file.items.find(({ continues }) => continues === tag);
  return items.some(({ name }) => Number.parseInt(name, 16) === found?.tag) ? undefined : found;
}

/** What of a text stands in the item, and what behind it: nothing, too, is written there. */
export function continued(
  { length }: ItemDefinition,
  continuation: ItemDefinition | undefined,
  text: string,
): readonly [head: string, rest: string] {
  if (continuation === undefined) return [text, ""];
  let head = "";
  for (const character of text) {
    if (textBytes(head + character).length > length) break;
    head += character;
  }
  return [head, text.slice(head.length)];
}

/** The record of an item. `DeskError` -23, -41, -42 for what cannot be its value. */
export function encodeItem(item: ItemDefinition, text: string): Uint8Array {
  const { tag, type, parts } = item;
  if (type !== "tlv") return record(tag, encodeField({ ...item, type }, text));
  const values = splitParts(text, parts.length);
  const inside = parts.map((part, at) => record(part.tag, encodeField(part, values[at]!)));
  return record(tag, concat(...inside));
}

/** A record of a cyclic file. */
export function encodeFields(
  fields: readonly FieldDefinition[],
  values: readonly string[],
): Uint8Array {
  return concat(...fields.map((field, at) => encodeField(field, values[at]!)));
}

function encodeField(field: FieldDefinition, text: string): Uint8Array {
  const value = encodeValue(field.type, text, field.length);
  checkValue(field, text);
  return value;
}

function record(tag: number, value: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(tag, value.length), value);
}

/** Parts that each end with ^. */
export function splitParts(text: string, count: number): readonly string[] {
  const parts = text.split("^");
  if (parts.pop() !== "" || parts.length !== count) {
    throw new DeskError(CODE_BAD_INPUT, `${count} parts, each ending with ^`);
  }
  return parts;
}
