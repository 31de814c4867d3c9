// What a function of the reader interface ended with, for those who do not read Chinese.

import { CODE_PIN_WRONG, meaningOf } from "../desk/codes.ts";
import type { DeskError } from "../desk/result.ts";

/** Code, English meaning, and beside it what belongs to the case: "-51: the PIN is wrong, 5 tries left". */
export function inEnglish({ code, detail }: DeskError): string {
  const { english } = meaningOf(code);
  const [tries] = /\d+/.exec(detail) ?? [];
  if (code === CODE_PIN_WRONG && tries !== undefined) {
    return `${code}: ${english}, ${tries} tries left`;
  }
  return `${code}: ${english}${detail === "" ? "" : ` (${detail})`}`;
}
