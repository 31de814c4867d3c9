// One open secure channel, host side: sends plain commands, gives plain responses.

import { exchange, type Response } from "../apdu.ts";
import type { Card } from "../card.ts";

/** The combinations that the standards allow once C-MAC is demanded. */
export const SECURITY_LEVELS: readonly number[] = [0x01, 0x03, 0x11, 0x13, 0x33];

/** How a protocol protects commands and responses. */
export interface Messaging {
  /** Most data bytes that a wrapped short command still carries. */
  readonly maxData: number;
  /** SCP02: the sequence counter, from which the key for secrets follows. */
  readonly sequence?: Uint8Array;
  /** From here on commands and responses are protected as `level` says. */
  authenticated(level: number): void;
  /** Adds C-MAC to EXTERNAL AUTHENTICATE: the one command before the level holds. */
  wrapAuthentication(plain: Uint8Array): Uint8Array;
  wrap(plain: Uint8Array): Uint8Array;
  unwrap(response: Response): Response;
}

export class SecureChannel {
  readonly #card: Card;
  readonly #messaging: Messaging;

  constructor(card: Card, messaging: Messaging) {
    this.#card = card;
    this.#messaging = messaging;
  }

  get maxData(): number {
    return this.#messaging.maxData;
  }

  /** Of an SCP02 session; undefined in SCP03, whose secrets go under the static DEK. */
  get sequence(): Uint8Array | undefined {
    return this.#messaging.sequence;
  }

  authenticated(level: number): void {
    this.#messaging.authenticated(level);
  }

  /** Sends a plain command through the channel, gives the plain response. */
  async transmit(plain: Uint8Array): Promise<Response> {
    return this.unwrap(await exchange(this.#card, this.wrap(plain)));
  }

  wrapAuthentication(plain: Uint8Array): Uint8Array {
    return this.#messaging.wrapAuthentication(plain);
  }

  wrap(plain: Uint8Array): Uint8Array {
    return this.#messaging.wrap(plain);
  }

  unwrap(response: Response): Response {
    return this.#messaging.unwrap(response);
  }
}
