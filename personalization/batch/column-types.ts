// What a column of a batch may hold, by the type that a product gives it: how a field is checked,
// what text it becomes, and how it is packed into one number to find duplicates.

import { FieldError } from "../errors.ts";
import { checkCardNumber, packCardNumber } from "../identity/card-number.ts";
import { parseDate } from "../identity/dates.ts";
import { checkEthnicGroup } from "../identity/ethnic-group.ts";
import { packIdentityNumber, parseIdentityNumber } from "../identity/identity-number.ts";
import { checkRegion } from "../identity/region.ts";
import { encodeGb18030 } from "../text/gb18030.ts";

export interface ColumnType {
  /** The text that goes on: dates become YYYYMMDD, others stay. Throws `FieldError`. */
  normalize(text: string): string;
  /** Holds this field against another of the row, both normalized. Throws `FieldError`. */
  compare?(text: string, other: string): void;
  /** The type that the other field must have. */
  compareWith?: string;
  /** Fewest numbers, from 0, that tell all valid texts apart: `pack(text) < packLimit`. */
  packLimit?: number;
  pack?(text: string): number;
}

const TYPES = {
  "identity-number": {
    normalize(text: string) {
      parseIdentityNumber(text);
      return text;
    },
    packLimit: Number.MAX_SAFE_INTEGER,
    pack: packIdentityNumber,
  },
  "card-number": {
    normalize: checkCardNumber,
    packLimit: 36 ** 8,
    pack: packCardNumber,
  },
  /** Any text that GB 18030 holds; whether the field holds it, the product's items say. */
  name: {
    normalize(text: string) {
      if (text.trim() !== text) throw new FieldError("has a space before or after the name");
      if (text === "") throw new FieldError("is empty");
      encodeGb18030(text);
      return text;
    },
  },
  /** GB/T 2261.1: "1" male, "2" female. */
  sex: {
    normalize: oneOf("1", "2"),
    compareWith: "identity-number",
    compare(text: string, other: string) {
      const { sex } = parseIdentityNumber(other);
      if (sex !== text) throw new FieldError(`is ${text}, but the identity number says ${sex}`);
    },
  },
  "ethnic-group": { normalize: checkEthnicGroup },
  region: { normalize: checkRegion, packLimit: 1e6, pack: Number },
  date: { normalize: parseDate },
  "birth-date": {
    normalize: parseDate,
    compareWith: "identity-number",
    compare(text: string, other: string) {
      if (parseIdentityNumber(other).birthDate !== text) {
        throw new FieldError("differs from the birth date inside the identity number");
      }
    },
  },
  "later-date": {
    normalize: parseDate,
    compareWith: "date",
    compare(text: string, other: string) {
      if (text <= other) throw new FieldError(`${text} is not after ${other}`);
    },
  },
  /** A serial number of 8 decimal digits. */
  serial: { normalize: digits(8), packLimit: 1e8, pack: Number },
  /** Path of a JPEG file below the folder of the batch. */
  portrait: {
    normalize(text: string) {
      const parts = text.split("/");
      if (
        text === "" ||
        parts.some((part) => part === "" || part === ".." || part.includes("\0"))
      ) {
        throw new FieldError("must be the path of a file below the folder of the batch");
      }
      return text;
    },
  },
} satisfies Record<string, ColumnType>;

export type ColumnTypeName = keyof typeof TYPES;
export const COLUMN_TYPE_NAMES = Object.keys(TYPES) as ColumnTypeName[];

export function columnType(name: ColumnTypeName): ColumnType {
  return TYPES[name];
}

function oneOf(...allowed: readonly string[]): (text: string) => string {
  return (text) => {
    if (!allowed.includes(text)) throw new FieldError(`"${text}" is none of ${allowed.join(", ")}`);
    return text;
  };
}

function digits(count: number): (text: string) => string {
  const pattern = new RegExp(`^[0-9]{${count}}$`);
  return (text) => {
    if (!pattern.test(text)) throw new FieldError(`"${text}" is not ${count} digits`);
    return text;
  };
}
