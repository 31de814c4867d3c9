// A social security card of either generation with keys of three versions, two DFs and every access
// condition. Who works with it: card-terminal.ts.

import { createHash } from "node:crypto";
import {
  ACCESS_FREE,
  ACCESS_KEY,
  ACCESS_NEVER,
  ACCESS_PIN,
  ACCESS_PIN_AND_KEY,
  ACCESS_PIN_OR_KEY,
  DGI_7001_TRANSPARENT_DATA,
  DGI_7002_RECORD,
  FID_MF,
  FILE_CYCLIC,
  FILE_DF,
  FILE_LINEAR_FIXED,
  FILE_LINEAR_VARIABLE,
  FILE_TRANSPARENT,
} from "../../../applets/filesystem/spec.ts";
import {
  AID_SSSE,
  DGI_0086_ALGORITHM,
  KEY_BK,
  KEY_IRK,
  KEY_PUK,
  KEY_RKSSSE,
  KEY_STK,
  KEY_STK_OF_DF,
  KEY_UKSSSE,
  PIN_SSSE,
} from "../../../applets/social-security/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import { KEY_USE_DERIVE } from "../../../runtime/spec/card-api.ts";
import { accept, freshCard } from "../../helpers/card.ts";
import {
  ACTIVATE,
  fileGrouping,
  grouping,
  hex8,
  hex16,
  keyGrouping,
  personalize,
  pinGrouping,
  selectApplication,
} from "../../helpers/secure-channel.ts";
import { condition, FREE, fcp, tlv } from "../filesystem/file-tree.ts";
import { type Family, TDES } from "./family.ts";

export interface CardKey {
  readonly df: number;
  readonly reference: number;
  /** 3 when not given. */
  readonly tries?: number;
  /** 1 when not given. */
  readonly versions?: number;
  /** A maintenance key: of single length in the second generation. */
  readonly single?: boolean;
}

/** A DF with a file of every kind, free; one with every condition, which can be blocked. */
export const DF_FREE = 0xdf01;
export const DF_FREE_NAME = "D15600000500";
export const DF_GUARDED = 0xdf03;
export const DF_GUARDED_NAME = "D15600000502";

// Keys that the standard numbers, and those of the two DFs.
export const IRK: CardKey = { df: FID_MF, reference: KEY_IRK, tries: 0, versions: 3 };
export const STK: CardKey = { df: FID_MF, reference: KEY_STK, tries: 0, single: true };
export const UKSSSE: CardKey = { df: FID_MF, reference: KEY_UKSSSE, versions: 3 };
export const BK: CardKey = { df: FID_MF, reference: KEY_BK };
export const PUK: CardKey = { df: FID_MF, reference: KEY_PUK };
export const RKSSSE: CardKey = { df: FID_MF, reference: KEY_RKSSSE, versions: 3 };
export const STK_FREE: CardKey = {
  df: DF_FREE,
  reference: KEY_STK_OF_DF,
  tries: 0,
  single: true,
};
export const UK_FREE: CardKey = { df: DF_FREE, reference: 0x84 };
export const STK_GUARDED: CardKey = {
  df: DF_GUARDED,
  reference: KEY_STK_OF_DF,
  tries: 0,
  single: true,
};
export const LK_GUARDED: CardKey = { df: DF_GUARDED, reference: 0x83 };
export const RK_GUARDED: CardKey = { df: DF_GUARDED, reference: 0x84, versions: 3 };
const KEYS = [
  ...[IRK, STK, UKSSSE, BK, PUK, RKSSSE],
  ...[STK_FREE, UK_FREE, STK_GUARDED, LK_GUARDED, RK_GUARDED],
];
export const KEY_TRIES = 3;

/** The value of a key in a version, from 1: invented, and different everywhere. */
export function keyValue(family: Family, key: CardKey, version = 1): string {
  const name = `${family.name} ${key.df} ${key.reference} ${version}`;
  const value = createHash("sha256").update(name).digest("hex").slice(0, 32);
  return key.single && family === TDES ? value.slice(0, 16) : value;
}

function keyGroupingOf(family: Family, key: CardKey): string {
  const { df, reference, tries = KEY_TRIES, versions = 1 } = key;
  const values = Array.from({ length: versions }, (_, i) => keyValue(family, key, i + 1));
  const value = values.map((one) => (one.length === 16 ? one + one : one)).join("");
  const how = { cipher: family.cipher, uses: KEY_USE_DERIVE, tries: tries | (versions << 4) };
  return keyGrouping({ df, reference, ...how, value });
}

export const PIN = "123456";
export const PIN_TRIES = 3;

/** Files of the root: fully free, and read with RKSSSE, updated with UKSSSE. */
export const ROOT_FREE = { fid: 0xef07, sfi: 7, bytes: 32 } as const;
export const ROOT_GUARDED = { fid: 0xef06, sfi: 6 } as const;
// Files of the free DF.
export const VARIABLE = { fid: 0xef05, sfi: 5, longest: 20, records: 6 } as const;
export const CYCLIC = { fid: 0xef06, sfi: 6, longest: 4, records: 3 } as const;
export const BINARY = { fid: 0xef07, sfi: 7, bytes: 32 } as const;
export const FIXED = { fid: 0xef08, sfi: 8, longest: 6, records: 4 } as const;
/** Records of the variable file: two tags, one twice. */
export const VARIABLE_RECORDS = ["0A03AABBCC", "0B0111", "0A0122", "0C00"] as const;
/** The newest record first, as they are numbered. */
export const CYCLIC_RECORDS = ["00000002", "00000001"] as const;
export const FIXED_RECORDS = ["1A0411111111", "1B0422222222"] as const;

