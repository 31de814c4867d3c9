// The social security card number: 8 characters and a check character.
// Social security data items V2.0, appendix A (the scheme of GB 11714).

import { FieldError } from "../errors.ts";

const WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];

/** Check character of the first 8: 11 − (Σ mod 11); 10 is written X, 11 is written 0. */
export function cardNumberCheckCharacter(characters: string): string {
  let sum = 0;
  for (let index = 0; index < WEIGHTS.length; index++) {
    sum += Number.parseInt(characters[index]!, 36) * WEIGHTS[index]!;
  }
  const check = 11 - (sum % 11);
  return check === 10 ? "X" : check === 11 ? "0" : String(check);
}

/** The number itself. Throws `FieldError`. */
export function checkCardNumber(text: string): string {
  if (!/^[0-9A-Z]{8}[0-9X]$/.test(text)) {
    throw new FieldError(
      `"${text}" is no card number; write 8 characters 0-9 A-Z and a check digit`,
    );
  }
  const expected = cardNumberCheckCharacter(text);
  if (text[8] !== expected) {
    throw new FieldError(
      `check digit of card number ${text} is ${text[8]}; the others demand ${expected}: correct the mistyped one`,
    );
  }
  return text;
}

/** The code of an organization: the same scheme. GB 11714. Throws `FieldError`. */
export function checkOrganization(text: string): string {
  if (/^[0-9A-Z]{8}[0-9X]$/.test(text) && text[8] === cardNumberCheckCharacter(text)) return text;
  throw new FieldError(`"${text}" is no code of an organization: look at its check character`);
}

/** One number below 2^53 for each card number. */
export function packCardNumber(text: string): number {
  return Number.parseInt(text.slice(0, 8), 36);
}
