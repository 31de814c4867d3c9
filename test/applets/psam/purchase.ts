// A purchase as the terminal tells it to the PSAM, and its MACs by the rules.

import { bytes } from "../../helpers/bytes.ts";
import { FACTORS, PROVINCE_KEY, TERMINAL } from "./psam-card.ts";
import { type Algorithm, cardKey, mac, sessionKey } from "./rules.ts";

export const VERSION = 0x01;
export const CARD_RANDOM = "01020304";
export const CARD_SEQUENCE = "0005";
const AMOUNTS = "000000640000003200000000";
const TYPE = "32";
const TIME = "20260101120000";

/** Algorithm of the purchase key in the command. */
export const ALGORITHM_BYTE: Readonly<Record<Algorithm, string>> = { tdes: "00", sm4: "03" };

/** Data of INIT SAM FOR PURCHASE. */
export function purchaseData(
  algorithm: Algorithm,
  levels: number,
  change: { readonly version?: string; readonly algorithm?: string } = {},
): string {
  const key = (change.version ?? "01") + (change.algorithm ?? ALGORITHM_BYTE[algorithm]);
  const factors = FACTORS.slice(0, levels).join("");
  return CARD_RANDOM + CARD_SEQUENCE + AMOUNTS + TYPE + TIME + key + factors;
}

/** MAC1 and MAC2 of that purchase under a number of the terminal. */
export function purchaseMacs(
  algorithm: Algorithm,
  levels: number,
  sequence: number,
  key = PROVINCE_KEY,
): { readonly mac1: Uint8Array; readonly mac2: Uint8Array } {
  const low = (sequence & 0xffff).toString(16).padStart(4, "0");
  const own = cardKey(algorithm, key, FACTORS.slice(0, levels));
  const session = sessionKey(algorithm, own, bytes(CARD_RANDOM + CARD_SEQUENCE + low));
  return {
    mac1: mac(algorithm, session, bytes(AMOUNTS + TYPE + TERMINAL + TIME)),
    mac2: mac(algorithm, session, bytes(AMOUNTS)),
  };
}
