// Issuers for the tests, in a temporary folder, at a time that stands still.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Issuer } from "../../../personalization/certificates/issuer.ts";

export const NOW = new Date("2026-03-01T08:00:00Z");
export const PASSPHRASE = "a passphrase for trials";
export const CARD_NUMBER = "W00000003";
/** scrypt at its least. */
export const LOG2_COST = 10;

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "wafer-issuer-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function makeIssuer(folder: string, commonName = "试验签发根"): Promise<Issuer> {
  return Issuer.create(folder, {
    names: { organization: "试验签发机构", commonName },
    passphrase: PASSPHRASE,
    now: NOW,
    log2Cost: LOG2_COST,
  });
}

export function days(count: number, from: Date = NOW): Date {
  return new Date(from.getTime() + count * 86_400_000);
}
