// Reads a social security card as a desk does. Flow: reader interface 2.0, 9; trace of a third
// generation card: application, issuance file, proof of the reading key, cardholder file, portrait.

import {
  AID_SSSE,
  AUTHENTICATION_BYTES,
  FID_EF08_PORTRAIT,
  KEY_RKSSSE,
  PORTRAIT_BYTES,
} from "../../../applets/social-security/spec.ts";
import {
  command,
  exchange,
  expectSuccess,
  LE_ALL,
  type Response,
} from "../../../personalization/apdu.ts";
import { bytes, concat, equal } from "../../../personalization/bytes.ts";
import type { Card } from "../../../personalization/card.ts";
import type { FileDefinition } from "../../../personalization/definition/types.ts";
import { FieldError, SecureChannelError } from "../../../personalization/errors.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_SELECT,
} from "../../../runtime/spec/instructions.ts";
import { terminalRandom } from "../desk/authenticate.ts";
import { internalAuthenticate } from "../desk/card-commands.ts";
import { CARDHOLDER, decodeItem, ISSUANCE } from "./items.ts";
import type { FileContent } from "./read-files.ts";

/** What was read of a file: item key to decoded value, in the order of the file. */
export type Values = Readonly<Record<string, string>>;

export interface SocialSecurityCard {
  /** Historical bytes of the answer to reset. */
  readonly historicalBytes: Uint8Array;
  readonly issuance: Values;
  /** Present when it is free, or the terminal could prove the reading key. */
  readonly cardholder?: Values;
  readonly portrait?: Uint8Array;
  /** All files, when all were asked for. */
  readonly files?: readonly FileContent[];
}

/** What the reading key is found by. */
export interface CardIdentity {
  /** Region that issued the card: six digits, the first of the card identifier. */
  readonly region: string;
  /** Last 8 historical bytes. */
  readonly cardFactor: Uint8Array;
  /** "3.00": cards of other versions have TDES keys. */
  readonly version: string;
}

/** Authentication data of 8 bytes under a key of the card: of a random number and original data. */
export type AuthenticationData = (
  identity: CardIdentity,
  random: Uint8Array,
  original: Uint8Array,
) => Promise<Uint8Array>;

/** The issuer's keys, as far as a reading needs them. */
export interface ReadingKeys {
  /** Under IRK: what the card must answer before anything is proved to it. */
  readonly internal: AuthenticationData;
  /** Under RKSSSE: what opens the cardholder file and the portrait. */
  readonly reading: AuthenticationData;
}

const P1_BY_NAME = 0x04;
const P1_EF = 0x02;
/** READ RECORD, P2: P1 is the tag of the first such record of the current EF. */
const P2_BY_TAG = 0x00;
const READ_AT_ONCE = 0x100;

/**
 * Reads what the terminal may: without `keys` only what is free. Throws `StatusWordError` for what
 * the card refuses, `FieldError` for what it answers and cannot be, `SecureChannelError` when the
 * card is not of these keys: a wrong proof would spend one of the few tries of its reading key.
 */
export async function readSocialSecurityCard(
  card: Card,
  historicalBytes: Uint8Array,
  keys?: ReadingKeys,
): Promise<SocialSecurityCard> {
  const select = command(0, INS_SELECT, P1_BY_NAME, 0, bytes(AID_SSSE), LE_ALL);
  expectSuccess("SELECT social security application", await exchange(card, select));
  const issuance = await readFile(card, ISSUANCE);
  const { version = "" } = issuance;
  if (keys === undefined) {
    // Up to the second generation the cardholder file is free.
    if (asksForKey(version)) return { historicalBytes, issuance };
    return { historicalBytes, issuance, cardholder: joinName(await readFile(card, CARDHOLDER)) };
  }
  if (historicalBytes.length < AUTHENTICATION_BYTES) {
    const found = `the answer to reset has ${historicalBytes.length} historical bytes`;
    throw new FieldError(`${found}; the reading key is found by the last ${AUTHENTICATION_BYTES}`);
  }
  const identity = {
    region: (issuance.cardIdentifier ?? "").slice(0, 6),
    cardFactor: historicalBytes.slice(-AUTHENTICATION_BYTES),
    version,
  };
  await proveCard(card, identity, keys.internal);
  await proveReadingKey(card, identity, keys.reading);
  const cardholder = joinName(await readFile(card, CARDHOLDER));
  return { historicalBytes, issuance, cardholder, portrait: await readPortrait(card) };
}

