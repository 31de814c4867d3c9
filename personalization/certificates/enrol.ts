// Enrols a card: its tree, a key pair made on it, the issuer's certificate, the holder's PIN.

import {
  ACCESS_FREE,
  ACCESS_KEY,
  ACCESS_NEVER,
  DGI_7FFF_ACTIVATE,
  DGI_6200_CREATE_FILE,
  DGI_7001_TRANSPARENT_DATA,
  DGI_8000_KEY,
  DGI_8010_PIN,
  FID_MF,
  FILE_DF,
  FILE_TRANSPARENT,
  STORE_DATA_FORMAT_DGI,
  TAG_62_FCP,
  TAG_80_SIZE,
  TAG_82_FILE_DESCRIPTOR,
  TAG_83_FILE_IDENTIFIER,
  TAG_84_DF_NAME,
  TAG_86_SECURITY_ATTRIBUTE,
  TAG_88_SHORT_IDENTIFIER,
} from "../../applets/filesystem/spec.ts";
import {
  CERTIFICATE_FILE_BYTES,
  FID_CERTIFICATE_ADF,
  FID_SIGNING_CERTIFICATE,
  FID_SIGNING_PUBLIC_KEY,
  INS_GENERATE_ASYMMETRIC_KEY_PAIR,
  KEY_ADMINISTRATION,
  KEY_SIGNING,
  NAME_CERTIFICATE_ADF,
  P1_GENERATE,
  PIN_SIGNING,
  PUBLIC_KEY_FILE_BYTES,
  SFI_SIGNING_CERTIFICATE,
  SFI_SIGNING_PUBLIC_KEY,
  TAG_7F49_PUBLIC_KEY,
  TAG_84_PRIVATE_KEY,
  TAG_86_POINT,
  TAG_B6_DIGITAL_SIGNATURE,
} from "../../applets/identity/spec.ts";
import { KEY_USE_ENCRYPT } from "../../runtime/spec/card-api.ts";
import { CIPHER_SM4 } from "../../runtime/spec/chip.ts";
import { CLA_PROPRIETARY, INS_STORE_DATA } from "../../runtime/spec/instructions.ts";
import { SW_CONDITIONS_NOT_SATISFIED, SW_FILE_EXISTS } from "../../runtime/spec/status-words.ts";
import { command, expectSuccess, LE_ALL } from "../apdu.ts";
import { dataGrouping } from "../batch/store-data.ts";
import { bytes, concat, equal, hex, padZero } from "../bytes.ts";
import type { Card } from "../card.ts";
import { VerificationError } from "../errors.ts";
import type { KeyHandle, KeyService } from "../keys/key-service.ts";
import type { SecureChannel } from "../scp03/secure-channel.ts";
import { tlv } from "../tlv.ts";
import {
  pinBlock,
  readCertificateFile,
  SELECT_ADF,
  selectIdentity,
  signDigest,
  verifyPin,
} from "./card.ts";
import type { Certificate } from "./certificate.ts";
import { CertificateError } from "./errors.ts";
import type { Issuer } from "./issuer.ts";
import { digestToSign, isSigned, pointOf } from "./sm2.ts";

/** Bytes of a block cipher under which secrets are sent. */
const BLOCK_BYTES = 16;
const ADMINISTRATION_TRIES = 15;
/** DF ‖ EF ‖ offset, in front of bytes for a transparent file. */
const PLACE_BYTES = 6;

export interface Enrolment {
  /** What names the card in its certificate: its number. */
  readonly card: string;
  readonly pin: string;
  readonly pinTries: number;
  readonly now: Date;
  /** Days that the certificate holds. */
  readonly days?: number;
  /**
   * The card's own SM4 key for administration: with it the issuer renews pair and certificate and gives
   * a new PIN; without it none of that can ever be done.
   */
  readonly administration?: KeyHandle;
}

/** An open secure channel to the card's asymmetric application, and what enciphers secrets in it. */
export interface EnrolmentChannel {
  readonly channel: SecureChannel;
  readonly service: KeyService;
  readonly dek: KeyHandle;
}

/**
 * Enrols a card and reads it back: the certificate, the PIN and a signature. After an interruption it is
 * run again and makes another pair; the certificate of the first is revoked.
 */
export async function enrolCard(
  card: Card,
  { channel, service, dek }: EnrolmentChannel,
  issuer: Issuer,
  enrolment: Enrolment,
): Promise<Certificate> {
  const { administration, pin, now } = enrolment;
  const block = pinBlock(pin);
  const store = (name: string, dgi: number, value: Uint8Array, accepted: number[] = []) =>
    storeOne(channel, name, dataGrouping(dgi, value), accepted);
  for (const file of tree(administration !== undefined)) {
    await store("file", DGI_6200_CREATE_FILE, file, [SW_FILE_EXISTS]);
  }
  if (administration !== undefined) {
    const head = [
      KEY_ADMINISTRATION,
      CIPHER_SM4,
      KEY_USE_ENCRYPT,
      ADMINISTRATION_TRIES,
      BLOCK_BYTES,
    ];
    const value = await service.wrap(dek, administration);
    const key = concat(fid(FID_CERTIFICATE_ADF), Uint8Array.from(head), value);
    await store("administration key", DGI_8000_KEY, key, [SW_FILE_EXISTS]);
  }
  const publicKey = await generate(channel);
  await issuer.revoke(enrolment.card, "replaced", now);
  const certificate = await issuer.certify(enrolment.card, publicKey, now, enrolment.days);
  await writeCertificate(certificate.der, channel.maxData, store);
  const secret = await service.encrypt(dek, "cbc", padZero(block, BLOCK_BYTES));
  const pinHead = Uint8Array.of(PIN_SIGNING, enrolment.pinTries, block.length);
  const pinData = concat(fid(FID_CERTIFICATE_ADF), pinHead, secret);
  await store("PIN", DGI_8010_PIN, pinData, [SW_FILE_EXISTS]);
  await store("ACTIVATE", DGI_7FFF_ACTIVATE, new Uint8Array());
  await readBack(card, certificate, pin);
  return certificate;
}

