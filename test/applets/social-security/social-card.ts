// A social security card of an invented person for the tests, made by data groupings; and the terminal.

import { createCipheriv } from "node:crypto";
import {
  ACCESS_FREE,
  ACCESS_KEY,
  ACCESS_NEVER,
  DGI_7001_TRANSPARENT_DATA,
  DGI_7002_RECORD,
  FID_MF,
  FILE_LINEAR_VARIABLE,
  FILE_TRANSPARENT,
} from "../../../applets/filesystem/spec.ts";
import {
  AID_SSSE,
  FID_EF05_ISSUANCE,
  FID_EF06_CARDHOLDER,
  FID_EF08_PORTRAIT,
  KEY_IRK,
  KEY_RKSSSE,
  KEY_UKSSSE,
  PIN_SSSE,
  PORTRAIT_BYTES,
  SFI_CARDHOLDER,
  SFI_ISSUANCE,
  SFI_PORTRAIT,
  TAG_0A_SEX,
  TAG_0B_ETHNIC_GROUP,
  TAG_0C_BIRTHPLACE,
  TAG_0D_BIRTH_DATE,
  TAG_4E_NAME_EXTENSION,
  TAG_01_CARD_IDENTIFIER,
  TAG_02_CARD_CATEGORY,
  TAG_03_SPECIFICATION_VERSION,
  TAG_04_ISSUER_IDENTIFIER,
  TAG_05_ISSUE_DATE,
  TAG_06_EXPIRY_DATE,
  TAG_07_CARD_NUMBER,
  TAG_08_SOCIAL_SECURITY_NUMBER,
  TAG_09_NAME,
} from "../../../applets/social-security/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import { KEY_USE_DERIVE } from "../../../runtime/spec/card-api.ts";
import { CIPHER_SM4 } from "../../../runtime/spec/chip.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_SELECT,
} from "../../../runtime/spec/instructions.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept, apdu, freshCard } from "../../helpers/card.ts";
import {
  ACTIVATE,
  fileGrouping,
  grouping,
  hex16,
  keyGrouping,
  personalize,
  pinGrouping,
  selectApplication,
} from "../../helpers/secure-channel.ts";
import { condition, fcp, tlv } from "../filesystem/file-tree.ts";

/** Values of the check vectors: card keys and the toy key of the vectors are told apart by name. */
export const KEYS = {
  irk: { reference: KEY_IRK, value: "0011223344556677889900aabbccddee" },
  uksse: { reference: KEY_UKSSSE, value: "1021324354657687980a1b2c3d4e5f60" },
  rkssse: { reference: KEY_RKSSSE, value: "f0e1d2c3b4a5968778695a4b3c2d1e0f" },
} as const;
export const KEY_TRIES = 3;
export const PIN = "123456";
export const PIN_TRIES = 3;

const full = (value: string, length: number) => value.padEnd(2 * length, "0");

/** Records at full length: tag, length, value. */
export const ISSUANCE: readonly string[] = [
  tlv(TAG_01_CARD_IDENTIFIER, "519900D15600000500000001AABBCCDD"),
  tlv(TAG_02_CARD_CATEGORY, "33"),
  tlv(TAG_03_SPECIFICATION_VERSION, "332E3030"),
  tlv(TAG_04_ISSUER_IDENTIFIER, "915600000251990051990001"),
  tlv(TAG_05_ISSUE_DATE, "20260101"),
  tlv(TAG_06_EXPIRY_DATE, "20360101"),
  tlv(TAG_07_CARD_NUMBER, "443231343335363958"),
];
export const CARDHOLDER: readonly string[] = [
  tlv(TAG_08_SOCIAL_SECURITY_NUMBER, "353139393030313939303031303130303158".slice(0, 36)),
  tlv(TAG_09_NAME, full("B2E2CAD4", 0x1e)),
  tlv(TAG_4E_NAME_EXTENSION, full("", 0x14)),
  tlv(TAG_0A_SEX, "31"),
  tlv(TAG_0B_ETHNIC_GROUP, "01"),
  tlv(TAG_0C_BIRTHPLACE, "519900"),
  tlv(TAG_0D_BIRTH_DATE, "19900101"),
];
export const PORTRAIT: Uint8Array = Uint8Array.from(
  { length: PORTRAIT_BYTES },
  (_, i) => (i * 5 + (i >> 8)) & 0xff,
);

