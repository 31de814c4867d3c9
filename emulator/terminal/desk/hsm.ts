// The other side of the functions in steps: what the card library's HSM makes of a step's output, for the
// next step. Reader specification 2.0, appendix C. The desk and this side share nothing but strings.

import {
  ACCOUNT_ALGORITHM_SM4,
  ACCOUNT_ALGORITHM_TDES,
} from "../../../applets/social-security/spec.ts";
import { concat, equal, hex } from "../../../personalization/bytes.ts";
import { socialSecurityCard } from "../../../personalization/definition/load.ts";
import type { CardDefinition, KeyDefinition } from "../../../personalization/definition/types.ts";
import { algorithmOf } from "./algorithm.ts";
import { CODE_KEY_NOT_FOUND } from "./codes.ts";
import { type KeyServiceOptions, KeyServiceSecurity } from "./key-service-security.ts";
import { amountBytes, fields, hexField, join } from "./parameters.ts";
import { DeskError } from "./result.ts";
import type { Algorithm, KeyedCard, PurchaseData } from "./security.ts";
import { CARD_FACTOR_BYTES } from "./slots.ts";

/** What the card library knows of the card that the desk speaks of: from the basic information. */
export interface LibraryCard {
  /** Six digits. */
  readonly region: string;
  readonly historical: Uint8Array;
}

/** The output of `iReadCardBas`, or of its first step, as far as the card library needs it. */
export function libraryCardOf(basic: string): LibraryCard {
  const parts = basic.split("|");
  // 11 fields end with the terminal's; of the first step there are 8.
  const historical = parts.length > 10 ? parts[5] : parts[1];
  return { region: parts[0] ?? "", historical: hexField(historical ?? "", 13) };
}

/** From the account: nothing, see do-debit.ts. */
const NOTHING = amountBytes(0);

export class CardLibrary {
  readonly #options: KeyServiceOptions;
  readonly #define: (generation: 2 | 3) => CardDefinition;

  constructor(options: KeyServiceOptions, define = socialSecurityCard) {
    this.#options = options;
    this.#define = define;
  }

  /** For iReadCardBas_HSM_Step2, of the output of step 1. */
  async computeReadCardBas(output: string): Promise<string> {
    const [region = "", historical = "", cipher = "", , ...randoms] = fields(output, 8, "step 1");
    const algorithm = algorithmOf(cipher);
    const card = keyed({ region, historical: hexField(historical, 13) }, algorithm);
    const prove = async (name: string, factor = "", original = "") =>
      factor === "" ? "" : this.#proof(card, this.#named(algorithm, name), factor, original);
    const inside = await prove("IRK", randoms[0], randoms[1]);
    return join(inside, await prove("RKSSSE", randoms[2], randoms[3]));
  }

  /** For step 2 of iReadCard, iWriteCard, iReloadPIN and iUnblockPIN, of the output of step 1. */
  async computeProof(card: LibraryCard, output: string): Promise<string> {
    const [cipher = "", address = "", factor = "", original = ""] = fields(output, 4, "step 1");
    const algorithm = algorithmOf(cipher);
    const { key } = this.#at(algorithm, address);
    return this.#proof(keyed(card, algorithm), key, factor, original);
  }

  /** For step 3 of iReloadPIN and iUnblockPIN, of the output of step 2. */
  async computeMessage(card: LibraryCard, output: string): Promise<string> {
    const [cipher = "", address = "", random = "", header = "", data = ""] = fields(
      output,
      5,
      "step 2",
    );
    const algorithm = algorithmOf(cipher);
    const head = hexField(header, 5);
    const body = await this.#security().protect(
      keyed(card, algorithm),
      this.#at(algorithm, address).key,
      hexField(random, 8),
      head,
      hexField(data, data.length / 2),
    );
    return hex(concat(head, body));
  }

  /** For iDoDebit_HSM_Step2, of the output of step 1. */
  async computeDebit(card: LibraryCard, output: string): Promise<string> {
    const [cipher = "", address = "", random = "", sequence = "", ...rest] = fields(
      output,
      8,
      "step 1",
    );
    const [amounts = "", type = "", terminal = "", time = ""] = rest;
    const algorithm = algorithmOf(cipher);
    const { key, version } = this.#at(algorithm, address);
    const paid = hexField(amounts, 8);
    const purchase: PurchaseData = {
      key,
      random: hexField(random, 4),
      cardSequence: hexField(sequence, 2),
      keyVersion: version,
      keyAlgorithm: algorithm === "tdes" ? ACCOUNT_ALGORITHM_TDES : ACCOUNT_ALGORITHM_SM4,
      account: NOTHING,
      self: paid.subarray(0, 4),
      pool: paid.subarray(4),
      type: hexField(type, 1)[0]!,
      terminal: hexField(terminal, 6),
      time: hexField(time, 7),
    };
    const number = amountBytes(await this.#options.nextSequence());
    const security = this.#security();
    const { mac1 } = await security.purchaseMacs(keyed(card, algorithm), purchase, number);
    return join(number, time, mac1);
  }

  /**
   * Whether the TAC of a receipt (what iDoDebit gave, or its second step without MAC2) is the card's.
   * Appendix C.7.
   */
  async checkReceipt(card: LibraryCard, receipt: string): Promise<boolean> {
    const [cipher = "", address = "", amounts = "", type = "", ...rest] = fields(
      receipt,
      8,
      "receipt",
    );
    const [terminal = "", sequence = "", time = "", tac = ""] = rest;
    const algorithm = algorithmOf(cipher);
    const { key, version } = this.#at(algorithm, address);
    const data = [amounts, type, terminal, sequence, time].map((text) =>
      hexField(text, text.length / 2),
    );
    const message = concat(NOTHING, ...data);
    const security = this.#security();
    const made = await security.transactionCode(keyed(card, algorithm), key, version, message);
    return equal(made, hexField(tac, 4));
  }

  async #proof(
    card: KeyedCard,
    key: KeyDefinition,
    factor: string,
    original: string,
  ): Promise<string> {
    const asked = hexField(original, 8);
    const proof = await this.#security().authenticate(card, key, hexField(factor, 8), asked);
    return hex(concat(proof, asked));
  }

  #security(): KeyServiceSecurity {
    return new KeyServiceSecurity(this.#options);
  }

  #keys(algorithm: Algorithm): readonly KeyDefinition[] {
    const card = this.#define(algorithm === "sm4" ? 3 : 2);
    return card.applications.flatMap(({ keys }) => keys);
  }

  #named(algorithm: Algorithm, name: string): KeyDefinition {
    const found = this.#keys(algorithm).find((key) => key.name === name);
    if (found === undefined) throw new DeskError(CODE_KEY_NOT_FOUND, name);
    return found;
  }

  /** The key, and which version of it, at a logical address. */
  #at(algorithm: Algorithm, address: string): { key: KeyDefinition; version: number } {
    const at = Number.parseInt(address, 16);
    for (const key of this.#keys(algorithm)) {
      const version = key.hsm.indexOf(at) + 1;
      if (version > 0) return { key, version };
    }
    throw new DeskError(CODE_KEY_NOT_FOUND, address);
  }
}

function keyed({ region, historical }: LibraryCard, algorithm: Algorithm): KeyedCard {
  return { region, algorithm, factor: historical.slice(-CARD_FACTOR_BYTES) };
}
