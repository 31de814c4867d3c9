// What a column of a batch may hold, by the type that a product gives it: how a field is checked,
// what text it becomes, and how it is packed into one number to find duplicates.

import { FieldError } from "../errors.ts";
import { checkCardNumber, checkOrganization, packCardNumber } from "../identity/card-number.ts";
import { parseDate } from "../identity/dates.ts";
import { checkEthnicGroup } from "../identity/ethnic-group.ts";
import { packIdentityNumber, parseIdentityNumber } from "../identity/identity-number.ts";
import { checkRegion } from "../identity/region.ts";
import { describe, encodeGb18030 } from "../text/gb18030.ts";

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
  /** Any text that a desk can read; whether the field holds it, the product's items say. */
  name: {
    normalize(text: string) {
      if (text.trim() !== text)
        throw new FieldError("has a space before or after the name; remove it");
      if (/^[·•‧・]|[·•‧・]$/u.test(text))
        throw new FieldError("begins or ends with a middle dot; remove it");
      return readableText(text);
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
  /** Any text that a desk can read. */
  text: {
    normalize(text: string) {
      if (text.trim() !== text)
        throw new FieldError("has a space before or after the text; remove it");
      return readableText(text);
    },
  },
  /** Decimal digits, as many as the field holds. */
  digits: {
    normalize(text: string) {
      if (/^[0-9]+$/.test(text)) return text;
      throw new FieldError(`"${text}" is not a row of digits; write 0-9 only`);
    },
  },
  /** Code of an organization, 8 characters and a check character. GB 11714. */
  organization: { normalize: checkOrganization },
  /** Money in yuan, "1234.56"; goes on as a number of fen. */
  amount: {
    normalize(text: string) {
      const match = /^([0-9]{1,12})(?:\.([0-9]{2}))?$/.exec(text);
      if (match !== null) return String(BigInt(`${match[1]}${match[2] ?? "00"}`));
      throw new FieldError(`"${text}" is no amount; write yuan, such as 1234.56`);
    },
  },
  /** A serial number of 8 decimal digits. */
  serial: { normalize: digits(8), packLimit: 1e8, pack: Number },
  /** Of a terminal: region, 6 digits, and 6 of the issuer's own. Card specification part 9, 7.3. */
  "terminal-number": {
    normalize(text: string) {
      checkRegion(digits(12)(text).slice(0, 6));
      return text;
    },
    packLimit: 1e12,
    pack: Number,
  },
  /** Path of a JPEG file below the folder of the batch. */
  portrait: { normalize: checkPath },
  /** Path of a file with two fingerprint templates, as long as the card's file. */
  fingerprints: { normalize: checkPath },
} satisfies Record<string, ColumnType>;

export type ColumnTypeName = keyof typeof TYPES;
export const COLUMN_TYPE_NAMES = Object.keys(TYPES) as ColumnTypeName[];

export function columnType(name: ColumnTypeName): ColumnType {
  return TYPES[name];
}

/** What the reader interface divides its texts by, and what nobody sees. */
const UNREADABLE = /[|^$\p{Cf}]/u;

/** Text that GB 18030 holds and every desk can read. */
function readableText(text: string): string {
  const [character] = UNREADABLE.exec(text) ?? [];
  if (character !== undefined) {
    throw new FieldError(`${describe(character)} cannot be read at a desk; remove it`);
  }
  encodeGb18030(text);
  return text;
}

function checkPath(text: string): string {
  const parts = text.split("/");
  if (text === "" || parts.some((part) => part === "" || part === ".." || part.includes("\0"))) {
    throw new FieldError("must be the path of a file below the folder of the batch");
  }
  return text;
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
