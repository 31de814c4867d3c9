// A card with the asymmetric application for the tests: its tree, a PIN, the issuer's key, a key pair.

import { createCipheriv } from "node:crypto";
import {
  ACCESS_FREE,
  ACCESS_KEY,
  ACCESS_NEVER,
  FID_MF,
  FILE_DF,
  FILE_TRANSPARENT,
} from "../../../applets/filesystem/spec.ts";
import {
  AID_PKI,
  CERTIFICATE_FILE_BYTES,
  FID_CERTIFICATE_ADF,
  FID_SIGNING_CERTIFICATE,
  FID_SIGNING_PUBLIC_KEY,
  INS_GENERATE_ASYMMETRIC_KEY_PAIR,
  INS_PERFORM_SECURITY_OPERATION,
  KEY_ADMINISTRATION,
  KEY_SIGNING,
  NAME_CERTIFICATE_ADF,
  P1_DIGITAL_SIGNATURE,
  P1_GENERATE,
  P2_DIGEST,
  PIN_SIGNING,
  PUBLIC_KEY_FILE_BYTES,
  SFI_SIGNING_CERTIFICATE,
  SFI_SIGNING_PUBLIC_KEY,
  TAG_84_PRIVATE_KEY,
  TAG_B6_DIGITAL_SIGNATURE,
} from "../../../applets/identity/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import type { SecureChannel } from "../../../personalization/scp03/secure-channel.ts";
import { KEY_USE_ENCRYPT } from "../../../runtime/spec/card-api.ts";
import { CIPHER_SM4 } from "../../../runtime/spec/chip.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_READ_BINARY,
  INS_VERIFY,
} from "../../../runtime/spec/instructions.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu, freshCard } from "../../helpers/card.ts";
import {
  ACTIVATE,
  fileGrouping,
  hex8,
  keyGrouping,
  personalize,
  pinGrouping,
  selectApplication,
  storeData,
  through,
} from "../../helpers/secure-channel.ts";
import { condition, fcp, P1_CHILD_DF, selectFid, tlv } from "../filesystem/file-tree.ts";

/** "123456" and "87654321" as PIN blocks. */
export const PIN = "313233343536ffff";
export const NEW_PIN = "3837363534333231";
export const WRONG_PIN = "313233343537ffff";
export const PIN_TRIES = 3;
export const ADMINISTRATION = "5a".repeat(16);
const KEY_TRIES = 3;

const administrator = condition(ACCESS_KEY, 0, KEY_ADMINISTRATION);
const access = condition(ACCESS_FREE) + administrator + condition(ACCESS_NEVER);
const file = { type: FILE_TRANSPARENT, access } as const;

/** The groupings that make the tree; without a key pair, not yet activated. */
export const TREE: readonly string[] = [
  fileGrouping(
    FID_MF,
    fcp({
      type: FILE_DF,
      fid: FID_CERTIFICATE_ADF,
      name: NAME_CERTIFICATE_ADF,
      access: condition(ACCESS_NEVER).repeat(3),
    }),
  ),
  fileGrouping(
    FID_CERTIFICATE_ADF,
    fcp({
      ...file,
      fid: FID_SIGNING_PUBLIC_KEY,
      size: PUBLIC_KEY_FILE_BYTES,
      sfi: SFI_SIGNING_PUBLIC_KEY,
    }),
  ),
  fileGrouping(
    FID_CERTIFICATE_ADF,
    fcp({
      ...file,
      fid: FID_SIGNING_CERTIFICATE,
      size: CERTIFICATE_FILE_BYTES,
      sfi: SFI_SIGNING_CERTIFICATE,
    }),
  ),
  pinGrouping(FID_CERTIFICATE_ADF, PIN_SIGNING, PIN_TRIES, PIN),
  keyGrouping({
    df: FID_CERTIFICATE_ADF,
    reference: KEY_ADMINISTRATION,
    cipher: CIPHER_SM4,
    uses: KEY_USE_ENCRYPT,
    tries: KEY_TRIES,
    value: ADMINISTRATION,
  }),
];

export const selectAdf: Uint8Array = selectFid(FID_CERTIFICATE_ADF, P1_CHILD_DF);
export const readPublicKey: Uint8Array = apdu(
  0,
  INS_READ_BINARY,
  0x80 | SFI_SIGNING_PUBLIC_KEY,
  0,
  "",
  0,
);

/** GENERATE of the signing pair, or with what else is given. */
export function generate({
  cla = 0,
  p1 = P1_GENERATE as number,
  p2 = 0,
  data = tlv(TAG_B6_DIGITAL_SIGNATURE, tlv(TAG_84_PRIVATE_KEY, hex8(KEY_SIGNING))),
} = {}): Uint8Array {
  return apdu(cla, INS_GENERATE_ASYMMETRIC_KEY_PAIR, p1, p2, data, 0);
}

/** VERIFY of a PIN block, hex. */
export function verify(block: string, p2: number = PIN_SIGNING, p1 = 0): Uint8Array {
  return apdu(0, INS_VERIFY, p1, p2, block);
}

/** COMPUTE DIGITAL SIGNATURE over a digest, hex. */
export function sign(
  digest: string,
  p1: number = P1_DIGITAL_SIGNATURE,
  p2: number = P2_DIGEST,
): Uint8Array {
  return apdu(0, INS_PERFORM_SECURITY_OPERATION, p1, p2, digest, 0);
}

/** Proves the issuer to the card: its challenge under the administration key. */
export function authenticate(card: Card, value: string = ADMINISTRATION): Uint8Array {
  const challenge = accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", 16));
  const cipher = createCipheriv("sm4-ecb", bytes(value), null).setAutoPadding(false);
  const proof = hex(cipher.update(challenge));
  return apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, KEY_ADMINISTRATION, proof);
}

/** A card whose application has its tree; the channel that made it is still open. */
export async function cardBeingMade(): Promise<{ card: Card; channel: SecureChannel }> {
  const card = await freshCard();
  const channel = await personalize(card, AID_PKI, TREE);
  return { card, channel };
}

/** A personalized card with a key pair, reset, its DF selected; and its public point x ‖ y. */
export async function identityCard(): Promise<{ card: Card; publicKey: string }> {
  const { card, channel } = await cardBeingMade();
  through(card, channel, selectAdf);
  const answer = through(card, channel, generate());
  through(card, channel, storeData(TREE.length, ACTIVATE));
  reselect(card);
  return { card, publicKey: hex(answer.slice(-64)) };
}

/** Resets the card and selects the DF of the certificate. */
export function reselect(card: Card): void {
  card.reset();
  accept(card, selectApplication(AID_PKI));
  accept(card, selectAdf);
}
