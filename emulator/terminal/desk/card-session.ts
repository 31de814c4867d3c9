// A card in hand: selected, known by its issuance file, until its slot is closed.

import { expectSuccess } from "../../../personalization/apdu.ts";
import { hex } from "../../../personalization/bytes.ts";
import type { Card } from "../../../personalization/card.ts";
import { findApplication, findFile, findKey } from "../../../personalization/definition/find.ts";
import type { CardDefinition, KeyDefinition } from "../../../personalization/definition/types.ts";
import { StatusWordError } from "../../../personalization/errors.ts";
import { SW_FILE_NOT_FOUND } from "../../../runtime/spec/status-words.ts";
import { algorithmOfRegion, indicatedAlgorithm } from "./algorithm.ts";
import { selectName } from "./card-commands.ts";
import { CODE_IDENTIFIER_FORMAT, CODE_NOT_THIS_CARD, CODE_WRONG_CARD_TYPE } from "./codes.ts";
import type { CardInfo } from "./parameters.ts";
import { readItems } from "./records.ts";
import { DeskError } from "./result.ts";
import type { KeyedCard } from "./security.ts";
import { CARD_FACTOR_BYTES, historicalOf, type PoweredCard } from "./slots.ts";
import { decodeValue } from "./values.ts";

/** Generation of a card, by the first three characters of its version. Reader specification, 10.2. */
export type Generation = 1 | 2 | 3;

export interface CardSession extends KeyedCard {
  readonly card: Card;
  readonly historical: Uint8Array;
  readonly generation: Generation;
  /** What is on it. Of the first generation's files, the second has all. */
  readonly definition: CardDefinition;
  /** 32 hexadecimal digits. */
  readonly identifier: string;
  readonly version: string;
  readonly cardNumber: string;
  readonly issueDate: string;
  readonly expiryDate: string;
}

/** As addresses name the application environment. */
export const ENVIRONMENT = "SSSE";

/** Items of the issuance file that a desk wants, in the order in which terminals read them. */
const WANTED = ["cardIdentifier", "version", "cardNumber", "issueDate", "expiryDate"];
/** Some cards have longer numbers; the number is what stands first. Reader specification, 10.4. */
const CARD_NUMBER_BYTES = 9;
/** Region (6 digits) ‖ registered provider ‖ serial and authentication code. V2.0, table 10. */
const IDENTIFIER = /^\d{6}[0-9A-F]{26}$/;

/** Selects the application and reads what identifies the card. `DeskError` -1 without the application. */
export async function openSession(
  { card, answer }: PoweredCard,
  define: (generation: 2 | 3) => CardDefinition,
): Promise<CardSession> {
  const historical = historicalOf(answer);
  // The issuance file is the same in all generations.
  const newest = define(3);
  const selected = await selectName(card, findApplication(newest, ENVIRONMENT).dfName);
  if (selected.sw === SW_FILE_NOT_FOUND) throw new DeskError(CODE_WRONG_CARD_TYPE, "SELECT");
  const indicated = indicatedAlgorithm(expectSuccess("SELECT", selected));
  const file = findFile(newest, ENVIRONMENT, "EF05");
  const values = await readItems(card, file, WANTED).catch((error: unknown) => {
    // A PSAM has an environment of the same name.
    if (error instanceof StatusWordError && error.sw === SW_FILE_NOT_FOUND) {
      throw new DeskError(CODE_WRONG_CARD_TYPE, file.id);
    }
    throw error;
  });
  const [identity, edition, number, issued, expires] = values as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const identifier = hex(identity);
  if (!IDENTIFIER.test(identifier)) throw new DeskError(CODE_IDENTIFIER_FORMAT);
  const region = identifier.slice(0, 6);
  const version = decodeValue("an", edition);
  const generation = generationOf(version);
  return {
    card,
    historical,
    definition: define(generation === 3 ? 3 : 2),
    algorithm: indicated ?? algorithmOfRegion(region),
    region,
    factor: historical.slice(-CARD_FACTOR_BYTES),
    generation,
    identifier,
    version,
    cardNumber: decodeValue("an", number.subarray(0, CARD_NUMBER_BYTES)),
    issueDate: decodeValue("cn", issued),
    expiryDate: decodeValue("cn", expires),
  };
}

/** A card without a version is of the first generation. `DeskError` -1 for a version of none. */
export function generationOf(version: string): Generation {
  const [, first] = /^([123])\.0/.exec(version === "" ? "1.0" : version) ?? [];
  if (first === undefined) throw new DeskError(CODE_WRONG_CARD_TYPE, "version");
  return Number(first) as Generation;
}

/** `DeskError` -22 when the card is not the one that the caller means. */
export function checkCard(session: CardSession, info: CardInfo): void {
  if (session.identifier !== info.identifier || session.cardNumber !== info.cardNumber) {
    throw new DeskError(CODE_NOT_THIS_CARD);
  }
}

/** A key of the application environment. */
export function environmentKey({ definition }: CardSession, name: string): KeyDefinition {
  return findKey(definition, ENVIRONMENT, name);
}
