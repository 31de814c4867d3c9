// What a desk does with the definition of a card: its files by their addresses, and who may.

import {
  ACCESS_FREE,
  ACCESS_NEVER,
  ACCESS_PIN,
  ACCESS_PIN_AND_KEY,
  ACCESS_PIN_OR_KEY,
} from "../../../applets/filesystem/spec.ts";
import { findApplication, findFile, findKey } from "../../../personalization/definition/find.ts";
import type {
  Access,
  CardDefinition,
  FileDefinition,
  ItemDefinition,
  KeyDefinition,
} from "../../../personalization/definition/types.ts";
import { FieldError } from "../../../personalization/errors.ts";
import { CODE_BAD_INPUT } from "./codes.ts";
import type { FileAddress, ItemAddress } from "./file-address.ts";
import { DeskError } from "./result.ts";

/** A file at its place in the card. */
export interface PlacedFile {
  /** "SSSE", "DF01". */
  readonly application: string;
  /** Identifier of its DF. */
  readonly df: number;
  readonly file: FileDefinition;
}

/** The file of an address. `DeskError` -23 when the card has no such file. */
export function place(card: CardDefinition, { application, file }: FileAddress): PlacedFile {
  try {
    const { fid } = findApplication(card, application);
    return { application, df: fid, file: findFile(card, application, file) };
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new DeskError(CODE_BAD_INPUT, `${application}${file}`);
  }
}

/** Who may. */
export type Rule =
  | { readonly mode: "free" | "pin" | "never" }
  | { readonly mode: "key" | "pin-or-key" | "pin-and-key"; readonly key: KeyDefinition };

export function ruleOf(card: CardDefinition, application: string, access: Access): Rule {
  const { condition, key } = access;
  if (condition.mode === ACCESS_FREE) return { mode: "free" };
  if (condition.mode === ACCESS_NEVER) return { mode: "never" };
  if (condition.mode === ACCESS_PIN || key === undefined) return { mode: "pin" };
  const found = findKey(card, application, key);
  if (condition.mode === ACCESS_PIN_OR_KEY) return { mode: "pin-or-key", key: found };
  return { mode: condition.mode === ACCESS_PIN_AND_KEY ? "pin-and-key" : "key", key: found };
}

export type FileKind = "records" | "cyclic" | "transparent";

export function kindOf({ type }: FileDefinition): FileKind {
  return type === "cyclic" || type === "transparent" ? type : "records";
}

/** Bytes of tag and length of a record. */
export const RECORD_HEAD = 2;

/** Bytes of all records of a file at full length. */
export function recordsSize({ items }: FileDefinition): number {
  return items.reduce((sum, { length, count }) => sum + count * (RECORD_HEAD + length), 0);
}

/** The item that is addressed, and which of its records from 1. `DeskError` -23 when there is none. */
export function itemOf(
  address: FileAddress,
  { file }: PlacedFile,
  item: ItemAddress,
): { item: ItemDefinition; occurrence: number } {
  const { name, occurrence = 1 } = item;
  const found = file.items.find(({ tag }) => tag === Number.parseInt(name, 16));
  if (name.length !== 2 || found === undefined || occurrence > found.count) notThere(address, item);
  return { item: found, occurrence };
}

/** `DeskError` -23: the file has no such item. */
export function notThere({ application, file }: FileAddress, { text }: ItemAddress): never {
  throw new DeskError(CODE_BAD_INPUT, `${application}${file}: ${text}`);
}
