// Which files and items a function is to read or write, as text. Reader specification 2.0, 9.2.1.2
// and 9.3.1.2.
//
//     addresses = 1*( file "|" *( item "|" ) "$" )
//     file      = "SSSEEF" 2hex / "DF" 2hex "EF" 2hex    application, then elementary file
//     item      = tag [ ":" number ] / number           number: of a repeated tag, or of a record
//
// Written data have the same bars and dollar signs, with values where the addresses have items.

import { CODE_BAD_INPUT } from "./codes.ts";
import { DeskError } from "./result.ts";

export interface ItemAddress {
  /** As it was written: outputs mirror inputs. */
  readonly text: string;
  /** What stands before the colon. */
  readonly name: string;
  /** What stands behind it, from 1; of one record when there is none. */
  readonly occurrence: number | undefined;
}

export interface FileAddress {
  /** "SSSE" or "DF01". */
  readonly application: string;
  /** "EF0A". */
  readonly file: string;
  /** None: all records of a cyclic file, or all bytes of a transparent one. */
  readonly items: readonly ItemAddress[];
}

/** Longest text that the interface takes. */
const MAX_ADDRESSES = 1024;
const FILE = /^(SSSE|DF[0-9A-F]{2})(EF[0-9A-F]{2})$/;
const ITEM = /^(?:([0-9A-F]{1,3})(?::([1-9][0-9]{0,2}))?|:([1-9][0-9]{0,2}))$/;

/** The files in the order of the text. `DeskError` -23 when it is not such a text. */
export function parseFileAddresses(text: string): readonly FileAddress[] {
  if (text.length > MAX_ADDRESSES) bad(`more than ${MAX_ADDRESSES} characters`);
  return splitFiles(text).map((part) => {
    const [name = "", ...items] = splitItems(part);
    const [, application, file] = FILE.exec(name.toUpperCase()) ?? [];
    if (application === undefined || file === undefined) bad(`"${shown(name)}" names no file`);
    return { application, file, items: items.map(parseItem) };
  });
}

/** Values for `addresses`, file by file; each has as many as its address has items, at least one. */
export function parseWriteData(
  text: string,
  addresses: readonly FileAddress[],
): readonly (readonly string[])[] {
  const parts = splitFiles(text);
  if (parts.length !== addresses.length) {
    bad(`${addresses.length} files are addressed, the data have ${parts.length}`);
  }
  return parts.map((part, at) => {
    const { application, file, items } = addresses[at]!;
    const [name = "", ...values] = splitItems(part);
    if (name.toUpperCase() !== application + file) bad(`the data have no ${application}${file}`);
    const wanted = Math.max(items.length, 1);
    if (values.length !== wanted) bad(`${name} is to get ${wanted} values, not ${values.length}`);
    return values;
  });
}

/** `DF01EF0A|CHN|$` */
export function writeOutput(address: FileAddress, values: readonly string[]): string {
  return `${[address.application + address.file, ...values].map((one) => `${one}|`).join("")}$`;
}

function splitFiles(text: string): readonly string[] {
  const parts = text.split("$");
  if (parts.pop() !== "") bad("does not end with $");
  if (parts.length === 0) bad("names no file");
  return parts;
}

/** A file without items may be written without its bar. */
function splitItems(part: string): readonly string[] {
  const items = part.split("|");
  if (items.length > 1 && items.pop() !== "") bad(`"${shown(part)}" does not end with |`);
  return items;
}

function parseItem(text: string): ItemAddress {
  const [, name = "", behind, alone] =
    ITEM.exec(text.toUpperCase()) ?? bad(`item "${shown(text)}"`);
  const occurrence = behind ?? alone;
  return { text, name, occurrence: occurrence === undefined ? undefined : Number(occurrence) };
}

function bad(reason: string): never {
  throw new DeskError(CODE_BAD_INPUT, reason);
}

/** A piece of what was passed in, short and without what would steer a terminal. */
function shown(text: string): string {
  return text.slice(0, 20).replace(/[\p{Cc}\p{Cf}]/gu, "\ufffd");
}
