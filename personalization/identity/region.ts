// Codes of administrative regions: two digits each of province, city and county. GB/T 2260.

import { FieldError } from "../errors.ts";

/** Province level. A city or county within is not looked up: they change every year. */
const PROVINCES = new Set(
  (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 " +
    "61 62 63 64 65 71 81 82"
  ).split(" "),
);

/** The 6 digits themselves. Throws `FieldError`. */
export function checkRegion(text: string): string {
  if (!/^[0-9]{6}$/.test(text)) {
    throw new FieldError(`"${text}" is no region; write its 6 digits, as GB/T 2260 has them`);
  }
  if (!PROVINCES.has(text.slice(0, 2))) {
    throw new FieldError(
      `"${text}" is no region: no province has the code ${text.slice(0, 2)}; correct it`,
    );
  }
  return text;
}
