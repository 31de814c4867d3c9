// iReadCardBas: whose card is this. Reader specification 2.0, 9.1.

import { concat } from "../../../personalization/bytes.ts";
import { findFile } from "../../../personalization/definition/find.ts";
import { StatusWordError } from "../../../personalization/errors.ts";
import { SW_RECORD_NOT_FOUND } from "../../../runtime/spec/status-words.ts";
import { indicatorOf } from "./algorithm.ts";
import { expectGenuine, proveCard, proveKey, terminalRandom } from "./authenticate.ts";
import { internalAuthenticate } from "./card-commands.ts";
import { ENVIRONMENT, environmentKey } from "./card-session.ts";
import { CODE_BAD_INPUT, CODE_KEY_NOT_FOUND, CODE_NO_READING_KEY } from "./codes.ts";
import { fields, join } from "./parameters.ts";
import { readItems } from "./records.ts";
import { DeskError } from "./result.ts";
import type { TerminalSecurity } from "./security.ts";
import { giveProof, proofOf, type Step, takeChallenge } from "./step.ts";
import { type CardAtTerminal, securityFor, terminalNumber } from "./terminal.ts";
import { decodeValue } from "./values.ts";

/** The key that opens the holder's file of a 3.0 card. */
const READING_KEY = "RKSSSE";
/** Items of the holder's file; the last from the second generation on. */
const WANTED = ["socialSecurityNumber", "name", "nameExtension"];

export async function readCardBas(session: CardAtTerminal): Promise<string> {
  const security = await securityFor(session);
  await proveCard(session, security);
  if (session.generation === 3) await proveReadingKey(session, security);
  return basicOutput(session);
}

async function proveReadingKey(session: CardAtTerminal, security: TerminalSecurity): Promise<void> {
  const key = environmentKey(session, READING_KEY);
  await proveKey(session, security, key).catch((error: unknown) => {
    if (!(error instanceof DeskError) || error.code !== CODE_KEY_NOT_FOUND) throw error;
    throw new DeskError(CODE_NO_READING_KEY, "", { cause: error });
  });
}

/**
 * Region|historical bytes|cipher|identifier|factor and original for IRK|the same for RKSSSE|
 * Those for IRK are the terminal's: a card that chose them could answer from a recording.
 */
export async function readCardBasStep1(session: CardAtTerminal): Promise<Step> {
  const { algorithm, card, region, historical, identifier, generation } = session;
  const internal = { factor: terminalRandom(), original: terminalRandom() };
  const answer = await internalAuthenticate(card, internal.factor, internal.original);
  const external = generation === 3 ? await takeChallenge(session) : undefined;
  const challenges = [internal.factor, internal.original];
  challenges.push(external?.factor ?? new Uint8Array(), external?.original ?? new Uint8Array());
  return {
    output: join(region, historical, indicatorOf(algorithm), identifier, ...challenges),
    next: async (pKey) => {
      const [inside = "", outside = ""] = fields(pKey, 2, "pKey");
      const expected = proofOf(inside);
      expectGenuine(concat(answer, internal.original), concat(expected.proof, expected.original));
      if ((external === undefined) !== (outside === "")) {
        throw new DeskError(CODE_BAD_INPUT, "pKey");
      }
      if (external !== undefined) {
        await giveProof(session, environmentKey(session, READING_KEY), external, outside);
      }
      return { output: await basicOutput(session) };
    },
  };
}

/** The eleven fields. */
async function basicOutput(session: CardAtTerminal): Promise<string> {
  const { region, cardNumber, identifier, historical, version, terminal } = session;
  const wanted = session.generation === 1 ? WANTED.slice(0, 2) : WANTED;
  const file = findFile(session.definition, ENVIRONMENT, "EF06");
  const values = await readItems(session.card, file, wanted);
  // A card without a holder's number and name is nobody's.
  if (values[0]!.length === 0 || values[1]!.length === 0) {
    throw new StatusWordError(`READ RECORD ${file.id}`, SW_RECORD_NOT_FOUND);
  }
  const [number = "", name = "", extension = ""] = values.map((value) => decodeValue("an", value));
  return join(
    region,
    number,
    cardNumber,
    identifier,
    name + extension,
    historical,
    version,
    session.issueDate,
    session.expiryDate,
    await terminalNumber(terminal),
    terminal.deviceNumber ?? "",
  );
}
