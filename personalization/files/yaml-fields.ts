// Scalars of our YAML files: text that becomes names, numbers and bytes.

import * as v from "valibot";
import { bytes } from "../bytes.ts";

export const Name = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9_ -]*$/, "must be a letter, then letters, digits, spaces, _ or -"),
);
export const Text = v.pipe(v.string(), v.regex(/./, "must not be empty"));
export const Hex = v.pipe(
  v.string("must be hexadecimal text"),
  v.regex(/^([0-9A-Fa-f]{2}\s*)+$/, "must be pairs of hex digits"),
  v.transform(bytes),
);
/** One or two bytes as a number. */
export const HexNumber = (size: 1 | 2) =>
  v.pipe(
    v.string("must be hexadecimal text"),
    v.regex(size === 1 ? /^[0-9A-F]{2}$/ : /^[0-9A-F]{4}$/, `must be ${size * 2} digits 0-9 A-F`),
    v.transform((text) => Number.parseInt(text, 16)),
  );
export const Tag = v.pipe(
  v.string("must be hexadecimal text"),
  v.regex(/^([0-9A-F]{2}){1,2}$/, "must be 2 or 4 digits 0-9 A-F"),
  v.transform((text) => Number.parseInt(text, 16)),
);
export const Integer = (least: number, most: number) =>
  v.pipe(
    v.string("must be a number"),
    v.regex(/^[0-9]+$/, "must be a decimal number"),
    v.transform(Number),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );
/** "true" or "false". */
export const Flag = v.pipe(
  v.picklist(["true", "false"], "must be true or false"),
  v.transform((text) => text === "true"),
);
