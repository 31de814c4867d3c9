// What the verbs of certificates share: the issuer's folder, its passphrase, and a card's application.

import { join } from "node:path";
import { AID_PKI } from "../../applets/identity/spec.ts";
import { historicalBytes } from "../../personalization/batch/answer-to-reset.ts";
import { selectApplication } from "../../personalization/batch/select.ts";
import { bytes } from "../../personalization/bytes.ts";
import { readCertificate } from "../../personalization/certificates/certificate.ts";
import type { EnrolmentChannel } from "../../personalization/certificates/enrol.ts";
import {
  CERTIFICATE_FILE,
  Issuer,
  REGISTER_FILE,
  STATUS_FILE,
} from "../../personalization/certificates/issuer.ts";
import {
  fromPem,
  LABEL_CERTIFICATE,
  LABEL_STATUS_LIST,
} from "../../personalization/certificates/pem.ts";
import { readStatusList } from "../../personalization/certificates/status-list.ts";
import { KeystoreError } from "../../personalization/errors.ts";
import { lock } from "../../personalization/files/lock.ts";
import { cityFactor } from "../../personalization/keys/diversify.ts";
import type { KeyHandle, KeyService } from "../../personalization/keys/key-service.ts";
import { readPassphrase } from "../../personalization/keys/passphrase.ts";
import { openSecureChannel } from "../../personalization/scp03/open.ts";
import { LEVEL_C_DECRYPTION, LEVEL_C_MAC } from "../../runtime/spec/secure-channel.ts";
import type { Card } from "../card.ts";
import type { TrustNow } from "../terminal/login/service.ts";
import { poweredCard } from "./emulated-blanks.ts";
import { FileError } from "./fail.ts";
import { readBytes } from "./files.ts";
import type { ManageOptions } from "./manage-options.ts";
import { CARD_FACTOR_BYTES, findKeys, findKeyVersion } from "./open-manager.ts";
import { readWith } from "./read-and-show.ts";

export async function issuerPassphrase(file?: string): Promise<string> {
  return readPassphrase(file === undefined ? {} : { file });
}

/** Works with an issuer and its key; nobody else works with its book meanwhile. */
export async function withIssuer<T>(
  folder: string,
  passphraseFile: string | undefined,
  work: (issuer: Issuer) => Promise<T>,
): Promise<T> {
  // A folder that is none is told before anybody is asked for a passphrase.
  await readBytes(join(folder, CERTIFICATE_FILE));
  const passphrase = await issuerPassphrase(passphraseFile);
  const held = await lock(join(folder, `${REGISTER_FILE}.lock`));
  try {
    return await work(await Issuer.open(folder, passphrase));
  } finally {
    await held.release();
  }
}

/** What a service needs of an issuer: two files that everyone may read. */
export function trustIn(folder: string): TrustNow {
  return async () => {
    const [authority, status] = [join(folder, CERTIFICATE_FILE), join(folder, STATUS_FILE)];
    const der = fromPem(LABEL_CERTIFICATE, await readBytes(authority), authority);
    const list = fromPem(LABEL_STATUS_LIST, await readBytes(status), status);
    return {
      issuer: readCertificate(der, authority),
      statusList: readStatusList(list, status),
    };
  };
}

/** What anyone may read that names a card and finds its keys. */
export interface CardIdentity {
  readonly number: string;
  /** Six digits. */
  readonly region: string;
  readonly cardFactor: Uint8Array;
}

export async function identityOf(file: string, card: Card): Promise<CardIdentity> {
  const content = await readWith(card, undefined, "").catch(() => undefined);
  const { cardNumber: number = "", cardIdentifier = "" } = content?.issuance ?? {};
  if (content === undefined || number === "") {
    throw new FileError(file, "has no card number to be read; is it a social security card?");
  }
  const cardFactor = content.historicalBytes.slice(-CARD_FACTOR_BYTES);
  return { number, region: cardIdentifier.slice(0, 6), cardFactor };
}

/** The card's key under a master, two levels below it. */
export async function administrationKey(
  service: KeyService,
  master: string,
  { region, cardFactor }: CardIdentity,
): Promise<KeyHandle> {
  const factors = [cityFactor(region), cardFactor];
  const parent = await service.open(master);
  if (parent.kind !== "sm4") {
    throw new KeystoreError(
      `key "${master}" is a ${parent.kind} key; an administration key is SM4`,
    );
  }
  return service.derive(parent, { method: "social-security", factors });
}

/** A secure channel to the card's asymmetric application, under the card's own keys or a blank's. */
export async function openIdentity(
  file: string,
  card: Card,
  options: ManageOptions,
): Promise<EnrolmentChannel> {
  const historical = historicalBytes(card.reset()) ?? new Uint8Array();
  const line = poweredCard(card);
  const version = options.keyVersion ?? (await findKeyVersion(line, undefined));
  const { service, keys } = await findKeys(file, version, historical, options);
  await selectApplication(line, "asymmetric application", bytes(AID_PKI));
  const level = LEVEL_C_MAC | LEVEL_C_DECRYPTION;
  const channel = await openSecureChannel(line, service, keys, level);
  return { channel, service, dek: keys.dek };
}
