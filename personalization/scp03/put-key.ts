// PUT KEY of a whole key set. GPC Amendment D v1.1.2, 7.2; GPC 2.3.1, 11.8.

import { CLA_PROPRIETARY, INS_PUT_KEY } from "../../runtime/spec/instructions.ts";
import { KEY_TYPE_AES } from "../../runtime/spec/secure-channel.ts";
import { command, expectSuccess, LE_ALL } from "../apdu.ts";
import { concat, equal } from "../bytes.ts";
import { SecureChannelError } from "../errors.ts";
import type { KeyHandle, KeyService } from "../keys/key-service.ts";
import type { KeySet } from "./open.ts";
import type { SecureChannel } from "./secure-channel.ts";

/** P2: several keys in one command, the first has identifier 01. */
const P2_SEVERAL_FROM_01 = 0x81;

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
  const data = await putKeyData(service, dek, keys);
  const put = command(CLA_PROPRIETARY, INS_PUT_KEY, replaced, P2_SEVERAL_FROM_01, data, LE_ALL);
  const answer = expectSuccess("PUT KEY", await channel.transmit(put));
  const expected = concat(Uint8Array.of(keys.version), ...(await checkValues(service, keys)));
  if (answer.length > 0 && !equal(answer, expected)) {
    throw new SecureChannelError("PUT KEY: the card answered other key check values than ours");
  }
}

/** Version ‖ 3 × ( 88 ‖ L ‖ key length ‖ encrypted key ‖ 03 ‖ check value ): ENC, MAC, DEK. */
export async function putKeyData(
  service: KeyService,
  dek: KeyHandle,
  keys: KeySet,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [Uint8Array.of(keys.version)];
  for (const key of [keys.enc, keys.mac, keys.dek]) {
    const wrapped = await service.wrap(dek, key);
    const value = await service.checkValue(key);
    parts.push(
      Uint8Array.of(KEY_TYPE_AES, wrapped.length + 1, key.length),
      wrapped,
      Uint8Array.of(value.length),
      value,
    );
  }
  return concat(...parts);
}

function checkValues(service: KeyService, keys: KeySet): Promise<Uint8Array[]> {
  return Promise.all([keys.enc, keys.mac, keys.dek].map((key) => service.checkValue(key)));
}
