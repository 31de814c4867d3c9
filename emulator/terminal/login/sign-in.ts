// The terminal's side: has the card sign a service's challenge with the holder's PIN.

import { hex } from "../../../personalization/bytes.ts";
import type { Card } from "../../../personalization/card.ts";
import {
  pinBlock,
  readCertificateFile,
  selectIdentity,
  signDigest,
  verifyPin,
} from "../../../personalization/certificates/card.ts";
import { readCertificate } from "../../../personalization/certificates/certificate.ts";
import { digestToSign } from "../../../personalization/certificates/sm2.ts";
import { type Answer, type Challenge, LoginError, messageOf } from "./protocol.ts";

/** The service that the holder means to enter, and where the terminal met it. */
export interface Meant {
  readonly service: string;
  /** As `originOf` tells it. */
  readonly origin: string;
}

/**
 * Answers a challenge of the service that the holder means to enter. Nothing goes to the card, and no
 * try is spent, when the challenge is another service's or the PIN cannot be one.
 */
export async function signIn(
  card: Card,
  challenge: Challenge,
  { service, origin }: Meant,
  pin: string,
): Promise<Answer> {
  const message = messageOf(challenge, origin);
  if (challenge.service !== service) {
    throw new LoginError(`the challenge is of "${challenge.service}", not of "${service}"`);
  }
  pinBlock(pin);
  await selectIdentity(card);
  const der = await readCertificateFile(card);
  const { publicKey } = readCertificate(der, "what the card holds");
  await verifyPin(card, pin);
  const signature = await signDigest(card, digestToSign(publicKey, message));
  return {
    origin,
    nonce: challenge.nonce,
    certificate: Buffer.from(der).toString("base64"),
    signature: hex(signature),
  };
}
