// Values of data items as text: how a desk shows them and takes them. V2.0, chapter 7.

import { bytes, hex } from "../../../personalization/bytes.ts";
import { FieldError } from "../../../personalization/errors.ts";
import { decodeGb18030, encodeGb18030 } from "../../../personalization/text/gb18030.ts";
import { CODE_BAD_CHARACTER, CODE_BAD_LENGTH } from "./codes.ts";
import { DeskError } from "./result.ts";

/** cn: digits, F behind them. an: GB 18030, 00 behind it. b: bytes, shown as hexadecimal digits. */
export type ValueType = "cn" | "an" | "b";

/** What separates the parts of an interface string cannot be part of a value. */
const SEPARATORS = /[|$^]/;

/** The text of `value`, without its filling. `FieldError` for bytes that are no text. */
export function decodeValue(type: ValueType, value: Uint8Array): string {
  if (type === "b") return hex(value);
  if (type === "cn") return digitsOf(value);
  const end = value.indexOf(0);
  const text = decodeGb18030(end < 0 ? value : value.subarray(0, end));
  // A card may hold anything, also what would forge a field of the output or steer a terminal.
  return text.replace(/[\p{Cc}\p{Cf}|$^]/gu, "\ufffd");
}

/**
 * Digits without their filling: F, or E where a tag of the first generation has its new meaning (V2.0,
 * appendix C). The card's identifier is cn with other digits in it: it comes whole.
 */
export function digitsOf(value: Uint8Array): string {
  const [, digits = hex(value)] = /^([0-9]*)[EF]*$/.exec(hex(value)) ?? [];
  return digits;
}

/** `text` as `length` bytes. `DeskError` -41 for a wrong character, -42 for too much of it. */
export function encodeValue(type: ValueType, text: string, length: number): Uint8Array {
  if (SEPARATORS.test(text)) throw new DeskError(CODE_BAD_CHARACTER);
  const value = type === "an" ? textBytes(text) : digitBytes(type, text, length);
  if (value.length > length) {
    throw new DeskError(CODE_BAD_LENGTH, `${value.length} bytes, at most ${length}`);
  }
  const filled = new Uint8Array(length).fill(type === "cn" ? 0xff : 0);
  filled.set(value);
  return filled;
}

/** GB 18030. `DeskError` -41 for a character that it has not. */
export function textBytes(text: string): Uint8Array {
  try {
    return encodeGb18030(text);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new DeskError(CODE_BAD_CHARACTER, error.message);
  }
}

function digitBytes(type: "cn" | "b", text: string, length: number): Uint8Array {
  const allowed = type === "cn" ? /^[0-9]*$/ : /^[0-9A-F]*$/i;
  if (!allowed.test(text)) throw new DeskError(CODE_BAD_CHARACTER);
  if (text.length > 2 * length) throw new DeskError(CODE_BAD_LENGTH, `at most ${2 * length}`);
  if (text.length % 2 === 0) return bytes(text);
  if (type === "b") throw new DeskError(CODE_BAD_LENGTH, "an odd number of hex digits");
  return bytes(`${text}F`);
}
