// What a desk asks of whoever holds the issuer's keys: the PSAM in the terminal, or a key service.

import type { KeyDefinition } from "../../../personalization/definition/types.ts";

/** Cipher of a card's keys. SSF33 is not published: nobody here computes it. */
export type Algorithm = "tdes" | "ssf33" | "sm4";

/** A card as its keys are found: which cipher, which region's key, which factor below it. */
export interface KeyedCard {
  readonly algorithm: Algorithm;
  /** Six digits: the first of the card's identifier. */
  readonly region: string;
  /** Last 8 historical bytes. */
  readonly factor: Uint8Array;
}

/** Amounts of 4 bytes in 0.01 CNY; numbers as the card and the terminal write them. */
export interface PurchaseData {
  /** DPK of the card. */
  readonly key: KeyDefinition;
  /** Of the card: pseudo-random number (4), transaction number (2), version and cipher of its key. */
  readonly random: Uint8Array;
  readonly cardSequence: Uint8Array;
  readonly keyVersion: number;
  readonly keyAlgorithm: number;
  readonly account: Uint8Array;
  readonly self: Uint8Array;
  readonly pool: Uint8Array;
  readonly type: number;
  /** 6 bytes. */
  readonly terminal: Uint8Array;
  /** 7 bytes, YYYYMMDDHHMMSS. */
  readonly time: Uint8Array;
}

export interface PurchaseStart {
  /** Transaction number of the terminal, 4 bytes. */
  readonly terminalSequence: Uint8Array;
  readonly mac1: Uint8Array;
}

/**
 * All methods reject with `DeskError`: -2201 without PSAM, -2202 without the cipher, -27272 without the
 * key, -24 when the key is too far below.
 */
export interface TerminalSecurity {
  /** Number of the terminal, 12 digits. */
  terminal(): Promise<string>;
  /** Once for each card, before anything else: powers the PSAM and selects its keys. */
  prepare(algorithm: Algorithm): Promise<void>;
  /** Authentication data, 8 bytes, of 8 original bytes under the card's random number. */
  authenticate(
    card: KeyedCard,
    key: KeyDefinition,
    random: Uint8Array,
    original: Uint8Array,
  ): Promise<Uint8Array>;
  /**
   * What follows the header in a command of secure messaging: enciphered `data`, if there are any, and the MAC
   * over header and them.
   */
  protect(
    card: KeyedCard,
    key: KeyDefinition,
    random: Uint8Array,
    header: Uint8Array,
    data: Uint8Array,
  ): Promise<Uint8Array>;
  startPurchase(card: KeyedCard, purchase: PurchaseData): Promise<PurchaseStart>;
  /** Checks the card's proof of the purchase. -37634 when it is wrong. */
  endPurchase(mac2: Uint8Array): Promise<void>;
}

/** Terminal number of a desk without PSAM. Reader specification 2.0, 9.1.3.2. */
export const NO_TERMINAL = "000000000000";
