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
  /** How this field is held against another of its row. */
  against?: Comparison;
  /** Fewest numbers, from 0, that tell all valid texts apart: `pack(text) < packLimit`. */
  packLimit?: number;
  pack?(text: string): number;
}

export interface Comparison {
  /** The member of a product's column that names the other column. */
  by: "agreesWith" | "after" | "notBefore";
  /** Types that the other column may have. */
  types: readonly string[];
  /** Whether a product must name another column. */
  needed: boolean;
  /** Both texts normalized; `column` is the other's name. Throws `FieldError`. */
  compare(text: string, other: string, column: string): void;
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
      if (text.trim() !== text)
        throw new FieldError("has a space before or after the name; remove it");
      if (text === "") throw new FieldError("is empty; give a name");
      encodeGb18030(text);
      return text;
    },
  },
  /** GB/T 2261.1: "1" male, "2" female. */
  sex: {
    normalize: oneOf("1", "2"),
    against: {
      by: "agreesWith",
      types: ["identity-number"],
      needed: true,
      compare(text: string, other: string) {
        const { sex } = parseIdentityNumber(other);
        if (sex === text) return;
        throw new FieldError(
          `is ${text}, but the identity number says ${sex}; correct one of them`,
        );
      },
    },
  },
  "ethnic-group": { normalize: checkEthnicGroup },
  region: { normalize: checkRegion, packLimit: 1e6, pack: Number },
  /** Where `notBefore` names another date, not earlier than that; the same day is allowed. */
  date: {
    normalize: parseDate,
    against: {
      by: "notBefore",
      types: ["birth-date", "date"],
      needed: false,
      compare(text: string, other: string, column: string) {
        if (text >= other) return;
        throw new FieldError(`${text} is before ${column}; correct one of the two`);
      },
    },
  },
  "birth-date": {
    normalize: parseDate,
    against: {
      by: "agreesWith",
      types: ["identity-number"],
      needed: true,
      compare(text: string, other: string) {
        if (parseIdentityNumber(other).birthDate === text) return;
        throw new FieldError(
          "differs from the birth date inside the identity number; correct one of them",
        );
      },
    },
  },
  "later-date": {
    normalize: parseDate,
    against: {
      by: "after",
      types: ["date"],
      needed: true,
      compare(text: string, other: string, column: string) {
        if (text > other) return;
        throw new FieldError(`${text} is not after ${column}; correct one of the two`);
      },
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
    if (allowed.includes(text)) return text;
    throw new FieldError(`"${text}" is not known; write ${allowed.join(" or ")}`);
  };
}

function digits(count: number): (text: string) => string {
  const pattern = new RegExp(`^[0-9]{${count}}$`);
  return (text) => {
    if (pattern.test(text)) return text;
    throw new FieldError(`"${text}" is not ${count} digits; write ${count}, with zeros in front`);
  };
}
