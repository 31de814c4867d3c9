// Opens a card for content management: a security domain selected, and a secure channel to it.

import { historicalBytes } from "../../personalization/batch/answer-to-reset.ts";
import { concat, hex } from "../../personalization/bytes.ts";
import type { Card } from "../../personalization/card.ts";
import { plainChannel } from "../../personalization/card-manager/channel.ts";
import { getKeyInformation } from "../../personalization/card-manager/get-data.ts";
import { type Domain, selectDomain } from "../../personalization/card-manager/select-domain.ts";
import {
  type BureauError,
  SecureChannelError,
  StatusWordError,
} from "../../personalization/errors.ts";
import { CONTEXT_BYTES } from "../../personalization/keys/card-keys.ts";
import type { CardKeyPurpose, KeyService } from "../../personalization/keys/key-service.ts";
import {
  PUBLIC_KEY_CHECK_VALUE,
  publicTransportKeys,
  TRANSPORT_KEY_VERSION,
} from "../../personalization/keys/transport-keys.ts";
import { type KeySet, openSecureChannel } from "../../personalization/scp03/open.ts";
import type { SecureChannel } from "../../personalization/scp03/secure-channel.ts";
import { MAX_INSTANCES } from "../../runtime/spec/chip.ts";
import { MAX_PACKAGES } from "../../runtime/spec/configuration.ts";
import { LEVEL_C_DECRYPTION, LEVEL_C_MAC } from "../../runtime/spec/secure-channel.ts";
import {
  SW_CLA_NOT_SUPPORTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_INS_NOT_SUPPORTED,
  SW_NAME_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
} from "../../runtime/spec/status-words.ts";
import { poweredCard } from "./emulated-blanks.ts";
import { FileError } from "./fail.ts";
import type { ManageOptions } from "./manage-options.ts";
import { withCard } from "./open-card.ts";
import { openKeys } from "./open-keys.ts";
import { note } from "./print.ts";

/** Bytes of the historical bytes, the last ones, that are the factor of a card's keys. */
export const CARD_FACTOR_BYTES = 8;

export interface Manager {
  readonly channel: SecureChannel;
  readonly domain: Domain;
}

/**
 * Works with the domain of a card file. An image is a fresh card, of which nothing would be kept:
 * good to look at, refused when `changes` says that something is to stay.
 */
export async function withManager(
  file: string,
  options: ManageOptions,
  changes: boolean,
  work: (manager: Manager) => Promise<void>,
): Promise<void> {
  await withCard(file, { trust: options.trust, keep: true }, async ({ card, fresh }) => {
    if (fresh && changes) {
      const advice = `make a card of it: wafer run ${file} --save NAME.card`;
      throw new FileError(file, `is an image, of which nothing is kept; ${advice}`);
    }
    const historical = historicalBytes(card.reset()) ?? new Uint8Array();
    await open(file, poweredCard(card), historical, options)
      .then(work)
      .catch((error) => {
        throw error instanceof StatusWordError ? refusal(file, error) : error;
      });
  });
}

async function open(
  file: string,
  card: Card,
  historical: Uint8Array,
  options: ManageOptions,
): Promise<Manager> {
  const version = options.keyVersion ?? (await findKeyVersion(card, options.domain));
  const domain = await selectDomain(card, options.domain);
  const { service, keys } = await findKeys(file, version, historical, options);
  if (hex(await service.checkValue(keys.mac)) === PUBLIC_KEY_CHECK_VALUE) {
    note("WARNING: the card has the PUBLIC transport keys: samples only, not real cards.");
  }
  const level = LEVEL_C_MAC | LEVEL_C_DECRYPTION;
  return { channel: await openSecureChannel(card, service, keys, level), domain };
}

/** A refusal as the person is told of it: what it most likely means, and what else is to be said. */
export function refusal(file: string, error: BureauError, more = ""): FileError {
  const meaning = error instanceof StatusWordError ? advice(error) : "";
  return new FileError(file, `${error.message}${meaning}${more}`);
}

function advice({ command, sw }: StatusWordError): string {
  if (sw === SW_FILE_NOT_FOUND) return "; wafer list shows the domains that are there";
  if (sw === SW_NAME_EXISTS) return "; the AID is taken: wafer list shows by what";
  if (sw === SW_REFERENCED_DATA_NOT_FOUND) return "; wafer list shows what is there";
  if (sw === SW_NOT_ENOUGH_MEMORY) {
    const most = /^LOAD|for load/.test(command)
      ? `${MAX_PACKAGES} packages`
      : `${MAX_INSTANCES} applications and domains`;
    return `; wafer list shows what room is left, and a card takes at most ${most}`;
  }
  if (sw === SW_INS_NOT_SUPPORTED || sw === SW_CLA_NOT_SUPPORTED) {
    return "; what is selected is no security domain: wafer list shows those that are there";
  }
  if (sw === SW_CONDITIONS_NOT_SATISFIED) {
    return command === "DELETE"
      ? "; a package goes with its applications (--related), those of the image never"
      : "; wafer list shows the privileges of the domain and the life cycles";
  }
  return "";
}

interface Keys {
  readonly service: KeyService;
  readonly keys: KeySet;
}

/** The keys of a version: those of a blank, the card's own, or the one named. */
export async function findKeys(
  file: string,
  version: number,
  historical: Uint8Array,
  options: ManageOptions,
): Promise<Keys> {
  const { keystore, passphraseFile, key } = options;
  if (keystore === undefined) {
    if (version === TRANSPORT_KEY_VERSION) return publicTransportKeys();
    const number = hex(Uint8Array.of(version));
    throw new FileError(file, `has keys of its own (version ${number}); add --keystore`);
  }
  const service = await openKeys(keystore, passphraseFile);
  if (key !== undefined || version === TRANSPORT_KEY_VERSION) {
    const named = await service.open(key ?? options.transportKey);
    return { service, keys: { version, enc: named, mac: named, dek: named } };
  }
  const factor = historical.subarray(-CARD_FACTOR_BYTES);
  const context = concat(new Uint8Array(CONTEXT_BYTES - factor.length), factor);
  const master = await service.open(options.cardKeys);
  const derive = (purpose: CardKeyPurpose) =>
    service.derive(master, { method: "sp800-108", purpose, context });
  const [enc, mac, dek] = [await derive("enc"), await derive("mac"), await derive("dek")];
  return { service, keys: { version, enc, mac, dek } };
}

/** Version of the domain's keys; without any, of the issuer's domain, under whose it talks then. */
export async function findKeyVersion(card: Card, domain: Uint8Array | undefined): Promise<number> {
  for (const aid of domain === undefined ? [undefined] : [domain, undefined]) {
    await selectDomain(card, aid);
    const keys = await getKeyInformation(plainChannel(card));
    const set = keys.find(({ identifier, version }) => {
      const others = keys.filter((key) => key.version === version);
      return identifier === 1 && others.length === 3;
    });
    if (set !== undefined) return set.version;
  }
  throw new SecureChannelError("neither the domain nor the issuer's has keys for a secure channel");
}
