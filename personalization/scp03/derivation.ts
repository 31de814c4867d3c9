// The data derivation of SCP03: NIST SP 800-108 in counter mode with AES-CMAC.
// GPC Amendment D v1.1.2, 4.1.5.

import { concat } from "../bytes.ts";

/** AES-CMAC under a key that the caller holds: of a key service, or at hand. */
export type Cmac = (data: Uint8Array) => Promise<Uint8Array>;

/**
 * Derives `length` bytes: CMAC of one block for each 16 bytes wanted.
 *
 *     00 x 11 | constant | 00 | L (bits, 2) | i (1) | context
 */
export async function derive(
  cmac: Cmac,
  constant: number,
  context: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  const bits = length * 8;
  const blocks: Uint8Array[] = [];
  for (let i = 1; (i - 1) * 16 < length; i++) {
    const head = new Uint8Array(16);
    head.set([constant, 0x00, bits >> 8, bits & 0xff, i], 11);
    blocks.push(await cmac(concat(head, context)));
  }
  return concat(...blocks).slice(0, length);
}
