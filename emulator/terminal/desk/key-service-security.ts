// Security by a key service in the place of the PSAM: what an HSM at the desk would do.

import { TRANSACTION_LOAD } from "../../../applets/social-security/spec.ts";
import { concat, equal, pad80 } from "../../../personalization/bytes.ts";
import type { KeyDefinition } from "../../../personalization/definition/types.ts";
import { KeystoreError } from "../../../personalization/errors.ts";
import { BLOCK_BYTES, encryptBlocks } from "../../../personalization/keys/block-cipher.ts";
import { cityFactor } from "../../../personalization/keys/diversify.ts";
import type { KeyHandle, KeyKind, KeyService } from "../../../personalization/keys/key-service.ts";
import {
  authenticationData,
  mac,
  sessionKey,
  sessionMac,
} from "../../../personalization/social-security-authentication.ts";
import type { LoadData } from "../account/load.ts";
import { CODE_ALGORITHM_NOT_IN_PSAM, CODE_KEY_NOT_FOUND } from "./codes.ts";
import type { NextSequence } from "./next-sequence.ts";
import { amountBytes } from "./parameters.ts";
import { DeskError } from "./result.ts";
import {
  type Algorithm,
  type KeyedCard,
  NO_TERMINAL,
  type PurchaseData,
  type PurchaseStart,
  type TerminalSecurity,
} from "./security.ts";

/** Names the master key of a province for a version of a card's key; undefined when there is none. */
export type MasterName = (key: KeyDefinition, version: number) => string | undefined;

export interface KeyServiceOptions {
  readonly service: KeyService;
  readonly masterName: MasterName;
  /** 12 digits. */
  readonly terminal?: string;
  /** Numbers of the terminal's purchases: kept over all runs; or `noPurchases`. */
  readonly nextSequence: NextSequence;
}

/** A TDES key of one DES length. */
const SINGLE_BYTES = 8;
/** Behind random and transaction number in what a load's session key is made of. */
const LOAD_FILLING = Uint8Array.of(0x80, 0x00);
/** SW 9302, as the PSAM answers it. */
const CODE_MAC_WRONG = -37634;

export class KeyServiceSecurity implements TerminalSecurity {
  readonly #options: KeyServiceOptions;
  /** MAC2 that the card of the running purchase must answer. */
  #mac2: Uint8Array | undefined;

  constructor(options: KeyServiceOptions) {
    this.#options = options;
  }

  async terminal(): Promise<string> {
    return this.#options.terminal ?? NO_TERMINAL;
  }

  async prepare(algorithm: Algorithm): Promise<void> {
    kindOf(algorithm);
  }

