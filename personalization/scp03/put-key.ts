// PUT KEY: a whole key set, one key, or a public key. GPC Amendment D v1.1.2, 7.2; GPC 2.3.1, 11.8.

import { CLA_PROPRIETARY, INS_PUT_KEY } from "../../runtime/spec/instructions.ts";
import {
  KEY_PARAMETERS_P256,
  KEY_TYPE_AES,
  KEY_TYPE_DES,
  KEY_TYPE_ECC_PARAMETERS,
  KEY_TYPE_ECC_PUBLIC,
} from "../../runtime/spec/secure-channel.ts";
import { command, expectSuccess, LE_ALL } from "../apdu.ts";
import { concat, equal } from "../bytes.ts";
import { SecureChannelError } from "../errors.ts";
import type { KeyHandle, KeyService } from "../keys/key-service.ts";
import type { KeySet } from "./open.ts";
import type { SecureChannel } from "./secure-channel.ts";

/** P2: several keys in one command, the first has identifier 01. */
const P2_SEVERAL_FROM_01 = 0x81;
const P2_FIRST = 0x01;

/**
 * Replaces the key set `replaced` (a key version, or 0 to add a set) by `keys`,
 * encrypted under the DEK of the open channel's key set.
 */
export async function putKeys(
  channel: SecureChannel,
  service: KeyService,
  dek: KeyHandle,
  replaced: number,
  keys: KeySet,
): Promise<void> {
  const { version } = keys;
  const all = [keys.enc, keys.mac, keys.dek];
  await put(channel, service, dek, replaced, P2_SEVERAL_FROM_01, version, all);
}

/** Replaces key `identifier` of the version, or adds it when `replaced` is 0. */
export async function putKey(
  channel: SecureChannel,
  service: KeyService,
  dek: KeyHandle,
  replaced: number,
  version: number,
  identifier: number,
  key: KeyHandle,
): Promise<void> {
  await put(channel, service, dek, replaced, identifier, version, [key]);
}

async function put(
  channel: SecureChannel,
  service: KeyService,
  dek: KeyHandle,
  replaced: number,
  p2: number,
  version: number,
  keys: readonly KeyHandle[],
): Promise<void> {
  const data = await putKeyData(service, dek, version, keys, channel.sequence);
  const checkValues = await Promise.all(keys.map((key) => service.checkValue(key)));
  await send(channel, replaced, p2, data, concat(Uint8Array.of(version), ...checkValues));
}

/** Gives a version of its own to a public key on the curve P-256: 04 ‖ x ‖ y. */
export async function putPublicKey(
  channel: SecureChannel,
  replaced: number,
  version: number,
  point: Uint8Array,
): Promise<void> {
  const data = concat(
    Uint8Array.of(version, KEY_TYPE_ECC_PUBLIC, point.length),
    point,
    Uint8Array.of(KEY_TYPE_ECC_PARAMETERS, 1, KEY_PARAMETERS_P256, 0),
  );
  await send(channel, replaced, P2_FIRST, data, Uint8Array.of(version));
}

async function send(
  channel: SecureChannel,
  replaced: number,
  p2: number,
  data: Uint8Array,
  expected: Uint8Array,
): Promise<void> {
  const request = command(CLA_PROPRIETARY, INS_PUT_KEY, replaced, p2, data, LE_ALL);
  const answer = expectSuccess("PUT KEY", await channel.transmit(request));
  if (answer.length > 0 && !equal(answer, expected)) {
    throw new SecureChannelError("PUT KEY: the card answered other key check values than ours");
  }
}

/**
 * Version, then for each key its type, the length of its block, the block, 03, its check value. The
 * block of an AES key begins with the key's length. `sequence` is that of an SCP02 session, which has
 * its own DEK and enciphers block by block (GPC 2.3.1, E.4.7).
 */
export async function putKeyData(
  service: KeyService,
  dek: KeyHandle,
  version: number,
  keys: readonly KeyHandle[],
  sequence?: Uint8Array,
): Promise<Uint8Array> {
  const mode = sequence === undefined ? "cbc" : "ecb";
  const wrapping =
    sequence === undefined ? dek : await service.derive(dek, { method: "scp02-dek", sequence });
  const parts: Uint8Array[] = [Uint8Array.of(version)];
  for (const key of keys) {
    const wrapped = await service.wrap(wrapping, key, mode);
    const block = key.kind === "aes" ? concat(Uint8Array.of(key.length), wrapped) : wrapped;
    const value = await service.checkValue(key);
    parts.push(Uint8Array.of(keyType(key), block.length), block);
    parts.push(Uint8Array.of(value.length), value);
  }
  if (wrapping !== dek) await service.release(wrapping);
  return concat(...parts);
}

function keyType(key: KeyHandle): number {
  if (key.kind === "aes") return KEY_TYPE_AES;
  if (key.kind === "tdes") return KEY_TYPE_DES;
  throw new SecureChannelError(`"${key.name}" is a ${key.kind} key: no key of a security domain`);
}
