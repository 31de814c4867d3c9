// INITIALIZE UPDATE and EXTERNAL AUTHENTICATE: opens an SCP03 channel.
// GPC Amendment D v1.1.2, 5.2, 7.1.

import { randomBytes } from "node:crypto";
import { cmac } from "@noble/ciphers/aes.js";
import {
  CLA_PROPRIETARY,
  INS_EXTERNAL_AUTHENTICATE,
  INS_INITIALIZE_UPDATE,
} from "../../runtime/spec/instructions.ts";
import {
  CHALLENGE_BYTES,
  CRYPTOGRAM_BYTES,
  DERIVE_CARD_CRYPTOGRAM,
  DERIVE_HOST_CRYPTOGRAM,
  DERIVE_S_ENC,
  DERIVE_S_MAC,
  DERIVE_S_RMAC,
  SCP_IDENTIFIER,
} from "../../runtime/spec/secure-channel.ts";
import { command, exchange, expectSuccess, LE_ALL, type Response } from "../apdu.ts";
import { concat, equal, hex } from "../bytes.ts";
import type { Card } from "../card.ts";
import { SecureChannelError } from "../errors.ts";
import type { KeyHandle, KeyService } from "../keys/key-service.ts";
import { derive } from "./derivation.ts";
import { SECURITY_LEVELS, SecureChannel, type SessionKeys } from "./secure-channel.ts";

/** Three static keys of one key version, as the card and the key service both hold them. */
export interface KeySet {
  readonly version: number;
  readonly enc: KeyHandle;
  readonly mac: KeyHandle;
  readonly dek: KeyHandle;
}

/** Answer to INITIALIZE UPDATE. */
export interface InitializeUpdateResponse {
  readonly diversificationData: Uint8Array;
  readonly keyVersion: number;
  readonly cardChallenge: Uint8Array;
  readonly cardCryptogram: Uint8Array;
  /** Empty where the card's challenge is truly random. */
  readonly sequenceCounter: Uint8Array;
}

/** Opens a channel with `keys` at `level`. Throws `SecureChannelError` when the keys differ. */
export async function openSecureChannel(
  card: Card,
  service: KeyService,
  keys: KeySet,
  level: number,
  hostChallenge: Uint8Array = randomBytes(CHALLENGE_BYTES),
): Promise<SecureChannel> {
  if (!SECURITY_LEVELS.includes(level)) throw new RangeError(`no SCP03 level ${level}`);
  const initialize = command(
    CLA_PROPRIETARY,
    INS_INITIALIZE_UPDATE,
    keys.version,
    0,
    hostChallenge,
    LE_ALL,
  );
  const answer = parseInitializeUpdate(await exchange(card, initialize));
  const context = concat(hostChallenge, answer.cardChallenge);
  const session = await deriveSessionKeys(service, keys, context);
  const expected = await cryptogram(session.mac, DERIVE_CARD_CRYPTOGRAM, context);
  if (!equal(expected, answer.cardCryptogram)) {
    throw new SecureChannelError(
      `card cryptogram is wrong for key version ${hex(Uint8Array.of(keys.version))}: ` +
        `the card holds other keys than "${keys.mac.name}" of the keystore`,
    );
  }
  const host = await cryptogram(session.mac, DERIVE_HOST_CRYPTOGRAM, context);
  const channel = new SecureChannel(card, session);
  const authenticate = command(CLA_PROPRIETARY, INS_EXTERNAL_AUTHENTICATE, level, 0, host);
  const response = await exchange(card, channel.wrapAuthentication(authenticate));
  expectSuccess("EXTERNAL AUTHENTICATE", response);
  channel.authenticated(level);
  return channel;
}

/** S-ENC, S-MAC, S-RMAC, as long as the static keys. 6.2.1. */
export async function deriveSessionKeys(
  service: KeyService,
  keys: Pick<KeySet, "enc" | "mac">,
  context: Uint8Array,
): Promise<SessionKeys> {
  const enc = (data: Uint8Array) => service.cmac(keys.enc, data);
  const mac = (data: Uint8Array) => service.cmac(keys.mac, data);
  return {
    enc: await derive(enc, DERIVE_S_ENC, context, keys.enc.length),
    mac: await derive(mac, DERIVE_S_MAC, context, keys.mac.length),
    rmac: await derive(mac, DERIVE_S_RMAC, context, keys.mac.length),
  };
}

/** Card or host cryptogram: 8 bytes derived from S-MAC. 6.2.2. */
export function cryptogram(
  sessionMac: Uint8Array,
  constant: number,
  context: Uint8Array,
): Promise<Uint8Array> {
  return derive(async (data) => cmac(data, sessionMac), constant, context, CRYPTOGRAM_BYTES);
}

/**
 *     diversification data (10) | key version (1) | 03 | i (1) | card challenge (8)
 *     | card cryptogram (8) | sequence counter (3, only with a pseudo-random challenge)
 */
export function parseInitializeUpdate(response: Response): InitializeUpdateResponse {
  const data = expectSuccess("INITIALIZE UPDATE", response);
  if (data.length !== 29 && data.length !== 32) {
    throw new SecureChannelError(`INITIALIZE UPDATE answered ${data.length} bytes, not 29 or 32`);
  }
  if (data[11] !== SCP_IDENTIFIER) {
    throw new SecureChannelError(`the card speaks secure channel protocol ${data[11]}, not 3`);
  }
  return {
    diversificationData: data.slice(0, 10),
    keyVersion: data[10]!,
    cardChallenge: data.slice(13, 21),
    cardCryptogram: data.slice(21, 29),
    sequenceCounter: data.slice(29),
  };
}
