// SCP02 with i = 15 or 55: session keys and cryptograms. GPC 2.3.1, appendix E.

import {
  CHALLENGE_BYTES,
  DERIVE_SCP02,
  DERIVE_SCP02_C_MAC,
  DERIVE_SCP02_DEK,
  DERIVE_SCP02_ENC,
} from "../../runtime/spec/secure-channel.ts";
import { concat, pad80 } from "../bytes.ts";
import { encryptBlocks } from "../keys/block-cipher.ts";
import type { KeyHandle, KeyService } from "../keys/key-service.ts";

/** Session keys: they live as long as the channel and stay in this process. */
export interface Scp02SessionKeys {
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
}

/** 01 ‖ constant ‖ sequence counter ‖ zeros: what a session key is the encryption of. E.4.1. */
function derivationData(constant: number, sequence: Uint8Array): Uint8Array {
  const data = new Uint8Array(16);
  data.set([DERIVE_SCP02, constant, ...sequence]);
  return data;
}

/** What a key service enciphers under the static DEK to make the session's. */
export function dekDerivationData(sequence: Uint8Array): Uint8Array {
  return derivationData(DERIVE_SCP02_DEK, sequence);
}

export async function deriveScp02Keys(
  service: KeyService,
  keys: { readonly enc: KeyHandle; readonly mac: KeyHandle },
  sequence: Uint8Array,
): Promise<Scp02SessionKeys> {
  const make = (key: KeyHandle, constant: number) =>
    service.encrypt(key, "cbc", derivationData(constant, sequence));
  return {
    enc: await make(keys.enc, DERIVE_SCP02_ENC),
    mac: await make(keys.mac, DERIVE_SCP02_C_MAC),
  };
}

/** Card cryptogram: host part first; host cryptogram: card part (counter ‖ challenge) first. E.4.2. */
export function scp02Cryptogram(
  sessionEnc: Uint8Array,
  first: Uint8Array,
  second: Uint8Array,
): Uint8Array {
  const data = pad80(concat(first, second), CHALLENGE_BYTES);
  return encryptBlocks("tdes", "cbc", sessionEnc, data).slice(-CHALLENGE_BYTES);
}
