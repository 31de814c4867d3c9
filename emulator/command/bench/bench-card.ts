// The card that is measured: a file system with free transparent files, and a PIN.

import {
  ACCESS_FREE,
  CONDITIONS_BYTES,
  DGI_7FFF_ACTIVATE,
  DGI_6200_CREATE_FILE,
  DGI_8010_PIN,
  FID_MF,
  FILE_TRANSPARENT,
  P1_SELECT_EF,
  P2_NO_ANSWER,
  TAG_62_FCP,
  TAG_80_SIZE,
  TAG_82_FILE_DESCRIPTOR,
  TAG_83_FILE_IDENTIFIER,
  TAG_86_SECURITY_ATTRIBUTE,
} from "../../../applets/filesystem/spec.ts";
import type { Image } from "../../../assembler/image/types.ts";
import { command, exchange, expectSuccess } from "../../../personalization/apdu.ts";
import { dataGrouping, storeGroupings } from "../../../personalization/batch/store-data.ts";
import { bytes, concat, padZero } from "../../../personalization/bytes.ts";
import type { KeyHandle } from "../../../personalization/keys/key-service.ts";
import { SoftwareKeyService } from "../../../personalization/keys/software-key-service.ts";
import { openSecureChannel } from "../../../personalization/scp03/open.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import { tlv } from "../../../personalization/tlv.ts";
import {
  INS_READ_BINARY,
  INS_SELECT,
  INS_UPDATE_BINARY,
  INS_VERIFY,
  P1_SELECT_BY_NAME,
} from "../../../runtime/spec/instructions.ts";
import { LEVEL_C_DECRYPTION, LEVEL_C_MAC } from "../../../runtime/spec/secure-channel.ts";
import { Card } from "../../card.ts";
import { poweredCard } from "../emulated-blanks.ts";

/** Instance of the file system in the reference image, its module, and the issuer's domain. */
export const FILES = bytes("F0576166657201");
export const FILES_MODULE = "filesystem";
export const ISSUER = bytes("A000000151000000");
const ROOT = Uint8Array.of(FID_MF >> 8, FID_MF & 0xff);
const EF = Uint8Array.of(0x2f, 0x01);
const EF_BYTES = 1024;
const FURTHER_EF_BYTES = 256;
const PIN = bytes("31323334");
/** The PUBLIC transport key of sample blanks, under this version. */
const TRANSPORT_KEY = bytes("404142434445464748494A4B4C4D4E4F");
const TRANSPORT_VERSION = 0xff;

/** A session of the bench's host with an application. */
export interface Session {
  readonly service: SoftwareKeyService;
  readonly key: KeyHandle;
  readonly channel: SecureChannel;
}

export const SELECT = selectOf(FILES);
export const SELECT_EF = command(0, INS_SELECT, P1_SELECT_EF, P2_NO_ANSWER, EF);
export const READ_16 = command(0, INS_READ_BINARY, 0, 0, undefined, 16);
export const READ_256 = command(0, INS_READ_BINARY, 0, 0, undefined, 0);
export const UPDATE_16 = command(0, INS_UPDATE_BINARY, 0, 0, new Uint8Array(16).fill(0x5a));
export const VERIFY = command(0, INS_VERIFY, 0, 0, PIN);

/** The SELECT of an application. */
export function selectOf(aid: Uint8Array): Uint8Array {
  return command(0, INS_SELECT, P1_SELECT_BY_NAME, 0, aid, 0);
}

/** Boots a blank and personalizes its file system through a secure channel. */
export async function makeBenchCard(image: Image): Promise<Card> {
  const card = Card.boot(image, { seed: 1 });
  await personalize(card, FILES, 1);
  return card;
}

/** Selects an application and opens a session with the transport keys. */
export async function openSession(card: Card, aid: Uint8Array, level: number): Promise<Session> {
  const line = poweredCard(card);
  await line.reset();
  expectSuccess("SELECT", await exchange(line, selectOf(aid)));
  const service = new SoftwareKeyService([
    { name: "transport", kind: "aes", value: TRANSPORT_KEY },
  ]);
  const key = await service.open("transport");
  const keys = { version: TRANSPORT_VERSION, enc: key, mac: key, dek: key };
  return { service, key, channel: await openSecureChannel(line, service, keys, level) };
}

/** Gives a file system its PIN and so many transparent files, free for all: EF, and those after it. */
export async function personalize(card: Card, aid: Uint8Array, files: number): Promise<void> {
  const { service, key, channel } = await openSession(card, aid, LEVEL_C_MAC | LEVEL_C_DECRYPTION);
  const pin = await service.encrypt(key, "cbc", padZero(PIN, 16));
  await storeGroupings(channel, [
    ...Array.from({ length: files }, (_, n) => fileGrouping(n)),
    dataGrouping(DGI_8010_PIN, concat(ROOT, Uint8Array.of(0, 3, PIN.length), pin)),
    dataGrouping(DGI_7FFF_ACTIVATE, new Uint8Array()),
  ]);
  card.reset();
}

function fileGrouping(n: number): Uint8Array {
  const [high = 0, low = 0] = EF;
  const size = n === 0 ? EF_BYTES : FURTHER_EF_BYTES;
  const file = concat(
    tlv(TAG_82_FILE_DESCRIPTOR, Uint8Array.of(FILE_TRANSPARENT)),
    tlv(TAG_83_FILE_IDENTIFIER, Uint8Array.of(high, low + n)),
    tlv(TAG_80_SIZE, Uint8Array.of(size >> 8, size & 0xff)),
    tlv(TAG_86_SECURITY_ATTRIBUTE, new Uint8Array(CONDITIONS_BYTES).fill(ACCESS_FREE)),
  );
  return dataGrouping(DGI_6200_CREATE_FILE, concat(ROOT, tlv(TAG_62_FCP, file)));
}
