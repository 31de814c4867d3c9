// A card of the reference image that an issuer enrols, for the tests.

import { AID_PKI } from "../../../applets/identity/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import { poweredCard } from "../../../emulator/command/emulated-blanks.ts";
import { selectApplication as select } from "../../../personalization/batch/select.ts";
import { bytes } from "../../../personalization/bytes.ts";
import type { Certificate } from "../../../personalization/certificates/certificate.ts";
import { type Enrolment, enrolCard } from "../../../personalization/certificates/enrol.ts";
import type { Issuer } from "../../../personalization/certificates/issuer.ts";
import { SoftwareKeyService } from "../../../personalization/keys/software-key-service.ts";
import { openSecureChannel } from "../../../personalization/scp03/open.ts";
import { LEVEL_C_DECRYPTION, LEVEL_C_MAC } from "../../../runtime/spec/secure-channel.ts";
import { freshCard } from "../../helpers/card.ts";
import { TRANSPORT_KEYS } from "../../helpers/secure-channel.ts";
import { CARD_NUMBER, NOW } from "./issuers.ts";

export const PIN = "123456";
export const PIN_TRIES = 3;

/** Of the cards' administration key, hex. */
export const ADMINISTRATION = "6b".repeat(16);

export interface Change extends Partial<Enrolment> {
  /** Whether the card gets an administration key. */
  readonly administrated?: boolean;
}

/** Enrols a card as the bureau does, under the keys of a blank. */
export async function enrol(
  card: Card,
  issuer: Issuer,
  { administrated = false, ...change }: Change = {},
): Promise<Certificate> {
  const line = poweredCard(card);
  await select(line, "identity", bytes(AID_PKI));
  const { version, dek } = TRANSPORT_KEYS;
  const service = new SoftwareKeyService([
    { name: "transport", kind: "aes", value: bytes(dek) },
    { name: "administration", kind: "sm4", value: bytes(ADMINISTRATION) },
  ]);
  const transport = await service.open("transport");
  const set = { version, enc: transport, mac: transport, dek: transport };
  const level = LEVEL_C_MAC | LEVEL_C_DECRYPTION;
  const channel = await openSecureChannel(line, service, set, level);
  const key = administrated ? { administration: await service.open("administration") } : {};
  const base = { card: CARD_NUMBER, pin: PIN, pinTries: PIN_TRIES, now: NOW };
  const enrolment = { ...base, ...key, ...change };
  return enrolCard(line, { channel, service, dek: transport }, issuer, enrolment);
}

/** Cards of other seeds have other keys. */
export async function enrolledCard(
  issuer: Issuer,
  change: Change = {},
  seed = 1,
): Promise<{ card: Card; certificate: Certificate }> {
  const card = await freshCard(seed);
  return { card, certificate: await enrol(card, issuer, change) };
}
