// What a service and a card's terminal say to each other, and the text that the card signs.

import { BureauError } from "../../../personalization/errors.ts";

/** The service's question. */
export interface Challenge {
  /** Name of the service, as its users know it. */
  readonly service: string;
  /** Used once; hex. */
  readonly nonce: string;
  /** When it was given, ISO 8601 in UTC. */
  readonly time: string;
}

/** The card's answer. */
export interface Answer {
  readonly nonce: string;
  /** X.509 in DER, base64. */
  readonly certificate: string;
  /** r ‖ s over the challenge's text, hex. */
  readonly signature: string;
}

/** Who logged in. */
export interface Login {
  readonly service: string;
  /** Number of the card, from its certificate. */
  readonly card: string;
  /** Who issued the certificate. */
  readonly organization: string;
  /** Of the certificate, hex. */
  readonly serial: string;
  /** When the service let it in, ISO 8601. */
  readonly time: string;
}

/** The service or the terminal refuses to go on. */
export class LoginError extends BureauError {
  override readonly name = "LoginError";
}

/**
 * The signed text. Its first line says what it is for, so that no signature of another purpose is a
 * login; no field can hold a line break, so no field can be taken for another.
 */
export function messageOf({ service, nonce, time }: Challenge): Uint8Array {
  const fields = [service, nonce, time];

  if (fields.some((field) => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(field))) {
    throw new LoginError("the challenge holds a control character");
  }
  const text = `wafer login 1\nservice: ${service}\nnonce: ${nonce}\ntime: ${time}\n`;
  return new Uint8Array(Buffer.from(text, "utf8"));
}
