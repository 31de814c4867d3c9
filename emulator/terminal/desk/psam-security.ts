// Security by the PSAM in the terminal.

import {
  TYPE_ENCIPHER,
  TYPE_MAC_AND_ENCIPHER,
  USAGE_TYPE_MASK,
} from "../../../applets/psam/spec.ts";
import { concat } from "../../../personalization/bytes.ts";
import type { Card } from "../../../personalization/card.ts";
import type { KeyDefinition } from "../../../personalization/definition/types.ts";
import { StatusWordError } from "../../../personalization/errors.ts";
import { cityFactor, provinceFactor } from "../../../personalization/keys/diversify.ts";
import {
  SW_MAC_WRONG,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_WRONG_DATA,
} from "../../../runtime/spec/status-words.ts";
import { authenticationData, encipherField, mac } from "../psam/cipher-data.ts";
import { NoPsamError, PsamKeyError, PsamLevelError, PurchaseMacError } from "../psam/errors.ts";
import {
  type CardFactors,
  deliverSessionKey,
  type Psam,
  type PsamAlgorithm,
  type PsamKey,
  type PsamKeyUse,
  selectPsam,
} from "../psam/psam.ts";
import { creditSamForPurchase, initSamForPurchase } from "../psam/purchase.ts";
import {
  CODE_ALGORITHM_NOT_IN_PSAM,
  CODE_KEY_LEVEL,
  CODE_KEY_NOT_FOUND,
  CODE_NO_PSAM,
} from "./codes.ts";
import { DeskError } from "./result.ts";
import {
  type Algorithm,
  type KeyedCard,
  NO_TERMINAL,
  type PurchaseData,
  type PurchaseStart,
  type TerminalSecurity,
} from "./security.ts";
import type { Slot } from "./slots.ts";

/** Ciphers whose environments are looked into for the number of the terminal alone. */
const ALGORITHMS: readonly PsamAlgorithm[] = ["sm4", "tdes"];

export class PsamSecurity implements TerminalSecurity {
  readonly #slot: Slot;
  #powered: Card | undefined;
  #psam: Psam | undefined;

  /** `slot` is the PSAM's own; its card keeps its power until `close`. */
  constructor(slot: Slot) {
    this.#slot = slot;
  }

  async close(): Promise<void> {
    this.#powered = undefined;
    this.#psam = undefined;
    await this.#slot.close();
  }

  async terminal(): Promise<string> {
    if (this.#psam !== undefined) return this.#psam.terminal;
    const card = await this.#power().catch(() => undefined);
    for (const algorithm of card === undefined ? [] : ALGORITHMS) {
      const found = await selectPsam(card!, algorithm).catch(() => undefined);
      if (found !== undefined) return found.terminal;
    }
    return NO_TERMINAL;
  }

  async prepare(algorithm: Algorithm): Promise<void> {
    const card = await this.#power();
    if (algorithm === "ssf33") throw new DeskError(CODE_ALGORITHM_NOT_IN_PSAM);
    if (this.#psam?.algorithm === algorithm) return;
    this.#psam = await translate(selectPsam(card, algorithm));
  }

  async authenticate(
    card: KeyedCard,
    key: KeyDefinition,
    random: Uint8Array,
    original: Uint8Array,
  ): Promise<Uint8Array> {
    const psam = this.#selected();
    await translate(deliverSessionKey(psam, keyOn(key, useOf(key)), factorsOf(card), random));
    return translate(authenticationData(psam, original));
  }

  async protect(
    card: KeyedCard,
    key: KeyDefinition,
    random: Uint8Array,
    header: Uint8Array,
    data: Uint8Array,
  ): Promise<Uint8Array> {
    const psam = this.#selected();
    const use = data.length === 0 ? "mac" : "encipher-and-mac";
    await translate(deliverSessionKey(psam, keyOn(key, use), factorsOf(card), random));
    const enciphered = data.length === 0 ? data : await translate(encipherField(psam, data));
    return concat(enciphered, await translate(mac(psam, concat(header, enciphered))));
  }

  async startPurchase(card: KeyedCard, purchase: PurchaseData): Promise<PurchaseStart> {
    const started = await translate(
      initSamForPurchase(this.#selected(), purchase, factorsOf(card)),
    );
    return { terminalSequence: started.sequence, mac1: started.mac1 };
  }

  async endPurchase(mac2: Uint8Array): Promise<void> {
    await translate(creditSamForPurchase(this.#selected(), mac2));
  }

  #selected(): Psam {
    if (this.#psam === undefined) throw new DeskError(CODE_NO_PSAM);
    return this.#psam;
  }

  async #power(): Promise<Card> {
    this.#powered ??= (await this.#slot.power())?.card;
    if (this.#powered === undefined) throw new DeskError(CODE_NO_PSAM);
    return this.#powered;
  }
}

function factorsOf({ region, factor }: KeyedCard): CardFactors {
  return { province: provinceFactor(region), city: cityFactor(region), card: factor };
}

/** The first version of the key, as it lies on the PSAM. */
function keyOn({ name, psam }: KeyDefinition, use: PsamKeyUse): PsamKey {
  const id = psam?.ids[0];
  if (id === undefined) throw new DeskError(CODE_KEY_NOT_FOUND, name);
  return { use, id };
}

/** What a key that authenticates may do on the PSAM: appendix B has both types. */
function useOf({ psam }: KeyDefinition): PsamKeyUse {
  const type = (psam?.usage ?? TYPE_ENCIPHER) & USAGE_TYPE_MASK;
  return type === TYPE_MAC_AND_ENCIPHER ? "encipher-and-mac" : "encipher";
}

/** The PSAM's refusals as the interface has them. */
async function translate<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NoPsamError) {
      throw new DeskError(CODE_ALGORITHM_NOT_IN_PSAM, "", { cause: error });
    }
    if (error instanceof PsamKeyError) {
      throw new DeskError(CODE_KEY_NOT_FOUND, error.message, { cause: error });
    }
    if (error instanceof PsamLevelError) {
      throw new DeskError(CODE_KEY_LEVEL, error.message, { cause: error });
    }
    if (error instanceof PurchaseMacError) throw new DeskError(-SW_MAC_WRONG, error.message);
    throw error instanceof StatusWordError ? ofStatus(error) : error;
  }
}

/** Some PSAMs refuse the number of factors themselves, as a key of another level. */
function ofStatus(error: StatusWordError): unknown {
  const { command, sw } = error;
  if (sw === SW_REFERENCED_DATA_NOT_FOUND) return new DeskError(CODE_KEY_NOT_FOUND, command);
  if (sw === SW_WRONG_DATA && /DELIVERY|INIT SAM/.test(command)) {
    return new DeskError(CODE_KEY_LEVEL, command);
  }
  return error;
}
