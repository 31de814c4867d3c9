// Parameters other than file addresses, and the strings with bars that go in and out.

import { bytes, hex } from "../../../personalization/bytes.ts";
import { CODE_BAD_CHARACTER, CODE_BAD_INPUT, CODE_BAD_LENGTH } from "./codes.ts";
import { isTime } from "./dates.ts";
import { DeskError } from "./result.ts";

/** Which interface a card is looked for at: 1 contact, 2 contactless, 3 and 4 both, in this order. */
export type CardInterface = "contact" | "contactless";
const INTERFACES: Readonly<Record<number, readonly CardInterface[]>> = {
  1: ["contact"],
  2: ["contactless"],
  3: ["contact", "contactless"],
  4: ["contactless", "contact"],
};

/** `iType`. Reader specification 2.0, 9.1.1.2. */
export function parseType(iType: number): readonly CardInterface[] {
  return INTERFACES[iType] ?? bad(`iType ${iType}: 1 to 4`);
}

/** `iAuthType`: how a file that asks for the PIN or a key is opened. */
export function parseAuthType(iAuthType: number): "pin" | "key" {
  if (iAuthType === 1) return "pin";
  return iAuthType === 2 ? "key" : bad(`iAuthType ${iAuthType}: 1 or 2`);
}

/** `pCardInfo`: whose card must lie in the reader. */
export interface CardInfo {
  /** 32 hexadecimal digits. */
  readonly identifier: string;
  readonly cardNumber: string;
}

export function parseCardInfo(text: string): CardInfo {
  const [identifier = "", cardNumber = ""] = fields(text, 2, "pCardInfo");
  if (!/^[0-9A-F]{32}$/i.test(identifier)) bad("pCardInfo: the identifier has 32 hex digits");
  if (cardNumber === "") bad("pCardInfo: no card number");
  return { identifier: identifier.toUpperCase(), cardNumber };
}

/** `pPayInfo`: amounts in 0.01 CNY, and when. */
export interface PayInfo {
  readonly total: number;
  /** Paid from account and pool together. */
  readonly accountAndPool: number;
  /** 7 bytes, YYYYMMDDHHMMSS. */
  readonly time: Uint8Array;
}

/** Largest amount: four bytes of 0.01 CNY; the text wants it smaller than 42949672.95. */
const AMOUNT_LIMIT = 0xffffffff;

export function parsePayInfo(text: string): PayInfo {
  const [total = "", both = "", time = ""] = fields(text, 3, "pPayInfo");
  const info = { total: amount(total), accountAndPool: amount(both), time: parseTime(time) };
  if (info.total === 0) bad("pPayInfo: nothing is to be paid");
  if (info.accountAndPool > info.total) bad("pPayInfo: more from account and pool than in total");
  return info;
}

/** No card of any generation paid before it. */
const FIRST_YEAR = 2000;

/** When a purchase is made, YYYYMMDDHHMMSS from 2000 on. `DeskError` -23 for a time that is none. */
export function parseTime(text: string): Uint8Array {
  if (!isTime(text)) bad("a time is YYYYMMDDHHMMSS");
  if (Number(text.slice(0, 4)) < FIRST_YEAR) bad(`no purchase was made before ${FIRST_YEAR}`);
  return bytes(text);
}

function amount(text: string): number {
  const [, whole = "", cents = ""] =
    /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(text) ?? bad("pPayInfo: an amount has two decimals at most");
  const value = Number(whole) * 100 + Number(cents.padEnd(2, "0"));
  return value < AMOUNT_LIMIT ? value : bad("pPayInfo: an amount is less than 42949672.95");
}

/** 0.01 CNY as yuan with two decimals. */
export function showAmount(value: number): string {
  return `${Math.floor(value / 100)}.${String(value % 100).padStart(2, "0")}`;
}

/** Four bytes, the first the highest. */
export function amountBytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** The fields of a text in which each ends with a bar. `DeskError` -23 unless there are `count`. */
export function fields(text: string, count: number, what: string): readonly string[] {
  const parts = text.split("|");
  if (parts.pop() !== "" || parts.length !== count) {
    bad(`${what}: ${count} fields, each ending with |`);
  }
  return parts;
}

/** Each with a bar behind it; bytes as hexadecimal digits. */
export function join(...parts: readonly (string | Uint8Array)[]): string {
  return parts.map((part) => `${typeof part === "string" ? part : hex(part)}|`).join("");
}

/** `length` bytes of hexadecimal digits. `DeskError` -41 or -42 when they are not. */
export function hexField(text: string, length: number): Uint8Array {
  if (!/^[0-9A-F]*$/i.test(text)) throw new DeskError(CODE_BAD_CHARACTER);
  if (text.length !== 2 * length) {
    throw new DeskError(CODE_BAD_LENGTH, `${2 * length} hex digits, not ${text.length}`);
  }
  return bytes(text);
}

function bad(reason: string): never {
  throw new DeskError(CODE_BAD_INPUT, reason);
}
