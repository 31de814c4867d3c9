// Reads a social security card with the bureau's keys, and prints it for people.

import { historicalBytes } from "../../personalization/batch/answer-to-reset.ts";
import {
  FieldError,
  KeystoreError,
  SecureChannelError,
  StatusWordError,
} from "../../personalization/errors.ts";
import { cityFactor } from "../../personalization/keys/diversify.ts";
import type { KeyService } from "../../personalization/keys/key-service.ts";
import { MASTER_PREFIXES, masterName } from "../../personalization/keys/master-name.ts";
import { authenticationData } from "../../personalization/social-security-authentication.ts";
import type { Card } from "../card.ts";
import { KeyServiceSecurity } from "../terminal/desk/key-service-security.ts";
import { noPurchases } from "../terminal/desk/next-sequence.ts";
import { DeskError } from "../terminal/desk/result.ts";
import { inEnglish } from "../terminal/social-security/in-english.ts";
import {
  type AuthenticationData,
  asksForKey,
  type ReadingKeys,
  readSocialSecurityCard,
  type SocialSecurityCard,
} from "../terminal/social-security/read-card.ts";
import { type FileContent, readAllFiles } from "../terminal/social-security/read-files.ts";
import { showCard } from "../terminal/social-security/show-card.ts";
import { poweredCard } from "./emulated-blanks.ts";
import { FileError } from "./fail.ts";
import { print } from "./print.ts";

const READING_KEY = "RKSSSE";
const INTERNAL_KEY = "IRK";

/** Reads what the keys open; without keys, what is free. `master` is RKSSSE in the keystore. */
export async function readWith(
  card: Card,
  service: KeyService | undefined,
  master?: string,
): Promise<SocialSecurityCard> {
  const historical = historicalBytes(card.reset()) ?? new Uint8Array();
  const keys = service === undefined ? undefined : readingKeys(service, master);
  return readSocialSecurityCard(poweredCard(card), historical, keys);
}

/** Every file that keys and PIN open, after a reset of the card. */
export function readAllWith(
  card: Card,
  service: KeyService | undefined,
  pin: string | undefined,
): Promise<readonly FileContent[]> {
  const security =
    service &&
    new KeyServiceSecurity({
      service,
      masterName: ({ name, cipher }, version) => masterName(MASTER_PREFIXES[cipher], name, version),
      nextSequence: noPurchases,
    });
  return readAllFiles(poweredCard(card), card.reset(), {
    ...(security && { security }),
    ...(pin !== undefined && { pin }),
  });
}

export async function readAndShow(card: Card, service: KeyService): Promise<SocialSecurityCard> {
  const content = await readWith(card, service);
  print(showCard(content));
  return content;
}

/** What went wrong at the card, with its file and what to do. */
export function whyUnread(file: string, master: string | undefined, error: unknown): unknown {
  if (error instanceof DeskError) return new FileError(file, inEnglish(error));
  if (error instanceof FieldError || error instanceof SecureChannelError) {
    return new FileError(file, error.message);
  }
  if (!(error instanceof StatusWordError)) return error;
  return new FileError(file, `${error.message}; ${advice(error.command, master)}`);
}

function advice(command: string, master = "the reading key"): string {
  if (command.startsWith("EXTERNAL AUTHENTICATE")) {
    return `is "${master}" of this keystore the key that the card was issued under?`;
  }
  if (command.startsWith("SELECT")) return "is it a social security card, and personalized?";
  return "the card keeps this from the terminal";
}

/** The keys of a reading; `named` is RKSSSE in the keystore, and IRK is beside it. */
export function readingKeys(service: KeyService, named?: string): ReadingKeys {
  const reading = READING_KEY.toLowerCase();
  const prefix = named?.endsWith(reading) ? named.slice(0, -reading.length) : undefined;
  return {
    internal: authenticateWith(service, INTERNAL_KEY, prefix),
    reading: authenticateWith(service, READING_KEY, prefix, named),
  };
}

/** With the province's master key: two levels below it lies the card's key. */
function authenticateWith(
  service: KeyService,
  key: string,
  prefix?: string,
  named?: string,
): AuthenticationData {
  return async ({ region, cardFactor, version }, random, original) => {
    const usual = MASTER_PREFIXES[asksForKey(version) ? "sm4" : "tdes"];
    const master = named ?? masterName(prefix ?? usual, key);
    const parent = await service.open(master);
    if (parent.kind === "aes") {
      throw new KeystoreError(`key "${master}" is an AES key; a card's ${key} is SM4 or TDES`);
    }
    const factors = [cityFactor(region), cardFactor];
    const card = await service.derive(parent, { method: "social-security", factors });
    try {
      return await authenticationData(service, card, random, original);
    } finally {
      await service.release(card);
    }
  };
}
