// What a service and a card's terminal say to each other, and the text that the card signs.

import * as v from "valibot";
import { BureauError } from "../../../personalization/errors.ts";

/** Characters that are seen, and none that ends a line or steers a terminal. */
const PRINTABLE = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;
/** Longest name and longest address, characters. */
const MAX_TEXT = 200;
const text = v.pipe(v.string(), v.maxLength(MAX_TEXT), v.regex(PRINTABLE));
const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
const nonce = v.pipe(v.string(), v.regex(/^[0-9A-F]{64}$/));

/** What a terminal takes for a challenge, and a service for an answer: this, and nothing more. */
export const ChallengeSchema = v.strictObject({ service: text, nonce, time });
export const AnswerSchema = v.strictObject({
  origin: text,
  nonce,
  certificate: v.pipe(v.string(), v.maxLength(4096), v.regex(/^[A-Za-z0-9+/]+=*$/)),
  signature: v.pipe(v.string(), v.regex(/^[0-9A-F]{128}$/)),
});
export const LoginSchema = v.strictObject({
  service: text,
  card: text,
  organization: text,
  serial: v.pipe(v.string(), v.maxLength(MAX_TEXT), v.regex(/^([0-9A-F]{2})+$/)),
  time,
});
export const RefusalSchema = v.strictObject({
  refused: v.pipe(v.string(), v.maxLength(1000), v.regex(PRINTABLE)),
});

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
  /** Where the terminal met the service; signed, too. */
  readonly origin: string;
  readonly nonce: string;
  /** X.509 in DER, base64. */
  readonly certificate: string;
  /** r ‖ s over the signed text, hex. */
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
 * Scheme, host and port of a service, as they are signed: http://127.0.0.1:8080. Throws `LoginError`
 * for anything but an address that names no more than these.
 */
export function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // A URL has no origin of its own for other schemes.
  const isWeb = parsed !== undefined && /^https?:$/.test(parsed.protocol);
  if (!isWeb || parsed.href !== `${parsed.origin}/`) {
    throw new LoginError(
      `"${url}" is no address of a service; give one like http://127.0.0.1:8080`,
    );
  }
  return parsed.origin;
}

/** Throws `LoginError` unless a service can be called that. */
export function checkName(service: string): void {
  if (service === "" || !v.is(text, service)) {
    throw new LoginError(`a service's name has 1 to ${MAX_TEXT} characters, all of them seen`);
  }
}

/**
 * The signed text. Its first line says what it is for, so that no signature of another purpose is a
 * login; no field can hold a line break, so no field can be taken for another. The origin is the one
 * that the terminal talked to: who hands on another service's challenge gets an answer for himself.
 */
export function messageOf({ service, nonce, time }: Challenge, origin: string): Uint8Array {
  if ([service, origin, nonce, time].some((field) => !PRINTABLE.test(field))) {
    throw new LoginError("the challenge holds a control character");
  }
  const lines = ["wafer login 2", `service: ${service}`, `origin: ${origin}`];
  const text = [...lines, `nonce: ${nonce}`, `time: ${time}`, ""].join("\n");
  return new Uint8Array(Buffer.from(text, "utf8"));
}
