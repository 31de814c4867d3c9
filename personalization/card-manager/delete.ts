// DELETE: an application, a load file, or keys. GPC 2.3.1, 11.2.

import {
  DELETE_RELATED,
  TAG_4F_AID,
  TAG_D0_KEY_IDENTIFIER,
  TAG_D2_KEY_VERSION,
} from "../../applets/security-domain/spec.ts";
import { CLA_PROPRIETARY, INS_DELETE } from "../../runtime/spec/instructions.ts";
import { command, expectSuccess, LE_ALL } from "../apdu.ts";
import { concat } from "../bytes.ts";
import { tlv } from "../tlv.ts";
import type { ManagementChannel } from "./channel.ts";

/** Deletes an application, or a load file; with `related` its instances too. 11.2.2.3.1. */
export async function deleteContent(
  channel: ManagementChannel,
  aid: Uint8Array,
  { related = false }: { readonly related?: boolean | undefined } = {},
): Promise<void> {
  const p2 = related ? DELETE_RELATED : 0x00;
  const data = tlv(TAG_4F_AID, aid);
  const request = command(CLA_PROPRIETARY, INS_DELETE, 0x00, p2, data, LE_ALL);
  expectSuccess("DELETE", await channel.transmit(request));
}

/** Deletes the keys of a version, of an identifier, or the one with both. 11.2.2.3.2. */
export async function deleteKeys(
  channel: ManagementChannel,
  { version, identifier }: { readonly version?: number; readonly identifier?: number },
): Promise<void> {
  const one = (tag: number, value: number | undefined) =>
    value === undefined ? new Uint8Array() : tlv(tag, Uint8Array.of(value));
  const data = concat(one(TAG_D0_KEY_IDENTIFIER, identifier), one(TAG_D2_KEY_VERSION, version));
  const request = command(CLA_PROPRIETARY, INS_DELETE, 0x00, 0x00, data, LE_ALL);
  expectSuccess("DELETE of keys", await channel.transmit(request));
}
