// The service's side: gives challenges, and lets in whom the card's signature and certificate prove.

import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { bytes, hex } from "../../../personalization/bytes.ts";
import { readCertificate } from "../../../personalization/certificates/certificate.ts";
import {
  checkCertificate,
  SeenLists,
  type Trust,
} from "../../../personalization/certificates/check.ts";
import { isSigned } from "../../../personalization/certificates/sm2.ts";
import { type Challenge, type Login, LoginError, messageOf, NONCE_BYTES } from "./protocol.ts";

/** How long a challenge may be answered. */
export const CHALLENGE_MS = 120_000;
/** Challenges that wait for their answers; the oldest goes when there are more. */
const MOST_WAITING = 10_000;

const AnswerSchema = v.strictObject({
  nonce: v.pipe(v.string(), v.regex(/^[0-9A-F]{64}$/)),
  certificate: v.pipe(v.string(), v.maxLength(4096), v.regex(/^[A-Za-z0-9+/]+=*$/)),
  signature: v.pipe(v.string(), v.regex(/^[0-9A-F]{128}$/)),
});

/** Whom a service trusts: asked for each login, since the status list changes. */
export type TrustNow = () => Promise<Omit<Trust, "now" | "seen">>;

export class LoginService {
  /** Of this process: a service that starts again knows no older number. */
  readonly #seen = new SeenLists();
  readonly #waiting = new Map<string, Challenge>();

  constructor(
    readonly name: string,
    readonly trust: TrustNow,
    readonly clock: () => Date = () => new Date(),
  ) {}

  /** A fresh challenge. */
  challenge(): Challenge {
    const time = this.clock().toISOString();
    const challenge = { service: this.name, nonce: hex(randomBytes(NONCE_BYTES)), time };
    this.#waiting.set(challenge.nonce, challenge);
    for (const [oldest] of this.#waiting) {
      if (this.#waiting.size <= MOST_WAITING) break;
      this.#waiting.delete(oldest);
    }
    return challenge;
  }

  /**
   * Lets in whoever answers a challenge of this service, in time and for the first time, with a signature
   * by the key of a certificate that is trusted now. Throws `LoginError` or `CertificateError` else.
   */
  async login(answer: unknown): Promise<Login> {
    const checked = v.safeParse(AnswerSchema, answer);
    if (!checked.success) throw new LoginError("the answer is not in the form of one");
    const { nonce, certificate: base64, signature } = checked.output;
    const challenge = this.#waiting.get(nonce);
    // Whatever comes of it, a nonce is used once.
    this.#waiting.delete(nonce);
    if (challenge === undefined) {
      throw new LoginError("the nonce was never given, or was answered already");
    }
    const now = this.clock();
    if (now.getTime() - Date.parse(challenge.time) > CHALLENGE_MS) {
      throw new LoginError(`the challenge is older than ${CHALLENGE_MS / 1000} s; ask for another`);
    }
    const der = new Uint8Array(Buffer.from(base64, "base64"));
    const certificate = readCertificate(der, "what the card holds");
    checkCertificate(certificate, { ...(await this.trust()), now, seen: this.#seen });
    if (!isSigned(certificate.publicKey, messageOf(challenge), bytes(signature))) {
      throw new LoginError("the signature is not the card's over this challenge");
    }
    const { commonName: card, organization, serial } = certificate;
    return { service: this.name, card, organization, serial, time: now.toISOString() };
  }
}
