// The card that is measured: a file system with a free transparent file, and a PIN.

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
import { SoftwareKeyService } from "../../../personalization/keys/software-key-service.ts";
import { openSecureChannel } from "../../../personalization/scp03/open.ts";
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

/** Instance of the file system in the reference image. */
const AID = bytes("F0576166657201");
const EF = Uint8Array.of(0x2f, 0x01);
const EF_BYTES = 1024;
const PIN = bytes("31323334");
/** The PUBLIC transport key of sample blanks, under this version. */
const TRANSPORT_KEY = bytes("404142434445464748494A4B4C4D4E4F");
const TRANSPORT_VERSION = 0xff;

export const SELECT = command(0, INS_SELECT, P1_SELECT_BY_NAME, 0, AID, 0);
export const SELECT_EF = command(0, INS_SELECT, P1_SELECT_EF, P2_NO_ANSWER, EF);
export const READ_16 = command(0, INS_READ_BINARY, 0, 0, undefined, 16);
export const READ_256 = command(0, INS_READ_BINARY, 0, 0, undefined, 0);
export const UPDATE_16 = command(0, INS_UPDATE_BINARY, 0, 0, new Uint8Array(16).fill(0x5a));
export const VERIFY = command(0, INS_VERIFY, 0, 0, PIN);

/** Boots a blank and personalizes it through its secure channel. */
export async function makeBenchCard(image: Image): Promise<Card> {
  const card = Card.boot(image, { seed: 1 });
  const line = poweredCard(card);
  await line.reset();
  expectSuccess("SELECT", await exchange(line, SELECT));
  const service = new SoftwareKeyService([
    { name: "transport", kind: "aes", value: TRANSPORT_KEY },
  ]);
  const key = await service.open("transport");
  const keys = { version: TRANSPORT_VERSION, enc: key, mac: key, dek: key };
  const level = LEVEL_C_MAC | LEVEL_C_DECRYPTION;
  const channel = await openSecureChannel(line, service, keys, level);
  const pin = await service.encrypt(key, "cbc", padZero(PIN, 16));
  const root = Uint8Array.of(FID_MF >> 8, FID_MF & 0xff);
  const file = concat(
    tlv(TAG_82_FILE_DESCRIPTOR, Uint8Array.of(FILE_TRANSPARENT)),
    tlv(TAG_83_FILE_IDENTIFIER, EF),
    tlv(TAG_80_SIZE, Uint8Array.of(EF_BYTES >> 8, EF_BYTES & 0xff)),
    tlv(TAG_86_SECURITY_ATTRIBUTE, new Uint8Array(CONDITIONS_BYTES).fill(ACCESS_FREE)),
  );
  await storeGroupings(channel, [
    dataGrouping(DGI_6200_CREATE_FILE, concat(root, tlv(TAG_62_FCP, file))),
    dataGrouping(DGI_8010_PIN, concat(root, Uint8Array.of(0, 3, PIN.length), pin)),
    dataGrouping(DGI_7FFF_ACTIVATE, new Uint8Array()),
  ]);
  await line.reset();
  return card;
}
