// A file system for the tests: every kind of file under the root, a named DF with a DF inside.

import {
  ACCESS_FREE,
  DATA_CODING,
  FID_MF,
  FILE_CYCLIC,
  FILE_DF,
  FILE_LINEAR_FIXED,
  FILE_LINEAR_VARIABLE,
  FILE_TRANSPARENT,
  TAG_62_FCP,
  TAG_80_SIZE,
  TAG_82_FILE_DESCRIPTOR,
  TAG_83_FILE_IDENTIFIER,
  TAG_84_DF_NAME,
  TAG_86_SECURITY_ATTRIBUTE,
  TAG_88_SHORT_IDENTIFIER,
} from "../../../applets/filesystem/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import { KEY_USE_ENCRYPT } from "../../../runtime/spec/card-api.ts";
import { CIPHER_AES, CIPHER_SM4, CIPHER_TDES } from "../../../runtime/spec/chip.ts";
import { INS_SELECT } from "../../../runtime/spec/instructions.ts";
import { bytes } from "../../helpers/bytes.ts";
import { accept, apdu, freshCard } from "../../helpers/card.ts";
import {
  ACTIVATE,
  fileGrouping,
  hex8,
  hex16,
  keyGrouping,
  personalize,
  pinGrouping,
  selectApplication,
} from "../../helpers/secure-channel.ts";

/** The instance of the reference profile. */
export const AID_FILES = "F0576166657201";

/** A field of tag, length and value, hex. */
export function tlv(tag: number, value: string): string {
  return (tag > 0xff ? hex16(tag) : hex8(tag)) + hex8(bytes(value).length) + value;
}

/** A condition: mode ‖ PIN ‖ key reference. */
export function condition(mode: number, pin = 0, key = 0): string {
  return hex8(mode) + hex8(pin) + hex8(key);
}

export const FREE = condition(ACCESS_FREE).repeat(3);

export interface FileToMake {
  readonly type: number;
  readonly fid: number;
  readonly size?: number;
  /** Longest record and number of records. */
  readonly records?: readonly [number, number];
  readonly sfi?: number;
  readonly name?: string;
  /** Read, update, append. */
  readonly access?: string;
}

/** The FCP template of a file, hex. */
export function fcp(file: FileToMake): string {
  const { records } = file;
  const descriptor = records
    ? hex8(file.type) + hex8(DATA_CODING) + hex16(records[0]) + hex8(records[1])
    : hex8(file.type);
  const fields = [
    tlv(TAG_82_FILE_DESCRIPTOR, descriptor),
    tlv(TAG_83_FILE_IDENTIFIER, hex16(file.fid)),
    file.size === undefined ? "" : tlv(TAG_80_SIZE, hex16(file.size)),
    file.sfi === undefined ? "" : tlv(TAG_88_SHORT_IDENTIFIER, hex8(file.sfi << 3)),
    file.name === undefined ? "" : tlv(TAG_84_DF_NAME, file.name),
    tlv(TAG_86_SECURITY_ATTRIBUTE, file.access ?? FREE),
  ];
  return tlv(TAG_62_FCP, fields.join(""));
}

export const FID_BINARY = 0x2f01;
export const FID_FIXED = 0x2f02;
export const FID_VARIABLE = 0x2f03;
export const FID_CYCLIC = 0x2f04;
export const FID_LARGE = 0x2f05;
export const FID_DF = 0x5001;
export const FID_OTHER_DF = 0x5002;
export const FID_INNER = 0x6001;
export const DF_NAME = "F05761666572DF01";

export const SFI_BINARY = 1;
export const SFI_FIXED = 2;
export const SFI_VARIABLE = 3;
export const SFI_CYCLIC = 4;
export const SFI_LARGE = 5;

export const BINARY_BYTES = 16;
export const LARGE_BYTES = 2000;
/** Bytes of a record, and how many there may be. */
export const FIXED: readonly [number, number] = [8, 4];
export const VARIABLE: readonly [number, number] = [150, 5];
export const CYCLIC: readonly [number, number] = [4, 3];

