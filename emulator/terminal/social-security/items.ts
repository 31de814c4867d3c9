// The files of the environment that a desk reads first, and how a record becomes text. What is in
// them is the card's definition: applets/social-security/definition.yaml.

import { hex } from "../../../personalization/bytes.ts";
import { findFile } from "../../../personalization/definition/find.ts";
import { socialSecurityCard } from "../../../personalization/definition/load.ts";
import type {
  FieldDefinition,
  FieldType,
  FileDefinition,
  ItemDefinition,
} from "../../../personalization/definition/types.ts";
import { FieldError } from "../../../personalization/errors.ts";
import { decodeGb18030 } from "../../../personalization/text/gb18030.ts";
import { digitsOf } from "../desk/values.ts";

// Items are the same in both generations.
const CARD = socialSecurityCard(3);
export const ISSUANCE: FileDefinition = findFile(CARD, "SSSE", "EF05");
export const CARDHOLDER: FileDefinition = findFile(CARD, "SSSE", "EF06");

/** Between the fields of a record, and the parts of a constructed item. */
const SEPARATOR = "^";

/**
 * The value of a record tag ‖ length ‖ value, without its filling; the parts of a constructed item
 * joined by ^. Bytes behind the value are passed over. Throws `FieldError`, which names the item, when
 * the record is not what it says.
 */
export function decodeItem(item: ItemDefinition, record: Uint8Array): string {
  const value = valueIn(item, record);
  if (item.type !== "tlv") return decodeValue(item.type, value, labelOf(item));
  return Object.values(decodeParts(item, record)).join(SEPARATOR);
}

/** Key to text of a constructed item's parts, in order. Throws `FieldError`. */
export function decodeParts(item: ItemDefinition, record: Uint8Array): Record<string, string> {
  let rest = valueIn(item, record);
  const parts: Record<string, string> = {};
  for (const part of item.parts) {
    const value = valueIn(part, rest);
    parts[part.key] = decodeValue(part.type, value, labelOf(part));
    rest = rest.subarray(2 + value.length);
  }
  return parts;
}

/** Key to text of a cyclic record's fields, in order. Throws `FieldError`. */
export function decodeFields(
  fields: readonly FieldDefinition[],
  record: Uint8Array,
): Record<string, string> {
  const texts: Record<string, string> = {};
  let at = 0;
  for (const { key, name, type, length } of fields) {
    if (at + length > record.length) {
      throw new FieldError(`${name}: the record ends before it`);
    }
    texts[key] = decodeValue(type, record.subarray(at, at + length), name);
    at += length;
  }
  return texts;
}

interface Tagged {
  readonly tag: number;
  readonly name: string;
}

function valueIn(item: Tagged, record: Uint8Array): Uint8Array {
  const refuse = (reason: string): never => {
    throw new FieldError(`${labelOf(item)}: ${reason}`);
  };
  const [tag = 0, length = 0] = record;
  if (record.length < 2) refuse(`a record of ${record.length} bytes has no tag and length`);
  if (tag !== item.tag) refuse(`the card answered with tag ${tagOf(tag)}`);
  if (length > record.length - 2) {
    refuse(`the record claims ${length} bytes and has ${record.length - 2}`);
  }
  return record.subarray(2, 2 + length);
}

function decodeValue(type: FieldType, value: Uint8Array, label: string): string {
  if (type === "b") return hex(value);
  if (type === "cn") return digitsOf(value);
  const end = value.indexOf(0);
  try {
    return decodeGb18030(end < 0 ? value : value.subarray(0, end));
  } catch {
    throw new FieldError(`${label}: the bytes are not GB 18030 text`);
  }
}

function labelOf({ name, tag }: Tagged): string {
  return `${name} (tag ${tagOf(tag)})`;
}

function tagOf(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(2, "0");
}