/** Whether a card of this version keeps the cardholder file to those who prove RKSSSE. */
export function asksForKey(version: string): boolean {
  return version.startsWith("3.");
}

/** The card proves IRK first, which costs it nothing. */
async function proveCard(
  card: Card,
  identity: CardIdentity,
  internal: AuthenticationData,
): Promise<void> {
  const [factor, original] = [terminalRandom(), terminalRandom()];
  const answer = await internalAuthenticate(card, factor, original);
  if (!equal(answer, await internal(identity, factor, original))) {
    throw new SecureChannelError(
      "the keystore is not of this card's issuer: the card proved another key IRK; no try was spent",
    );
  }
}

async function proveReadingKey(
  card: Card,
  identity: CardIdentity,
  prove: AuthenticationData,
): Promise<void> {
  const original = terminalRandom();
  const get = command(0, INS_GET_CHALLENGE, 0, 0, undefined, AUTHENTICATION_BYTES);
  const challenge = expectSuccess("GET CHALLENGE", await exchange(card, get));
  if (challenge.length !== AUTHENTICATION_BYTES) {
    throw new FieldError(`GET CHALLENGE: the card answered ${challenge.length} bytes, not 8`);
  }
  const data = concat(await prove(identity, challenge, original), original);
  const authenticate = command(0, INS_EXTERNAL_AUTHENTICATE, 0, KEY_RKSSSE, data);
  expectSuccess("EXTERNAL AUTHENTICATE RKSSSE", await exchange(card, authenticate));
}

async function selectFile(card: Card, id: number): Promise<void> {
  const select = command(0, INS_SELECT, P1_EF, 0, Uint8Array.of(id >> 8, id & 0xff));
  const name = `SELECT ${id.toString(16).toUpperCase()}`;
  expectSuccess(name, await exchange(card, select));
}

async function readFile(card: Card, file: FileDefinition): Promise<Values> {
  await selectFile(card, file.fid);
  const values: Record<string, string> = {};
  for (const item of file.items) {
    const le = item.length + 2;
    const read = command(0, INS_READ_RECORD, item.tag, P2_BY_TAG, undefined, le);
    const record = expectSuccess(`READ RECORD ${item.name}`, await exchange(card, read));
    values[item.key] = decodeItem(item, record);
  }
  return values;
}

/** A name that did not fit its field goes on in the extension. */
function joinName({ nameExtension = "", ...values }: Values): Values {
  return { ...values, name: `${values.name ?? ""}${nameExtension}` };
}

async function readPortrait(card: Card): Promise<Uint8Array> {
  await selectFile(card, FID_EF08_PORTRAIT);
  const portrait = new Uint8Array(PORTRAIT_BYTES);
  for (let at = 0; at < PORTRAIT_BYTES; at += READ_AT_ONCE) {
    const read = command(0, INS_READ_BINARY, at >> 8, at & 0xff, undefined, LE_ALL);
    const response: Response = await exchange(card, read);
    portrait.set(expectSuccess("READ BINARY portrait", response).subarray(0, READ_AT_ONCE), at);
  }
  return withoutFilling(portrait);
}

/** The picture without the zeros behind its end-of-image mark FFD9. */
function withoutFilling(portrait: Uint8Array): Uint8Array {
  let end = portrait.length;
  while (end > 0 && portrait[end - 1] === 0) end--;
  return portrait.slice(0, end);
}
