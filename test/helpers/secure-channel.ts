// The host's side of SCP03 and of personalization, for tests: keys at hand, commands one at a time.

import { createCipheriv } from "node:crypto";
import {
  DGI_7FFF_ACTIVATE,
  DGI_6200_CREATE_FILE,
  DGI_8000_KEY,
  DGI_8010_PIN,
  STORE_DATA_FORMAT_DGI,
  STORE_DATA_LAST,
} from "../../applets/filesystem/spec.ts";
import type { Card } from "../../emulator/card.ts";
import { SoftwareKeyService } from "../../personalization/keys/software-key-service.ts";
import { type KeySet, openSecureChannel } from "../../personalization/scp03/open.ts";
import type { SecureChannel } from "../../personalization/scp03/secure-channel.ts";
import { CLA_PROPRIETARY, INS_SELECT, INS_STORE_DATA } from "../../runtime/spec/instructions.ts";
import { LEVEL_C_MAC } from "../../runtime/spec/secure-channel.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { bytes, hex } from "./bytes.ts";
import { accept, apdu, checkStatus, type Reply, send } from "./card.ts";

/** Static keys of a domain: key version, and values in hex. */
export interface StaticKeys {
  readonly version: number;
  /** AES unless said otherwise. */
  readonly kind?: "aes" | "tdes";
  readonly enc: string;
  readonly mac: string;
  readonly dek: string;
}

const TRANSPORT = "404142434445464748494A4B4C4D4E4F";
/** The PUBLIC keys of a blank of the reference image. */
export const TRANSPORT_KEYS: StaticKeys = {
  version: 0xff,
  enc: TRANSPORT,
  mac: TRANSPORT,
  dek: TRANSPORT,
};

const HOST_CHALLENGE = "0102030405060708";

/** Keys as the bureau's key service holds them. */
export async function keyService(
  keys: StaticKeys,
): Promise<{ service: SoftwareKeyService; set: KeySet }> {
  const named = (["enc", "mac", "dek"] as const).map((name) => ({
    name,
    kind: keys.kind ?? "aes",
    value: bytes(keys[name]),
  }));
  const service = new SoftwareKeyService(named);
  const set = {
    version: keys.version,
    enc: await service.open("enc"),
    mac: await service.open("mac"),
    dek: await service.open("dek"),
  };
  return { service, set };
}

/** SELECT of an application by its name. */
export function selectApplication(aid: string): Uint8Array {
  return apdu(0x00, INS_SELECT, 0x04, 0x00, aid, 0);
}

export interface ChannelOptions {
  /** Of 8 bytes, or of 16 for a card in that mode; hex. */
  readonly hostChallenge?: string;
  readonly scp02?: boolean;
  /** Logical channel, 0 unless said otherwise. */
  readonly channel?: number;
}

/** Opens a channel to the selected application. */
export async function openChannel(
  card: Card,
  level: number = LEVEL_C_MAC,
  keys: StaticKeys = TRANSPORT_KEYS,
  options: ChannelOptions = {},
): Promise<SecureChannel> {
  const { service, set } = await keyService(keys);
  // Through `send`, so that the exchange stands in the trace.
  const line = {
    transmit: async (command: Uint8Array) => {
      const { data, sw } = send(card, command);
      return Uint8Array.of(...data, sw >> 8, sw & 0xff);
    },
    reset: async () => card.reset(),
  };
  const { hostChallenge = HOST_CHALLENGE, ...open } = options;
  return openSecureChannel(line, service, set, level, bytes(hostChallenge), open);
}

/** Sends a plain command through the channel; the plain reply. */
export function sendThrough(card: Card, channel: SecureChannel, plain: Uint8Array): Reply {
  return channel.unwrap(send(card, channel.wrap(plain)));
}

/** As `sendThrough`; the answer must end with `sw`. Gives the data. */
export function through(
  card: Card,
  channel: SecureChannel,
  plain: Uint8Array,
  sw: number = SW_SUCCESS,
  what = "",
): Uint8Array {
  const reply = sendThrough(card, channel, plain);
  checkStatus(card, reply, sw, what);
  return reply.data;
}

/** A secret as it is sent: AES-CBC under the DEK, IV zero, padded with zeros. GPC Amendment D, 6.2.8. */
export function underDek(value: string, dek: string = TRANSPORT_KEYS.dek): string {
  const plain = bytes(value);
  const padded = Buffer.alloc(Math.ceil(plain.length / 16) * 16);
  padded.set(plain);
  const key = bytes(dek);
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, new Uint8Array(16));
  cipher.setAutoPadding(false);
  return hex(Buffer.concat([cipher.update(padded), cipher.final()]));
}

// Data groupings

export function hex8(value: number): string {
  return value.toString(16).padStart(2, "0");
}
export function hex16(value: number): string {
  return value.toString(16).padStart(4, "0");
}

/** DGI ‖ length ‖ value, hex. */
export function grouping(dgi: number, value: string): string {
  const length = bytes(value).length;
  return hex16(dgi) + (length < 0xff ? hex8(length) : `ff${hex16(length)}`) + value;
}

export interface KeyToStore {
  readonly df: number;
  readonly reference: number;
  readonly cipher: number;
  readonly uses: number;
  readonly tries: number;
  readonly value: string;
}

export function keyGrouping(key: KeyToStore): string {
  const header = [key.reference, key.cipher, key.uses, key.tries, bytes(key.value).length];
  return grouping(DGI_8000_KEY, hex16(key.df) + header.map(hex8).join("") + underDek(key.value));
}

export function pinGrouping(df: number, reference: number, tries: number, value: string): string {
  const header = [reference, tries, bytes(value).length].map(hex8).join("");
  return grouping(DGI_8010_PIN, hex16(df) + header + underDek(value));
}

export function fileGrouping(parent: number, fcp: string): string {
  return grouping(DGI_6200_CREATE_FILE, hex16(parent) + fcp);
}

export const ACTIVATE: string = grouping(DGI_7FFF_ACTIVATE, "");

/** STORE DATA of one block of groupings. */
export function storeData(block: number, groupings: string, last = true): Uint8Array {
  const p1 = STORE_DATA_FORMAT_DGI | (last ? STORE_DATA_LAST : 0);
  return apdu(CLA_PROPRIETARY, INS_STORE_DATA, p1, block, groupings);
}

/** Selects an application and stores groupings there, one to a block. */
export async function personalize(
  card: Card,
  aid: string,
  groupings: readonly string[],
): Promise<SecureChannel> {
  accept(card, selectApplication(aid));
  const channel = await openChannel(card);
  groupings.forEach((one, block) => {
    through(card, channel, storeData(block & 0xff, one), SW_SUCCESS, `grouping ${block}`);
  });
  return channel;
}
