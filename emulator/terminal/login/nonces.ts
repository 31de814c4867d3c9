// Nonces that need no memory until they are used: when it was given ‖ random ‖ tag, the tag under a key of
// this process. However many are asked for, nobody's is pushed out.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { bytes, concat, hex } from "../../../personalization/bytes.ts";

const KEY_BYTES = 32;
/** Milliseconds since 1970: enough for some 8900 years. */
const TIME_BYTES = 6;
const RANDOM_BYTES = 10;
const TAG_BYTES = 16;
/** Bytes of a nonce. */
export const NONCE_BYTES: number = TIME_BYTES + RANDOM_BYTES + TAG_BYTES;

export class Nonces {
  readonly #key = randomBytes(KEY_BYTES);
  /** By nonce: when it was used; oldest first. */
  readonly #used = new Map<string, number>();
  /** The latest time that was told: a clock that goes back makes nothing young again. */
  #latest = 0;

  /** How long a nonce is good, milliseconds. */
  constructor(readonly lifetime: number) {}

  /** How many are kept: those that were used and are still in their time. */
  get kept(): number {
    return this.#used.size;
  }

  give(now: Date): string {
    const time = Buffer.alloc(TIME_BYTES);
    time.writeUIntBE(now.getTime(), 0, TIME_BYTES);
    const content = concat(time, randomBytes(RANDOM_BYTES));
    return hex(concat(content, this.#tag(content)));
  }

  /** When it was given; undefined unless this process gave it. */
  givenAt(nonce: string): Date | undefined {
    const value = bytes(nonce);
    if (value.length !== NONCE_BYTES) return undefined;
    const content = value.subarray(0, -TAG_BYTES);
    if (!timingSafeEqual(this.#tag(content), value.subarray(-TAG_BYTES))) return undefined;
    return new Date(Buffer.from(content).readUIntBE(0, TIME_BYTES));
  }

  isLate(given: Date, now: Date): boolean {
    this.#latest = Math.max(this.#latest, now.getTime());
    return this.#latest - given.getTime() > this.lifetime;
  }

  /** Uses a nonce of this process; false when it was used before, or became late meanwhile. */
  use(nonce: string, now: Date): boolean {
    const given = this.givenAt(nonce);
    if (given === undefined || this.isLate(given, now)) return false;
    for (const [old, at] of this.#used) {
      if (this.#latest - at <= this.lifetime) break;
      this.#used.delete(old);
    }
    if (this.#used.has(nonce)) return false;
    this.#used.set(nonce, this.#latest);
    return true;
  }

  #tag(content: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#key).update(content).digest().subarray(0, TAG_BYTES);
  }
}