/** PIN 00 of the root, PIN 80 (local) of the DF. */
export const ROOT_PIN = "31323334";
export const DF_PIN = "3938373635";
export const PIN_TRIES = 3;

/** Keys of the root; the DF has a key 01 of its own. */
export const AES_KEY = { reference: 0x01, cipher: CIPHER_AES, value: "a1".repeat(16) } as const;
export const TDES_KEY = {
  reference: 0x02,
  cipher: CIPHER_TDES,
  value: "0123456789abcdef23456789abcdef01",
} as const;
export const SM4_KEY = { reference: 0x03, cipher: CIPHER_SM4, value: "b3".repeat(16) } as const;
export const DF_KEY = { reference: 0x81, cipher: CIPHER_AES, value: "c1".repeat(16) } as const;
export const KEY_TRIES = 3;

const KEY = { uses: KEY_USE_ENCRYPT, tries: KEY_TRIES } as const;

/** The groupings that make the tree, not yet activated. */
export const TREE: readonly string[] = [
  fileGrouping(
    FID_MF,
    fcp({ type: FILE_TRANSPARENT, fid: FID_BINARY, size: BINARY_BYTES, sfi: SFI_BINARY }),
  ),
  fileGrouping(
    FID_MF,
    fcp({ type: FILE_LINEAR_FIXED, fid: FID_FIXED, records: FIXED, sfi: SFI_FIXED }),
  ),
  fileGrouping(
    FID_MF,
    fcp({ type: FILE_LINEAR_VARIABLE, fid: FID_VARIABLE, records: VARIABLE, sfi: SFI_VARIABLE }),
  ),
  fileGrouping(
    FID_MF,
    fcp({ type: FILE_CYCLIC, fid: FID_CYCLIC, records: CYCLIC, sfi: SFI_CYCLIC }),
  ),
  fileGrouping(
    FID_MF,
    fcp({ type: FILE_TRANSPARENT, fid: FID_LARGE, size: LARGE_BYTES, sfi: SFI_LARGE }),
  ),
  fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: FID_DF, name: DF_NAME })),
  fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: FID_OTHER_DF })),
  fileGrouping(FID_DF, fcp({ type: FILE_TRANSPARENT, fid: FID_INNER, size: 5, sfi: 1 })),
  pinGrouping(FID_MF, 0x00, PIN_TRIES, ROOT_PIN),
  pinGrouping(FID_DF, 0x80, PIN_TRIES, DF_PIN),
  keyGrouping({ df: FID_MF, ...KEY, ...AES_KEY }),
  keyGrouping({ df: FID_MF, ...KEY, ...TDES_KEY }),
  keyGrouping({ df: FID_MF, ...KEY, ...SM4_KEY }),
  keyGrouping({ df: FID_DF, ...KEY, ...DF_KEY }),
];

/** A card with the tree and what else is asked for, activated, reset, the file system selected. */
export async function cardWithFiles(more: readonly string[] = []): Promise<Card> {
  const card = await freshCard();
  await personalize(card, AID_FILES, [...TREE, ...more, ACTIVATE]);
  card.reset();
  accept(card, selectApplication(AID_FILES));
  return card;
}

export const P1_BY_FID = 0x00;
export const P1_CHILD_DF = 0x01;
export const P1_EF = 0x02;
export const P1_PARENT = 0x03;
export const P1_BY_NAME = 0x04;
export const P1_PATH_FROM_MF = 0x08;
export const P1_PATH_FROM_DF = 0x09;
export const P2_FCI = 0x00;
export const P2_FCP = 0x04;
export const P2_NOTHING = 0x0c;

/** SELECT by file identifier, without an answer. */
export function selectFid(fid: number, p1: number = P1_BY_FID): Uint8Array {
  return apdu(0x00, INS_SELECT, p1, P2_NOTHING, hex16(fid));
}
