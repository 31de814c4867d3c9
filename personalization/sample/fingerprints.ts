// Fingerprints of nobody: two templates of pseudo-random bytes, each half of the card's file.

import { Random } from "./random.ts";

/** Bytes of the two templates together. Social security data items V2.0, table 9. */
export const FINGERPRINTS_BYTES = 768;
/** Each begins with whose hand it is, and that it is a sample. */
const HEADS = ["SAMPLE R", "SAMPLE L"];

/** Same seed, same bytes. */
export function sampleFingerprints(seed: number): Uint8Array {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: FINGERPRINTS_BYTES }, () => random.below(256));
  for (const [at, head] of HEADS.entries()) {
    data.set(Buffer.from(head, "latin1"), (at * FINGERPRINTS_BYTES) / HEADS.length);
  }
  return data;
}
