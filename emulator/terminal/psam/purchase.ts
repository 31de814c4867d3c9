// A medical purchase between user card and PSAM: MAC1 for the card, MAC2 from it. Part 9, 9.9 and 9.10.

import {
  INS_CREDIT_SAM_FOR_PURCHASE,
  INS_INIT_SAM_FOR_PURCHASE,
  MAX_LEVEL,
  P1_INIT_SAM_FOR_PURCHASE,
  SEQUENCE_BYTES,
} from "../../../applets/psam/spec.ts";
import { command, exchange, expectSuccess } from "../../../personalization/apdu.ts";
import { concat } from "../../../personalization/bytes.ts";
import { StatusWordError } from "../../../personalization/errors.ts";
import { CLA_PROPRIETARY } from "../../../runtime/spec/instructions.ts";
import { SW_MAC_WRONG, SW_SUCCESS, SW_WRONG_DATA } from "../../../runtime/spec/status-words.ts";
import { PsamLevelError, PurchaseMacError } from "./errors.ts";
import { type CardFactors, factorsBelow, lowestLevel, type Psam } from "./psam.ts";

/** What the PSAM is told of a purchase. Amounts are 4 bytes, in fen. */
export interface Purchase {
  /** Of INITIALIZE FOR PURCHASE of the user card: random number (4), its transaction number (2). */
  readonly random: Uint8Array;
  readonly cardSequence: Uint8Array;
  /** From the personal account, paid by the person, paid by the pooled fund. */
  readonly account: Uint8Array;
  readonly self: Uint8Array;
  readonly pool: Uint8Array;
  readonly type: number;
  /** Date YYYYMMDD (cn 4) ‖ time HHMMSS (cn 3) of the terminal. */
  readonly time: Uint8Array;
  /** Version and algorithm of the user card's purchase key, as the card answered them. */
  readonly keyVersion: number;
  readonly keyAlgorithm: number;
}

/** The PSAM's part of a purchase. */
export interface SamPurchase {
  /** Terminal transaction number, 4 bytes; never given twice. */
  readonly sequence: Uint8Array;
  readonly mac1: Uint8Array;
}

const LEVEL = "purchase";
const RESPONSE_BYTES = 8;

/**
 * MAC1 and the terminal's number for it. Throws `StatusWordError`, 6A88 without the key; `PsamLevelError` when
 * the key is of another region than the card.
 */
export async function initSamForPurchase(
  psam: Psam,
  purchase: Purchase,
  factors: CardFactors,
): Promise<SamPurchase> {
  const { random, cardSequence, account, self, pool, type, time } = purchase;
  const key = Uint8Array.of(purchase.keyVersion, purchase.keyAlgorithm);
  const data = concat(random, cardSequence, account, self, pool, Uint8Array.of(type), time, key);
  const lowest = lowestLevel(psam, factors);
  const level = psam.levels.get(LEVEL);
  if (level !== undefined && level < lowest) throw new PsamLevelError(LEVEL, psam.terminal);
  let response = { data: new Uint8Array() as Uint8Array, sw: SW_WRONG_DATA as number };
  for (let n = level ?? lowest; n <= (level ?? MAX_LEVEL) && response.sw === SW_WRONG_DATA; n++) {
    const all = concat(data, ...factorsBelow(n, factors));
    const [p1, p2] = [P1_INIT_SAM_FOR_PURCHASE, 0];
    const init = command(CLA_PROPRIETARY, INS_INIT_SAM_FOR_PURCHASE, p1, p2, all, RESPONSE_BYTES);
    response = await exchange(psam.slot, init);
    if (response.sw === SW_SUCCESS) psam.levels.set(LEVEL, n);
  }
  // It has the key, on a level that was not tried.
  if (response.sw === SW_WRONG_DATA && lowest > 1) throw new PsamLevelError(LEVEL, psam.terminal);
  const answer = expectSuccess("INIT SAM FOR PURCHASE", response);
  return { sequence: answer.slice(0, SEQUENCE_BYTES), mac1: answer.slice(SEQUENCE_BYTES) };
}

/** Has the PSAM check the user card's MAC2, once. Throws `PurchaseMacError` when it is wrong. */
export async function creditSamForPurchase(psam: Psam, mac2: Uint8Array): Promise<void> {
  const credit = command(CLA_PROPRIETARY, INS_CREDIT_SAM_FOR_PURCHASE, 0, 0, mac2);
  const { sw } = await exchange(psam.slot, credit);
  if (sw === SW_MAC_WRONG) throw new PurchaseMacError();
  if (sw !== SW_SUCCESS) throw new StatusWordError("CREDIT SAM FOR PURCHASE", sw);
}
