// The development key. It is PUBLIC: whoever has this file can sign an image that it verifies.
// Images for real cards are signed with a key of one's own: `loadSigner` in `keys/pem.ts`.

import { utf8ToBytes } from "@noble/hashes/utils.js";
import { publicHalf, signer } from "./public-key.ts";
import type { Signer, TrustedKey } from "./types.ts";

/** Signs images for the emulator. Never trust it on a card that leaves the desk. */
export const DEVELOPMENT_SIGNER: Signer = signer(
  "PUBLIC DEVELOPMENT KEY, not for real cards",
  "ES256",
  utf8ToBytes("wafer: public key for emulators!"),
);

/** What an emulator trusts unless it is told otherwise. */
export const DEVELOPMENT_TRUSTED: readonly TrustedKey[] = [publicHalf(DEVELOPMENT_SIGNER)];
