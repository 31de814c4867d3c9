// INITIALIZE UPDATE and EXTERNAL AUTHENTICATE: opens a secure channel in the protocol of the card's
// key set. GPC Amendment D v1.1.2, 5.2, 7.1; GPC 2.3.1, E.5.

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
  LEVEL_R_ENCRYPTION,
  LEVEL_R_MAC,
  S16_BYTES,
  SCP02,
  SCP03_R_ENCRYPTION,
  SCP03_R_MAC,
} from "../../runtime/spec/secure-channel.ts";
import { SW_WRONG_LENGTH } from "../../runtime/spec/status-words.ts";
import { channelClass, command, exchange, expectSuccess, LE_ALL, type Response } from "../apdu.ts";
import { concat, equal, hex } from "../bytes.ts";
import type { Card } from "../card.ts";
import { SecureChannelError } from "../errors.ts";
import type { KeyHandle, KeyKind, KeyService } from "../keys/key-service.ts";
import { Scp02Messaging } from "../scp02/messaging.ts";
import { deriveScp02Keys, scp02Cryptogram } from "../scp02/session.ts";
import { derive } from "./derivation.ts";
import { type InitializeUpdateResponse, parseInitializeUpdate } from "./initialize-update.ts";
import { Scp03Messaging, type SessionKeys } from "./messaging.ts";
import { type Messaging, SECURITY_LEVELS, SecureChannel } from "./secure-channel.ts";

/** Three static keys of one key version, as the card and the key service both hold them. */
export interface KeySet {
  readonly version: number;
  readonly enc: KeyHandle;
  readonly mac: KeyHandle;
  readonly dek: KeyHandle;
}

export interface OpenOptions {
  /** Also talks SCP02, to older cards. Triple DES: not for anything new. */
  readonly scp02?: boolean;
  /** Logical channel, 0 unless said otherwise; commands to the channel name it in their class byte. */
  readonly channel?: number;
}

/** What both sides must come to, and what protects the channel then. */
interface Agreement {
  readonly cardCryptogram: Uint8Array;
  readonly hostCryptogram: Uint8Array;
  readonly messaging: Messaging;
}

/**
 * Opens a channel with `keys` at `level`. Without a host challenge of the caller's its length follows
 * the card. Throws `SecureChannelError` when the keys differ, when the card's channel has no such
 * level, and for SCP02 unless `options` allow it.
 */
export async function openSecureChannel(
  card: Card,
  service: KeyService,
  keys: KeySet,
  level: number,
  hostChallenge?: Uint8Array,
  options: OpenOptions = {},
): Promise<SecureChannel> {
  if (!SECURITY_LEVELS.includes(level)) throw new RangeError(`no secure channel level ${level}`);
  const cla = channelClass(CLA_PROPRIETARY, options.channel ?? 0);
  const { challenge, response } = await initialize(card, cla, keys.version, hostChallenge);
  const answer = parseInitializeUpdate(response);
  checkProtocol(answer, keys, level, options);
  const agreement =
    answer.protocol === SCP02
      ? await agreeScp02(service, keys, challenge, answer)
      : await agreeScp03(service, keys, challenge, answer);
  if (!equal(agreement.cardCryptogram, answer.cardCryptogram)) {
    throw new SecureChannelError(
      `card cryptogram is wrong for key version ${hex(Uint8Array.of(keys.version))}: ` +
        `the card holds other keys than "${keys.mac.name}" of the keystore`,
    );
  }
  const channel = new SecureChannel(card, agreement.messaging);
  const authenticate = command(cla, INS_EXTERNAL_AUTHENTICATE, level, 0, agreement.hostCryptogram);
  const authenticated = await exchange(card, channel.wrapAuthentication(authenticate));
  expectSuccess("EXTERNAL AUTHENTICATE", authenticated);
  channel.authenticated(level);
  return channel;
}

/** A card in 16-byte mode refuses the length of a challenge of 8 bytes: then the longer one follows. */
async function initialize(
  card: Card,
  cla: number,
  version: number,
  hostChallenge: Uint8Array | undefined,
): Promise<{ challenge: Uint8Array; response: Response }> {
  const ask = async (challenge: Uint8Array) => {
    const request = command(cla, INS_INITIALIZE_UPDATE, version, 0, challenge, LE_ALL);
    return { challenge, response: await exchange(card, request) };
  };
  const first = await ask(hostChallenge ?? randomBytes(CHALLENGE_BYTES));
  if (hostChallenge !== undefined || first.response.sw !== SW_WRONG_LENGTH) return first;
  return ask(randomBytes(S16_BYTES));
}

function checkProtocol(
  answer: InitializeUpdateResponse,
  keys: KeySet,
  level: number,
  options: OpenOptions,
): void {
  const { protocol, i } = answer;
  if (protocol === SCP02 && options.scp02 !== true) {
    throw new SecureChannelError(
      `the card speaks SCP02 under key version ${hex(Uint8Array.of(answer.keyVersion))}: ` +
        "triple DES, which is not allowed here",
    );
  }
  const kind: KeyKind = protocol === SCP02 ? "tdes" : "aes";
  for (const key of [keys.enc, keys.mac]) {
    if (key.kind === kind) continue;
    throw new SecureChannelError(
      `the card speaks SCP0${protocol}, which takes ${kind} keys, and "${key.name}" is ${key.kind}`,
    );
  }
  const known = protocol === SCP02 ? 0 : i;
  const lacks =
    (level & LEVEL_R_MAC && !(known & SCP03_R_MAC)) ||
    (level & LEVEL_R_ENCRYPTION && !(known & SCP03_R_ENCRYPTION));
  if (lacks) {
    throw new SecureChannelError(
      `the card's secure channel (SCP0${protocol}` +
        `${protocol === SCP02 ? "" : `, i = ${hex(Uint8Array.of(i))}`}) ` +
        `has no security level ${hex(Uint8Array.of(level))}`,
    );
  }
}

async function agreeScp03(
  service: KeyService,
  keys: KeySet,
  challenge: Uint8Array,
  answer: InitializeUpdateResponse,
): Promise<Agreement> {
  const context = concat(challenge, answer.cardChallenge);
  const session = await deriveSessionKeys(service, keys, context);
  const { length } = answer.cardChallenge;
  return {
    cardCryptogram: await cryptogram(session.mac, DERIVE_CARD_CRYPTOGRAM, context, length),
    hostCryptogram: await cryptogram(session.mac, DERIVE_HOST_CRYPTOGRAM, context, length),
    messaging: new Scp03Messaging(session, length),
  };
}

async function agreeScp02(
  service: KeyService,
  keys: KeySet,
  challenge: Uint8Array,
  answer: InitializeUpdateResponse,
): Promise<Agreement> {
  const session = await deriveScp02Keys(service, keys, answer.sequenceCounter);
  return {
    cardCryptogram: scp02Cryptogram(session.enc, challenge, answer.cardChallenge),
    hostCryptogram: scp02Cryptogram(session.enc, answer.cardChallenge, challenge),
    messaging: new Scp02Messaging(session, answer.sequenceCounter),
  };
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

/** Card or host cryptogram, as long as the card's challenge, derived from S-MAC. 6.2.2. */
export function cryptogram(
  sessionMac: Uint8Array,
  constant: number,
  context: Uint8Array,
  length: number = CRYPTOGRAM_BYTES,
): Promise<Uint8Array> {
  return derive(async (data) => cmac(data, sessionMac), constant, context, length);
}
