// INSTALL of one more probe, with a script for its install entry, by the issuer's domain on a logical
// channel of its own.

import { openSecureChannel } from "../../../personalization/scp03/open.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import { INSTALL_AND_MAKE_SELECTABLE, TAG_C9_PARAMETERS } from "../../../runtime/spec/content.ts";
import { CLA_PROPRIETARY, INS_INSTALL } from "../../../runtime/spec/instructions.ts";
import { LEVEL_C_MAC } from "../../../runtime/spec/secure-channel.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu } from "../../helpers/card.ts";
import {
  hex8,
  keyService,
  selectApplication,
  TRANSPORT_KEYS,
} from "../../helpers/secure-channel.ts";
import { onChannel, open } from "../channel.ts";
import { type Call, DOMAIN_AID, PROBE_MODULE, script } from "../probe.ts";
import { attempt, type Scene } from "./witness.ts";

/** Name of the new instance. */
export const NEW_AID = "F0000000520004";
const DOMAIN_CHANNEL = 4;
const HOST_CHALLENGE = "0102030405060708";

/** Opens a session with what is selected on a logical channel; the host wraps as on channel 0. */
export function sessionOn({ card }: Pick<Scene, "card">, channel: number): Promise<SecureChannel> {
  const line = {
    transmit: async (command: Uint8Array) => card.exchange(onChannel(channel, command)),
    reset: async () => card.reset(),
  };
  return keyService(TRANSPORT_KEYS).then(({ service, set }) =>
    openSecureChannel(line, service, set, LEVEL_C_MAC, bytes(HOST_CHALLENGE)),
  );
}

/** Data of INSTALL [for install and make selectable]. */
export function installFields(
  parameters: Uint8Array,
  privileges = "000000",
  aid = NEW_AID,
): string {
  const lv = (value: string): string => {
    const length = value.length / 2;
    return (length < 0x80 ? "" : "81") + hex8(length) + value;
  };
  const fields = [PROBE_MODULE, PROBE_MODULE, aid, privileges];
  return [...fields.map(lv), lv(hex8(TAG_C9_PARAMETERS) + lv(hex(parameters))), "00"].join("");
}

/** Who installs a probe with a script: the status word of INSTALL, and the trap's message. */
export async function installer(
  at: Scene,
): Promise<
  (calls: readonly Call[], payload?: Uint8Array, aid?: string) => { sw: number; trap: string }
> {
  const { card } = at;
  accept(card, open(DOMAIN_CHANNEL));
  accept(card, onChannel(DOMAIN_CHANNEL, selectApplication(DOMAIN_AID)));
  const session = await sessionOn(at, DOMAIN_CHANNEL);
  return (calls, payload, aid) => {
    const data = installFields(script(calls, payload), "000000", aid);
    const plain = apdu(CLA_PROPRIETARY, INS_INSTALL, INSTALL_AND_MAKE_SELECTABLE, 0, data, 0);
    return attempt(card, onChannel(DOMAIN_CHANNEL, session.wrap(plain)));
  };
}
