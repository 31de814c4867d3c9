// Reads a social security card with the bureau's keys, and prints it for people.

import { historicalBytes } from "../../personalization/batch/answer-to-reset.ts";
import { FieldError, KeystoreError, StatusWordError } from "../../personalization/errors.ts";
import { cityFactor } from "../../personalization/keys/diversify.ts";
import type { KeyService } from "../../personalization/keys/key-service.ts";
import { authenticationData } from "../../personalization/social-security-authentication.ts";
import type { Card } from "../card.ts";
import { KeyServiceSecurity } from "../terminal/desk/key-service-security.ts";
import { DeskError } from "../terminal/desk/result.ts";
import {
  asksForKey,
  type ProveReadingKey,
  readSocialSecurityCard,
  type SocialSecurityCard,
} from "../terminal/social-security/read-card.ts";
import { type FileContent, readAllFiles } from "../terminal/social-security/read-files.ts";
import { showCard } from "../terminal/social-security/show-card.ts";
import { masterNames } from "./desk-stand.ts";
import { poweredCard } from "./emulated-blanks.ts";
import { FileError } from "./fail.ts";
import { print } from "./print.ts";

/** RKSSSE as products name it. */
const READING_MASTERS = { sm4: "ssc-rkssse", tdes: "ssc2-rkssse" };

/** Reads what the keys open; without keys, what is free. `master` is RKSSSE in the keystore. */
export async function readWith(
  card: Card,
  service: KeyService | undefined,
  master?: string,
): Promise<SocialSecurityCard> {
  const historical = historicalBytes(card.reset()) ?? new Uint8Array();
  const prove = service === undefined ? undefined : proveWith(service, master);
  return readSocialSecurityCard(poweredCard(card), historical, prove);
}

/** Every file that keys and PIN open, after a reset of the card. */
export function readAllWith(
  card: Card,
  service: KeyService | undefined,
  pin: string | undefined,
): Promise<readonly FileContent[]> {
  const security =
    service && new KeyServiceSecurity({ service, masterName: masterNames(undefined) });
  return readAllFiles(poweredCard(card), card.reset(), {
    ...(security && { security }),
    ...(pin !== undefined && { pin }),
  });
}

export async function readAndShow(
  card: Card,
  service: KeyService,
  master?: string,
): Promise<SocialSecurityCard> {
  const content = await readWith(card, service, master);
  print(showCard(content));
  return content;
}

/** What went wrong at the card, with its file and what to do. */
export function whyUnread(file: string, master: string | undefined, error: unknown): unknown {
  if (error instanceof FieldError || error instanceof DeskError) {
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

/** Proves RKSSSE with the province's master key: two levels below it lies the card's key. */
export function proveWith(service: KeyService, named?: string): ProveReadingKey {
  return async ({ region, cardFactor, version }, challenge, original) => {
    const master = named ?? READING_MASTERS[asksForKey(version) ? "sm4" : "tdes"];
    const parent = await service.open(master);
    if (parent.kind === "aes") {
      // The card would spend a try on what can never be right.
      throw new KeystoreError(`key "${master}" is an AES key; a reading key is SM4 or TDES`);
    }
    const factors = [cityFactor(region), cardFactor];
    const key = await service.derive(parent, { method: "social-security", factors });
    try {
      return await authenticationData(service, key, challenge, original);
    } finally {
      await service.release(key);
    }
  };
}
