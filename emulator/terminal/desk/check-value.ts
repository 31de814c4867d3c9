// Whether a text can be a value of a data item at all, by what the definition says of it. Filling is no matter here:
// an empty text clears the value.

import type { ValueKind } from "../../../personalization/definition/types.ts";
import { FieldError } from "../../../personalization/errors.ts";
import { checkCardNumber } from "../../../personalization/identity/card-number.ts";
import { CODE_BAD_INPUT } from "./codes.ts";
import { isDate, isMonth, isTime } from "./dates.ts";
import { DeskError } from "./result.ts";

interface Checked {
  readonly name: string;
  readonly kind?: ValueKind;
  readonly codes?: Readonly<Record<string, string>>;
}

const KINDS: Readonly<Record<ValueKind, (text: string) => boolean>> = {
  date: isDate,
  month: isMonth,
  year: (text) => isDate(`${text}0101`),
  time: isTime,
  region: (text) => /^[0-9]{6}$/.test(text),
  phone: (text) => /^[0-9+(][0-9() -]*$/.test(text),
  "card-number": isCardNumber,
};

/** `DeskError` -23 when `text` is neither empty nor such a value. */
export function checkValue({ name, kind, codes }: Checked, text: string): void {
  if (text === "") return;
  if (kind !== undefined && !KINDS[kind](text)) {
    throw new DeskError(CODE_BAD_INPUT, `${name}: no ${kind.replace("-", " ")}`);
  }
  if (codes !== undefined && !Object.hasOwn(codes, text)) {
    throw new DeskError(CODE_BAD_INPUT, `${name}: one of ${Object.keys(codes).join(", ")}`);
  }
}

function isCardNumber(text: string): boolean {
  try {
    return checkCardNumber(text) === text;
  } catch (error) {
    if (error instanceof FieldError) return false;
    throw error;
  }
}
