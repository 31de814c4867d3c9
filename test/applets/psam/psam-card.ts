// A PSAM for the tests: both environments, toy keys on every level, made by data groupings.

import { fileURLToPath } from "node:url";
import {
  ACCESS_FREE,
  ACCESS_KEY,
  ACCESS_NEVER,
  DGI_7001_TRANSPARENT_DATA,
  DGI_7002_RECORD,
  FID_MF,
  FILE_DF,
  FILE_LINEAR_VARIABLE,
  FILE_TRANSPARENT,
} from "../../../applets/filesystem/spec.ts";
import {
  AID_DES_ENVIRONMENT,
  AID_PSAM,
  AID_SM4_ENVIRONMENT,
  ALGORITHM_SM4,
  ALGORITHM_TDES,
  CLA_PSAM,
  DGI_0086_ALGORITHM,
  DGI_8001_USER_CARD_KEY,
  FID_APPLICATION,
  FID_CITY,
  FID_DIRECTORY,
  FID_NATIONAL,
  FID_PROVINCIAL,
  FID_PUBLIC,
  FID_SEQUENCE,
  FID_TERMINAL,
  INS_CIPHER_DATA,
  INS_CREDIT_SAM_FOR_PURCHASE,
  INS_DELIVER_SESSION_KEY,
  INS_INIT_SAM_FOR_PURCHASE,
  KEY_CITY,
  KEY_DDF_MASTER,
  KEY_DES,
  KEY_NATIONAL,
  KEY_PROVINCIAL,
  KEY_SM4,
  KEY_TDES,
  P1_INIT_SAM_FOR_PURCHASE,
  SEQUENCE_BYTES,
  USAGE_LEVEL_SHIFT,
} from "../../../applets/psam/spec.ts";
import { buildFromProfile } from "../../../assembler/build.ts";
import { defaultCache } from "../../../assembler/compiler/cache.ts";
import type { Image } from "../../../assembler/image/types.ts";
import type { Card } from "../../../emulator/card.ts";
import { KEY_USE_DERIVE } from "../../../runtime/spec/card-api.ts";
import { CIPHER_SM4, CIPHER_TDES } from "../../../runtime/spec/chip.ts";
import {
  CLA_PROPRIETARY,
  INS_READ_BINARY,
  INS_SELECT,
} from "../../../runtime/spec/instructions.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, freshCard } from "../../helpers/card.ts";
import {
  ACTIVATE,
  fileGrouping,
  grouping,
  hex8,
  hex16,
  keyGrouping,
  personalize,
  selectApplication,
  underDek,
} from "../../helpers/secure-channel.ts";
import { condition, fcp, tlv } from "../filesystem/file-tree.ts";
import { type Algorithm, BLOCK } from "./rules.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
let built: Promise<Image> | undefined;

/** The image of `assembler/profiles/psam.yaml`. */
export function psamImage(): Promise<Image> {
  const profile = `${ROOT}assembler/profiles/psam.yaml`;
  built ??= buildFromProfile(profile, { root: ROOT, cache: defaultCache(ROOT) });
  return built;
}

export const ALGORITHMS: readonly Algorithm[] = ["tdes", "sm4"];
export const AIDS: Readonly<Record<Algorithm, string>> = {
  tdes: AID_DES_ENVIRONMENT,
  sm4: AID_SM4_ENVIRONMENT,
};

/** Factors of the check vectors, the card's first, as commands carry them. */
export const FACTORS: readonly string[] = [
  "60519900000001AC",
  "3531393930307378",
  "3531303030307368",
];
/** Key of a province of the check vectors, and another one. */
export const PROVINCE_KEY = "0123456789ABCDEFFEDCBA9876543210";
export const OTHER_KEY = "1021324354657687980A1B2C3D4E5F60";
export const SINGLE_KEY = "404152637485A6B7";
export const OWN_KEY = "C0C1C2C3C4C5C6C7D8D9DADBDCDDDEDF";
export const OWN_TRIES = 3;

export const SERIAL = "91560000020000000017";
export const PUBLIC = `01${SERIAL}0201AABB`;
export const TERMINAL = "519900000001";
/** Terminal transaction number that the first purchase takes. */
export const FIRST_SEQUENCE = 0x0001fffe;

/** Usage byte of a key. */
export const usage = (level: number, type: number): number => (level << USAGE_LEVEL_SHIFT) | type;

/** DGI_8001 of a key for user cards, of 16 bytes; a key of 8 is sent twice, as single DES. */
export function userCardKey(
  algorithm: Algorithm,
  use: number,
  id: number,
  value: string,
  change: { readonly algorithm?: number; readonly rights?: string; readonly length?: number } = {},
): string {
  const single = value.length === 16;
  const own = algorithm === "sm4" ? KEY_SM4 : single ? KEY_DES : KEY_TDES;
  const record = [use, id, change.algorithm ?? own].map(hex8).join("");
  const length = hex8(change.length ?? 16);
  const sealed = underDek(single ? value + value : value);
  return grouping(DGI_8001_USER_CARD_KEY, record + (change.rights ?? "0000") + length + sealed);
}