  authenticate(
    card: KeyedCard,
    name: KeyDefinition,
    random: Uint8Array,
    original: Uint8Array,
  ): Promise<Uint8Array> {
    const { service } = this.#options;
    return this.#withKey(card, name, 1, (key) =>
      authenticationData(service, key, random, original),
    );
  }

  protect(
    card: KeyedCard,
    name: KeyDefinition,
    random: Uint8Array,
    header: Uint8Array,
    data: Uint8Array,
  ): Promise<Uint8Array> {
    return this.#withKey(card, name, 1, async (key) => {
      const session = await sessionKey(this.#options.service, key, random);
      const enciphered = data.length === 0 ? data : encipher(key.kind, session, data);
      return concat(enciphered, sessionMac(key.kind, session, concat(header, enciphered)));
    });
  }

  async startPurchase(card: KeyedCard, purchase: PurchaseData): Promise<PurchaseStart> {
    const terminalSequence = amountBytes(await this.#options.nextSequence());
    const macs = await this.purchaseMacs(card, purchase, terminalSequence);
    this.#mac2 = macs.mac2;
    return { terminalSequence, mac1: macs.mac1 };
  }

  async endPurchase(mac2: Uint8Array): Promise<void> {
    const expected = this.#mac2;
    this.#mac2 = undefined;
    if (expected === undefined || !equal(expected, mac2)) throw new DeskError(CODE_MAC_WRONG);
  }

  /** MAC1 and MAC2 of a purchase. Facts of part 5, 7.6 and 7.7. */
  purchaseMacs(
    card: KeyedCard,
    purchase: PurchaseData,
    terminalSequence: Uint8Array,
  ): Promise<{ mac1: Uint8Array; mac2: Uint8Array }> {
    const { account, self, pool, type, terminal, time, keyVersion } = purchase;
    const input = concat(purchase.random, purchase.cardSequence, terminalSequence.subarray(2));
    return this.#withKey(card, purchase.key, keyVersion, async (key) => {
      const session = await sessionKey(this.#options.service, key, input);
      const amounts = concat(account, self, pool);
      return {
        mac1: sessionMac(key.kind, session, concat(amounts, Uint8Array.of(type), terminal, time)),
        mac2: sessionMac(key.kind, session, amounts),
      };
    });
  }

  /** MAC1 and MAC2 of a load at `time` of the host, 7 bytes. Part 7, 11. */
  loadMacs(
    card: KeyedCard,
    load: LoadData,
    time: Uint8Array,
  ): Promise<{ mac1: Uint8Array; mac2: Uint8Array }> {
    const { balance, amount, terminal, keyVersion } = load;
    const input = concat(load.random, load.cardSequence, LOAD_FILLING);
    const what = concat(amount, Uint8Array.of(TRANSACTION_LOAD), terminal);
    return this.#withKey(card, load.key, keyVersion, async (key) => {
      const session = await sessionKey(this.#options.service, key, input);
      return {
        mac1: sessionMac(key.kind, session, concat(balance, what)),
        mac2: sessionMac(key.kind, session, concat(what, time)),
      };
    });
  }

  /** TAC of a transaction under a version of DTK. Part 5, 7.1: a TDES key is folded to one DES length. */
  transactionCode(
    card: KeyedCard,
    definition: KeyDefinition,
    version: number,
    message: Uint8Array,
  ): Promise<Uint8Array> {
    const { service } = this.#options;
    return this.#withKey(card, definition, version, (key) => tacOf(service, key, message));
  }

  /** The card's key below the province's, for as long as `use` takes. */
  async #withKey<T>(
    card: KeyedCard,
    definition: KeyDefinition,
    version: number,
    use: (key: KeyHandle) => Promise<T>,
  ): Promise<T> {
    const { service, masterName } = this.#options;
    const kind = kindOf(card.algorithm);
    const master = masterName(definition, version);
    if (master === undefined) throw new DeskError(CODE_KEY_NOT_FOUND, definition.name);
    const parent = await open(service, master);
    if (parent.kind !== kind) {
      // The card would spend a try on what can never be right.
      throw new DeskError(CODE_KEY_NOT_FOUND, `${master}: ${parent.kind}, ${kind}`);
    }
    const factors = [cityFactor(card.region), card.factor];
    const single = definition.length === SINGLE_BYTES;
    const key = await service.derive(parent, { method: "social-security", factors, single });
    try {
      return await use(key);
    } finally {
      await service.release(key);
    }
  }
}

async function open(service: KeyService, name: string): Promise<KeyHandle> {
  try {
    return await service.open(name);
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    throw new DeskError(CODE_KEY_NOT_FOUND, name, { cause: error });
  }
}

/** Medical account, part 5, 7: SM4 keys as they are, TDES keys folded. */
async function tacOf(
  service: KeyService,
  key: KeyHandle,
  message: Uint8Array,
): Promise<Uint8Array> {
  if (key.kind !== "tdes") return mac(service, key, message);
  const folded = await service.derive(key, { method: "fold" });
  try {
    return await mac(service, folded, message);
  } finally {
    await service.release(folded);
  }
}

function kindOf(algorithm: Algorithm): KeyKind {
  if (algorithm === "ssf33") throw new DeskError(CODE_ALGORITHM_NOT_IN_PSAM);
  return algorithm;
}

/** Length (1) ‖ data, padded with 80 00.. unless they are whole blocks, in ECB. Part 4, 9. */
function encipher(kind: KeyKind, session: Uint8Array, data: Uint8Array): Uint8Array {
  const block = BLOCK_BYTES[kind];
  const field = concat(Uint8Array.of(data.length), data);
  const padded = field.length % block === 0 ? field : pad80(field, block);
  const key = kind === "tdes" ? concat(session, session) : session;
  return encryptBlocks(kind, "ecb", key, padded);
}
