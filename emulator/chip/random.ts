// The random number generator of the chip: true, or repeatable when given a seed.

import { sha256 } from "@noble/hashes/sha2.js";

export interface Random {
  fill(to: Uint8Array): void;
  /** What a snapshot keeps, and takes back. */
  state: number;
}

/** Numbers fit for keys, from the platform. */
export function systemRandom(): Random {
  return {
    state: 0,
    fill(to) {
      globalThis.crypto.getRandomValues(to);
    },
  };
}

/** SHA-256 over seed and a counter: the same seed gives the same bytes. Not for real keys. */
export function seededRandom(seed: number): Random {
  const input = new Uint8Array(16);
  const view = new DataView(input.buffer);
  view.setFloat64(0, seed);
  return {
    state: 0,
    fill(to) {
      for (let at = 0; at < to.length; at += 32) {
        view.setFloat64(8, this.state++);
        to.set(sha256(input).subarray(0, Math.min(32, to.length - at)), at);
      }
    },
  };
}
