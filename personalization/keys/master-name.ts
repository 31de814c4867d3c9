// Names of a province's master keys, as products, PSAMs and terminals agree on them.

/** How the names begin, by the cipher of the cards: of the third generation, and of the second. */
export const MASTER_PREFIXES = { sm4: "ssc-", tdes: "ssc2-" } as const;

/** UK1DF01 is ssc-uk1df01, its version 2 ssc-uk1df01-v2. Versions count from 1. */
export function masterName(prefix: string, key: string, version = 1): string {
  return `${prefix}${key.toLowerCase()}${version > 1 ? `-v${version}` : ""}`;
}