type Store = (name: string, dgi: number, value: Uint8Array) => Promise<void>;

async function storeOne(
  channel: SecureChannel,
  name: string,
  grouping: Uint8Array,
  accepted: readonly number[],
): Promise<void> {
  // Each block is a first one: what is there already ends a block.
  const store = command(CLA_PROPRIETARY, INS_STORE_DATA, STORE_DATA_FORMAT_DGI, 0, grouping);
  const response = await channel.transmit(store);
  if (response.sw === SW_CONDITIONS_NOT_SATISFIED) {
    throw new CertificateError("the card was enrolled already");
  }
  expectSuccess(`STORE DATA ${name}`, response, accepted);
}

function fid(identifier: number): Uint8Array {
  return Uint8Array.of(identifier >> 8, identifier & 0xff);
}

/** Parent ‖ FCP of the DF and its two files. */
function tree(administrated: boolean): Uint8Array[] {
  const free = [ACCESS_FREE, 0, 0];
  const never = [ACCESS_NEVER, 0, 0];
  const issuers = administrated ? [ACCESS_KEY, 0, KEY_ADMINISTRATION] : never;
  const file = (identifier: number, sfi: number, size: number) =>
    concat(
      fid(FID_CERTIFICATE_ADF),
      fcp([
        tlv(TAG_82_FILE_DESCRIPTOR, Uint8Array.of(FILE_TRANSPARENT)),
        tlv(TAG_83_FILE_IDENTIFIER, fid(identifier)),
        tlv(TAG_80_SIZE, fid(size)),
        tlv(TAG_88_SHORT_IDENTIFIER, Uint8Array.of(sfi << 3)),
        tlv(TAG_86_SECURITY_ATTRIBUTE, Uint8Array.of(...free, ...issuers, ...never)),
      ]),
    );
  const df = fcp([
    tlv(TAG_82_FILE_DESCRIPTOR, Uint8Array.of(FILE_DF)),
    tlv(TAG_83_FILE_IDENTIFIER, fid(FID_CERTIFICATE_ADF)),
    tlv(TAG_84_DF_NAME, bytes(NAME_CERTIFICATE_ADF)),
    tlv(TAG_86_SECURITY_ATTRIBUTE, Uint8Array.of(...never, ...never, ...never)),
  ]);
  return [
    concat(fid(FID_MF), df),
    file(FID_SIGNING_PUBLIC_KEY, SFI_SIGNING_PUBLIC_KEY, PUBLIC_KEY_FILE_BYTES),
    file(FID_SIGNING_CERTIFICATE, SFI_SIGNING_CERTIFICATE, CERTIFICATE_FILE_BYTES),
  ];
}

function fcp(fields: readonly Uint8Array[]): Uint8Array {
  return tlv(TAG_62_FCP, concat(...fields));
}

/** Has the card make its pair; the public point. */
async function generate(channel: SecureChannel): Promise<Uint8Array> {
  expectSuccess("SELECT DF", await channel.transmit(SELECT_ADF));
  const reference = tlv(TAG_84_PRIVATE_KEY, Uint8Array.of(KEY_SIGNING));
  const ins = INS_GENERATE_ASYMMETRIC_KEY_PAIR;
  const template = tlv(TAG_B6_DIGITAL_SIGNATURE, reference);
  const request = command(0x00, ins, P1_GENERATE, 0x00, template, LE_ALL);
  const answer = expectSuccess("GENERATE KEY PAIR", await channel.transmit(request));
  const expected = tlv(TAG_7F49_PUBLIC_KEY, tlv(TAG_86_POINT, answer.subarray(-65)));
  const point = equal(answer, expected) ? pointOf(answer.subarray(-65)) : undefined;
  if (point === undefined) throw new VerificationError("the card's public key is no point");
  return point;
}

async function writeCertificate(der: Uint8Array, maxData: number, store: Store): Promise<void> {
  if (der.length > CERTIFICATE_FILE_BYTES) {
    throw new CertificateError(`a certificate of ${der.length} bytes does not fit the card's file`);
  }
  // DGI and its short length in front.
  const part = Math.min(maxData, 0xfe) - 3 - PLACE_BYTES;
  for (let at = 0; at < der.length; at += part) {
    const place = concat(fid(FID_CERTIFICATE_ADF), fid(FID_SIGNING_CERTIFICATE), fid(at));
    const data = concat(place, der.subarray(at, at + part));
    await store("certificate", DGI_7001_TRANSPARENT_DATA, data);
  }
}

async function readBack(card: Card, certificate: Certificate, pin: string): Promise<void> {
  await card.reset();
  await selectIdentity(card);
  if (hex(await readCertificateFile(card)) !== hex(certificate.der)) {
    throw new VerificationError("the card's certificate differs from the one written");
  }
  await verifyPin(card, pin).catch((error: Error) => {
    // A PIN that is there is kept: that of an enrolment that was broken off at its very end.
    throw new VerificationError(`the card does not have this PIN: ${error.message}`);
  });
  const message = certificate.der;
  const signature = await signDigest(card, digestToSign(certificate.publicKey, message));
  if (!isSigned(certificate.publicKey, message, signature)) {
    throw new VerificationError("the card does not sign with the key of its certificate");
  }
}