function binary(df: number, fid: number, content: string, update: string): string[] {
  const size = content.length / 2;
  const access = condition(ACCESS_FREE) + update + condition(ACCESS_NEVER);
  const sfi = fid & 0x1f;
  return [
    fileGrouping(df, fcp({ type: FILE_TRANSPARENT, fid, size, sfi, access })),
    grouping(DGI_7001_TRANSPARENT_DATA, hex16(df) + hex16(fid) + hex16(0) + content),
  ];
}

const withKey = (reference: number) => condition(ACCESS_KEY, 0, reference);
export const LEVEL_FILE = "0101" + "20260101" + "20360101";

/** The tree of an environment, without keys for user cards. */
export function tree(algorithm: Algorithm, sequence: number = FIRST_SEQUENCE): string[] {
  const indicator = algorithm === "tdes" ? ALGORITHM_TDES : ALGORITHM_SM4;
  const cipher = algorithm === "tdes" ? CIPHER_TDES : CIPHER_SM4;
  const own = { cipher, uses: KEY_USE_DERIVE, tries: OWN_TRIES, value: OWN_KEY } as const;
  const master = withKey(KEY_DDF_MASTER);
  const directory = { type: FILE_LINEAR_VARIABLE, fid: FID_DIRECTORY, sfi: 1 } as const;
  const records = {
    records: [0x20, 2] as const,
    access: condition(ACCESS_FREE) + master.repeat(2),
  };
  const record = tlv(0x61, tlv(0x4f, AID_PSAM));
  return [
    grouping(DGI_0086_ALGORITHM, hex8(indicator)),
    keyGrouping({ ...own, df: FID_MF, reference: KEY_DDF_MASTER }),
    fileGrouping(FID_MF, fcp({ ...directory, ...records })),
    grouping(DGI_7002_RECORD, hex16(FID_MF) + hex16(FID_DIRECTORY) + record),
    ...binary(FID_MF, FID_PUBLIC, PUBLIC, master),
    ...binary(FID_MF, FID_TERMINAL, TERMINAL, master),
    fileGrouping(FID_MF, fcp({ type: FILE_DF, fid: FID_APPLICATION, name: AID_PSAM })),
    ...[KEY_NATIONAL, KEY_PROVINCIAL, KEY_CITY].map((reference) =>
      keyGrouping({ ...own, df: FID_APPLICATION, reference }),
    ),
    ...binary(
      FID_APPLICATION,
      FID_SEQUENCE,
      sequence.toString(16).padStart(2 * SEQUENCE_BYTES, "0"),
      condition(ACCESS_NEVER),
    ),
    ...binary(FID_APPLICATION, FID_NATIONAL, LEVEL_FILE, withKey(KEY_NATIONAL)),
    ...binary(FID_APPLICATION, FID_PROVINCIAL, LEVEL_FILE, withKey(KEY_PROVINCIAL)),
    ...binary(FID_APPLICATION, FID_CITY, LEVEL_FILE, withKey(KEY_CITY)),
  ];
}

/** Both environments with the same keys; `keys` makes the groupings of one. */
export async function psamCard(
  keys: (algorithm: Algorithm) => readonly string[],
  sequence?: number,
): Promise<Card> {
  const card = await freshCard(1, await psamImage());
  for (const algorithm of ALGORITHMS) {
    const groupings = [...tree(algorithm, sequence), ...keys(algorithm), ACTIVATE];
    await personalize(card, AIDS[algorithm], groupings);
  }
  card.reset();
  return card;
}

export const selectFid = (p1: number, fid: number): Uint8Array =>
  apdu(0, INS_SELECT, p1, 0, hex16(fid), p1 === 0 ? 0 : undefined);

/** Selects an environment and its application. */
export function enter(card: Card, algorithm: Algorithm): void {
  accept(card, selectApplication(AIDS[algorithm]));
  accept(card, selectApplication(AID_PSAM));
}

export const deliver = (use: number, id: number, data: string): Uint8Array =>
  apdu(CLA_PSAM, INS_DELIVER_SESSION_KEY, use, id, data);

export const cipherData = (p1: number, data: string | Uint8Array, le?: number): Uint8Array =>
  apdu(CLA_PROPRIETARY, INS_CIPHER_DATA, p1, 0, data, le ?? 0);

export const initSam = (data: string): Uint8Array =>
  apdu(CLA_PROPRIETARY, INS_INIT_SAM_FOR_PURCHASE, P1_INIT_SAM_FOR_PURCHASE, 0, data, 8);

export const creditSam = (mac2: string | Uint8Array): Uint8Array =>
  apdu(CLA_PROPRIETARY, INS_CREDIT_SAM_FOR_PURCHASE, 0, 0, mac2);

/** Input of a session key: as long as a block. */
export const INPUT: Readonly<Record<Algorithm, string>> = {
  tdes: "1122334455667788",
  sm4: "1122334455667788".padEnd(2 * BLOCK.sm4, "0"),
};

/** Reads a file of the current DF by its short identifier. */
export function readFile(card: Card, fid: number, length: number): string {
  return hex(accept(card, apdu(0, INS_READ_BINARY, 0x80 | (fid & 0x1f), 0, "", length)));
}
