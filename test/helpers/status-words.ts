// The status words that a card of ours may send: data, from the list that both sides share.

import * as words from "../../runtime/spec/status-words.ts";

const EXACT: ReadonlySet<number> = new Set(
  Object.values(words).filter((value) => typeof value === "number"),
);

/** Whether it is a word of `runtime/spec/status-words.ts`, or one of its families. */
export function isKnownStatusWord(sw: number): boolean {
  const family = sw & 0xff00;
  if (family === words.SW_MORE_DATA || family === words.SW_CORRECT_LE) return true;
  return EXACT.has(sw) || (sw & 0xfff0) === words.SW_VERIFICATION_FAILED;
}
