// A card's own SCP03 keys from a master key: NIST SP 800-108, 5.1 (counter mode), PRF AES-CMAC.
//
// The layout is the one that GlobalPlatformPro calls "kdf3" and several card makers ship:
//
//     K = CMAC(master, 01 | label | 00 | context) | CMAC(master, 02 | label | 00 | context) | ...
//
//       01, 02  counter of 8 bits, before the fixed data
//       label   00000001 ENC, 00000002 MAC, 00000003 DEK
//       00      separator
//       context 10 bytes: the key diversification data of the card
//
// cut to the length of the master. Departs from SP 800-108, 5.1 in one thing, as those makers do:
// the fixed data do not end with the length L. The standard itself fixes no diversification of
// static keys (GPC Amendment D v1.1.2 leaves it to the issuer).

import { cmac } from "@noble/ciphers/aes.js";
import { concat } from "../bytes.ts";
import type { CardKeyPurpose } from "./key-service.ts";

/** Bytes of the context. */
export const CONTEXT_BYTES = 10;
const LABELS: Readonly<Record<CardKeyPurpose, number>> = { enc: 1, mac: 2, dek: 3 };

/** One key of a card, as long as the master (16, 24 or 32 bytes). */
export function deriveCardKey(
  master: Uint8Array,
  purpose: CardKeyPurpose,
  context: Uint8Array,
): Uint8Array {
  if (context.length !== CONTEXT_BYTES) {
    throw new RangeError(`the context of a card key has 10 bytes, not ${context.length}`);
  }
  const blocks: Uint8Array[] = [];
  for (let i = 1; (i - 1) * 16 < master.length; i++) {
    blocks.push(cmac(concat(Uint8Array.of(i, 0, 0, 0, LABELS[purpose], 0), context), master));
  }
  return concat(...blocks).slice(0, master.length);
}
