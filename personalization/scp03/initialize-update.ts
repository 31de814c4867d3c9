// The answer to INITIALIZE UPDATE. GPC Amendment D v1.1.2, 7.1.1.5; GPC 2.3.1, E.5.1.6.

import {
  CRYPTOGRAM_BYTES,
  S16_BYTES,
  SCP02,
  SCP02_SEQUENCE_BYTES,
  SCP03,
  SCP03_PSEUDO_RANDOM,
  SCP03_S16,
  SEQUENCE_BYTES,
} from "../../runtime/spec/secure-channel.ts";
import { expectSuccess, type Response } from "../apdu.ts";
import { SecureChannelError } from "../errors.ts";

export interface InitializeUpdateResponse {
  readonly diversificationData: Uint8Array;
  readonly keyVersion: number;
  /** SCP02 or SCP03. */
  readonly protocol: number;
  /** Parameter i; 0 in SCP02, which does not tell it. */
  readonly i: number;
  /** In SCP02 the sequence counter is its beginning. */
  readonly cardChallenge: Uint8Array;
  readonly cardCryptogram: Uint8Array;
  /** Empty where the challenge of SCP03 is truly random. */
  readonly sequenceCounter: Uint8Array;
}

const HEAD_BYTES = 12;

/**
 *     diversification data (10) | key version (1) | 03 | i (1) | card challenge (8 or 16)
 *     | card cryptogram (8 or 16) | sequence counter (3, only with a pseudo-random challenge)
 *
 *     diversification data (10) | key version (1) | 02 | sequence counter (2) | card challenge (6)
 *     | card cryptogram (8)
 */
export function parseInitializeUpdate(response: Response): InitializeUpdateResponse {
  const data = expectSuccess("INITIALIZE UPDATE", response);
  const protocol = data[11]!;
  if (data.length > HEAD_BYTES && protocol !== SCP02 && protocol !== SCP03) {
    throw new SecureChannelError(`the card speaks secure channel protocol ${protocol}, not 2 or 3`);
  }
  const i = protocol === SCP03 ? data[12]! : 0;
  const half = i & SCP03_S16 ? S16_BYTES : CRYPTOGRAM_BYTES;
  const challenge = HEAD_BYTES + (protocol === SCP03 ? 1 : 0);
  const counter = i & SCP03_PSEUDO_RANDOM ? SEQUENCE_BYTES : 0;
  const whole = challenge + 2 * half + counter;
  if (data.length !== whole) {
    throw new SecureChannelError(`INITIALIZE UPDATE answered ${data.length} bytes, not ${whole}`);
  }
  return {
    diversificationData: data.slice(0, 10),
    keyVersion: data[10]!,
    protocol,
    i,
    cardChallenge: data.slice(challenge, challenge + half),
    cardCryptogram: data.slice(challenge + half, challenge + 2 * half),
    sequenceCounter:
      protocol === SCP02
        ? data.slice(HEAD_BYTES, HEAD_BYTES + SCP02_SEQUENCE_BYTES)
        : data.slice(challenge + 2 * half),
  };
}