const UPDATE = condition(ACCESS_KEY, 0, KEY_UKSSSE);
const NEVER = condition(ACCESS_NEVER);
const guarded = condition(ACCESS_KEY, 0, KEY_RKSSSE) + UPDATE + NEVER;
const records = { type: FILE_LINEAR_VARIABLE, records: [0x52, 7] } as const;
const key = { df: FID_MF, cipher: CIPHER_SM4, uses: KEY_USE_DERIVE, tries: KEY_TRIES } as const;

/** The groupings that make the card, not yet activated. */
export const GROUPINGS: readonly string[] = [
  fileGrouping(
    FID_MF,
    fcp({
      ...records,
      fid: FID_EF05_ISSUANCE,
      sfi: SFI_ISSUANCE,
      access: condition(ACCESS_FREE) + UPDATE + NEVER,
    }),
  ),
  fileGrouping(
    FID_MF,
    fcp({ ...records, fid: FID_EF06_CARDHOLDER, sfi: SFI_CARDHOLDER, access: guarded }),
  ),
  fileGrouping(
    FID_MF,
    fcp({
      type: FILE_TRANSPARENT,
      fid: FID_EF08_PORTRAIT,
      size: PORTRAIT_BYTES,
      sfi: SFI_PORTRAIT,
      access: guarded,
    }),
  ),
  ...ISSUANCE.map((one) =>
    grouping(DGI_7002_RECORD, `${hex16(FID_MF)}${hex16(FID_EF05_ISSUANCE)}${one}`),
  ),
  ...CARDHOLDER.map((one) =>
    grouping(DGI_7002_RECORD, `${hex16(FID_MF)}${hex16(FID_EF06_CARDHOLDER)}${one}`),
  ),
  ...portraitGroupings(),
  keyGrouping({ ...key, ...KEYS.irk, tries: 0 }),
  keyGrouping({ ...key, ...KEYS.uksse }),
  keyGrouping({ ...key, ...KEYS.rkssse }),
  pinGrouping(FID_MF, PIN_SSSE, PIN_TRIES, PIN),
];

function portraitGroupings(): string[] {
  const groupings: string[] = [];
  for (let at = 0; at < PORTRAIT_BYTES; at += 200) {
    const where = `${hex16(FID_MF)}${hex16(FID_EF08_PORTRAIT)}${hex16(at)}`;
    groupings.push(
      grouping(DGI_7001_TRANSPARENT_DATA, where + hex(PORTRAIT.subarray(at, at + 200))),
    );
  }
  return groupings;
}

/** A personalized card, reset, the application selected. */
export async function socialCard(more: readonly string[] = []): Promise<Card> {
  const card = await freshCard();
  await personalize(card, AID_SSSE, [...GROUPINGS, ...more, ACTIVATE]);
  card.reset();
  accept(card, selectApplication(AID_SSSE));
  return card;
}

/** SM4 of one block, by Node's OpenSSL: not the code that the card runs its rules with. */
function sm4(value: string, block: Uint8Array): Uint8Array {
  return createCipheriv("sm4-ecb", bytes(value), null).setAutoPadding(false).update(block);
}

function padded(data: Uint8Array): Uint8Array {
  const block = new Uint8Array(16);
  block.set(data);
  return block;
}

/** Authentication data: SK = E_K(R ‖ 0), X = E_SK(original ‖ 0), its halves XORed. Part 4, 8 and 9. */
export function authenticationData(
  value: string,
  factor: Uint8Array,
  original: Uint8Array,
): string {
  const session = sm4(value, padded(factor));
  const x = sm4(hex(session), padded(original));
  return hex(x.slice(0, 8).map((byte, i) => byte ^ x[8 + i]!));
}

/** The terminal's two random numbers come from the card as well: the last one is the factor. */
export function challenge(card: Card, length = 8): Uint8Array {
  return accept(card, apdu(0, INS_GET_CHALLENGE, 0, 0, "", length));
}

/** EXTERNAL AUTHENTICATE with the right answer to a new challenge. */
export function proof(card: Card, reference: number, value: string, length = 8): Uint8Array {
  const original = challenge(card);
  const factor = challenge(card, length);
  const data = authenticationData(value, factor, original) + hex(original);
  return apdu(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, data);
}

export const selectEf = (fid: number): Uint8Array => apdu(0, INS_SELECT, 0x02, 0x00, hex16(fid));
