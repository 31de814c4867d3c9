// The service's side: gives challenges, and lets in whom the card's signature and certificate prove.

import * as v from "valibot";
import { bytes } from "../../../personalization/bytes.ts";
import { readCertificate } from "../../../personalization/certificates/certificate.ts";
import {
  checkCertificate,
  SeenLists,
  type Trust,
} from "../../../personalization/certificates/check.ts";
import { isSigned } from "../../../personalization/certificates/sm2.ts";
import { Nonces } from "./nonces.ts";
import {
  AnswerSchema,
  type Challenge,
  checkName,
  type Login,
  LoginError,
  messageOf,
} from "./protocol.ts";

/** How long a challenge may be answered. */
export const CHALLENGE_MS = 120_000;

/** Whom a service trusts: asked for each login, since the status list changes. */
export type TrustNow = () => Promise<Omit<Trust, "now" | "seen">>;

export class LoginService {
  /** Of this process: a service that starts again knows no older number. */
  readonly #seen = new SeenLists();
  readonly #nonces = new Nonces(CHALLENGE_MS);

  constructor(
    readonly name: string,
    readonly trust: TrustNow,
    readonly clock: () => Date = () => new Date(),
  ) {
    checkName(name);
  }

  /** A fresh challenge. */
  challenge(): Challenge {
    const now = this.clock();
    return { service: this.name, nonce: this.#nonces.give(now), time: now.toISOString() };
  }

  /**
   * Lets in whoever answers a challenge of this service, in time and for the first time, with a signature
   * by the key of a certificate that is trusted now. `origin` is where terminals reach this service, as
   * it knows itself and not as a request says. Throws `LoginError` or `CertificateError` else.
   */
  async login(answer: unknown, origin: string): Promise<Login> {
    const checked = v.safeParse(AnswerSchema, answer);
    if (!checked.success) throw new LoginError("the answer is not in the form of one");
    const { nonce, certificate: base64, signature } = checked.output;
    if (checked.output.origin !== origin) {
      throw new LoginError(`the answer is for another address; this service is ${origin}`);
    }
    const given = this.#nonces.givenAt(nonce);
    if (given === undefined) throw new LoginError("the nonce was never given here");
    const now = this.clock();
    if (this.#nonces.isLate(given, now)) {
      throw new LoginError(`the challenge is older than ${CHALLENGE_MS / 1000} s; ask for another`);
    }
    const der = new Uint8Array(Buffer.from(base64, "base64"));
    const certificate = readCertificate(der, "what the card holds");
    checkCertificate(certificate, { ...(await this.trust()), now, seen: this.#seen });
    const challenge = { service: this.name, nonce, time: given.toISOString() };
    if (!isSigned(certificate.publicKey, messageOf(challenge, origin), bytes(signature))) {
      throw new LoginError("the signature is not the card's over this challenge");
    }
    // Last, and with nothing to wait for behind it: of two that come together one is let in, and who
    // has no card uses up nothing.
    if (!this.#nonces.use(nonce, now)) throw new LoginError("the challenge was answered already");
    const { commonName: card, organization, serial } = certificate;
    return { service: this.name, card, organization, serial, time: now.toISOString() };
  }
}
