// Codes of ethnic groups. GB/T 3304; social security data items V2.0, tag 0B.

import { FieldError } from "../errors.ts";

/** "01" to "56", or "99" where it is not told. Throws `FieldError`. */
export function checkEthnicGroup(text: string): string {
  const code = Number(text);
  if (!/^[0-9]{2}$/.test(text) || !((code >= 1 && code <= 56) || code === 99)) {
    throw new FieldError(`"${text}" is no ethnic group: use 01 to 56, or 99`);
  }
  return text;
}
