// The citizen identity number of 18 characters. GB 11643-1999.

import { FieldError } from "../errors.ts";
import { dayNumber, parseDate } from "./dates.ts";
import { checkRegion } from "./region.ts";

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/** Check character by sum mod 11. GB 11643-1999, 4.5, after ISO 7064 MOD 11-2. */
const CHECK_CHARACTERS = "10X98765432";

export interface IdentityNumber {
  /** Where it was first registered: 6 digits. */
  readonly region: string;
  /** YYYYMMDD */
  readonly birthDate: string;
  /** "1" male, "2" female: the parity of the sequence. */
  readonly sex: "1" | "2";
}

/** Check character of the first 17 digits. */
export function identityCheckCharacter(digits: string): string {
  let sum = 0;
  for (let index = 0; index < WEIGHTS.length; index++) {
    sum += (digits.charCodeAt(index) - 0x30) * WEIGHTS[index]!;
  }
  return CHECK_CHARACTERS[sum % 11]!;
}

/** Parts of a number. Throws `FieldError`; the message never repeats the number. */
export function parseIdentityNumber(text: string): IdentityNumber {
  if (!/^[0-9]{17}[0-9X]$/.test(text)) {
    throw new FieldError("is no identity number; write its 17 digits and the check digit 0-9 or X");
  }
  const expected = identityCheckCharacter(text);
  if (text[17] !== expected) {
    throw new FieldError(
      `check digit is ${text[17]}; the other 17 digits demand ${expected}: correct the mistyped one`,
    );
  }
  const region = checkRegion(text.slice(0, 6));
  const birthDate = parseBirthDate(text.slice(6, 14));
  return { region, birthDate, sex: Number(text[16]) % 2 === 1 ? "1" : "2" };
}

function parseBirthDate(digits: string): string {
  try {
    return parseDate(digits);
  } catch {
    throw new FieldError(
      "the birth date inside the identity number does not exist; correct the number",
    );
  }
}

/**
 * One number below 2^53 for each valid identity number: region × days × sequence.
 * The check digit follows from the rest.
 */
export function packIdentityNumber(text: string): number {
  const region = Number(text.slice(0, 6));
  return (region * 200_000 + dayNumber(text.slice(6, 14))) * 1000 + Number(text.slice(14, 17));
}