const modeOfKey = (mode: number) => condition(mode, PIN_SSSE, RK_GUARDED.reference);
/** Transparent files of the guarded DF: their one condition to read and update. */
export const GUARDED = {
  free: { sfi: 1, access: condition(ACCESS_FREE) },
  pin: { sfi: 2, access: modeOfKey(ACCESS_PIN) },
  key: { sfi: 3, access: modeOfKey(ACCESS_KEY) },
  pinOrKey: { sfi: 4, access: modeOfKey(ACCESS_PIN_OR_KEY) },
  pinAndKey: { sfi: 5, access: modeOfKey(ACCESS_PIN_AND_KEY) },
  never: { sfi: 6, access: condition(ACCESS_NEVER) },
  rootKey: { sfi: 7, access: condition(ACCESS_KEY, 0, RKSSSE.reference) },
} as const;
export const GUARDED_BYTES = 4;
const fidOfSfi = (sfi: number) => 0xef00 | sfi;

const ACCESS_ROOT =
  condition(ACCESS_KEY, 0, KEY_RKSSSE) +
  condition(ACCESS_KEY, 0, KEY_UKSSSE) +
  condition(ACCESS_NEVER);
const ACCESS_BLOCK =
  condition(ACCESS_FREE) + condition(ACCESS_KEY, 0, LK_GUARDED.reference) + condition(ACCESS_NEVER);
const ROOT_RECORD = "08021234";
export const ROOT_RECORDS = [ROOT_RECORD] as const;

function recordFile(
  file: { fid: number; sfi: number; longest: number; records: number },
  type: number,
) {
  const { fid, sfi, longest, records } = file;
  return fcp({ type, fid, sfi, records: [longest, records] });
}

function files(): string[] {
  const dfFree = { type: FILE_DF, fid: DF_FREE, name: DF_FREE_NAME };
  const dfGuarded = { type: FILE_DF, fid: DF_GUARDED, name: DF_GUARDED_NAME };
  const transparent = { type: FILE_TRANSPARENT, size: BINARY.bytes };
  const guarded = { type: FILE_LINEAR_VARIABLE, records: [20, 2] as const, access: ACCESS_ROOT };
  return [
    fileGrouping(FID_MF, fcp({ ...dfFree, access: condition(ACCESS_NEVER).repeat(3) })),
    fileGrouping(FID_MF, fcp({ ...dfGuarded, access: ACCESS_BLOCK })),
    fileGrouping(FID_MF, fcp({ ...transparent, fid: ROOT_FREE.fid, sfi: ROOT_FREE.sfi })),
    fileGrouping(FID_MF, fcp({ ...guarded, fid: ROOT_GUARDED.fid, sfi: ROOT_GUARDED.sfi })),
    fileGrouping(DF_FREE, recordFile(VARIABLE, FILE_LINEAR_VARIABLE)),
    fileGrouping(DF_FREE, recordFile(CYCLIC, FILE_CYCLIC)),
    fileGrouping(DF_FREE, recordFile(FIXED, FILE_LINEAR_FIXED)),
    fileGrouping(DF_FREE, fcp({ ...transparent, fid: BINARY.fid, sfi: BINARY.sfi, access: FREE })),
    ...Object.values(GUARDED).map(({ sfi, access }) =>
      fileGrouping(
        DF_GUARDED,
        fcp({
          ...{ type: FILE_TRANSPARENT, fid: fidOfSfi(sfi), size: GUARDED_BYTES, sfi },
          access: access + access + condition(ACCESS_NEVER),
        }),
      ),
    ),
  ];
}

function contents(): string[] {
  const record = (df: number, fid: number) => (value: string) =>
    grouping(DGI_7002_RECORD, hex16(df) + hex16(fid) + value);
  const pattern = Array.from({ length: BINARY.bytes }, (_, i) => hex8(0x40 + i)).join("");
  const at = (df: number, fid: number) =>
    grouping(DGI_7001_TRANSPARENT_DATA, `${hex16(df)}${hex16(fid)}0000${pattern}`);
  return [
    ...VARIABLE_RECORDS.map(record(DF_FREE, VARIABLE.fid)),
    ...[...CYCLIC_RECORDS].reverse().map(record(DF_FREE, CYCLIC.fid)),
    ...FIXED_RECORDS.map(record(DF_FREE, FIXED.fid)),
    ...ROOT_RECORDS.map(record(FID_MF, ROOT_GUARDED.fid)),
    at(DF_FREE, BINARY.fid),
    at(FID_MF, ROOT_FREE.fid),
  ];
}

/** The groupings of a card, not yet activated. */
export function groupings(family: Family): string[] {
  return [
    grouping(DGI_0086_ALGORITHM, hex8(family.algorithm)),
    ...files(),
    ...contents(),
    ...KEYS.map((key) => keyGroupingOf(family, key)),
    pinGrouping(FID_MF, PIN_SSSE, PIN_TRIES, PIN),
  ];
}

/** A personalized card, reset, the environment selected. */
export async function fullCard(family: Family, more: readonly string[] = []): Promise<Card> {
  const card = await freshCard();
  await personalize(card, AID_SSSE, [...groupings(family), ...more, ACTIVATE]);
  card.reset();
  accept(card, selectApplication(AID_SSSE));
  return card;
}

/** The DIR file of the environment, with one application in it. */
export function directory(fid: number, sfi: number): string[] {
  const template = tlv(0x61, tlv(0x4f, DF_FREE_NAME));
  const records = [template.length / 2, 1] as const;
  return [
    fileGrouping(FID_MF, fcp({ type: FILE_LINEAR_VARIABLE, fid, sfi, records })),
    grouping(DGI_7002_RECORD, hex16(FID_MF) + hex16(fid) + template),
  ];
}
