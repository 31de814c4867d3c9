// The terminal's own card: its environments and its keys. Specification part 9.

import {
  AID_DES_ENVIRONMENT,
  AID_SM4_ENVIRONMENT,
  CLA_PSAM,
  FID_APPLICATION,
  FID_PUBLIC,
  FID_SEQUENCE,
  FID_TERMINAL,
  INS_DELIVER_SESSION_KEY,
  MAX_LEVEL,
  PUBLIC_BYTES,
  SEQUENCE_BYTES,
  TERMINAL_BYTES,
  TYPE_ENCIPHER,
  TYPE_LOAD,
  TYPE_MAC,
  TYPE_MAC_AND_ENCIPHER,
  TYPE_TAC,
  USAGE_LEVEL_SHIFT,
} from "../../../applets/psam/spec.ts";
import { command, exchange, expectSuccess, LE_ALL } from "../../../personalization/apdu.ts";
import { bytes, concat, equal, hex, padZero } from "../../../personalization/bytes.ts";
import type { Card } from "../../../personalization/card.ts";
import { StatusWordError } from "../../../personalization/errors.ts";
import { cityFactor, provinceFactor } from "../../../personalization/keys/diversify.ts";
import {
  INS_READ_BINARY,
  INS_SELECT,
  P1_SELECT_BY_NAME,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_FILE_NOT_FOUND,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { NoPsamError, PsamKeyError, PsamLevelError } from "./errors.ts";

/** Algorithm of an environment. */
export type PsamAlgorithm = "tdes" | "sm4";

/** A PSAM whose application is selected, as long as nobody else selects on its slot. */
export interface Psam {
  readonly slot: Card;
  readonly algorithm: PsamAlgorithm;
  /** Serial number of the PSAM, 20 digits. */
  readonly serial: string;
  /** Number of the terminal, 12 digits; it begins with the region that the PSAM's keys are of. */
  readonly terminal: string;
  /** Levels that keys were found on, by use and identifier. */
  readonly levels: Map<string, number>;
}

/** What a session key may do, and which key makes it. */
export type PsamKeyUse = "encipher" | "mac" | "encipher-and-mac" | "load" | "tac";

export interface PsamKey {
  readonly use: PsamKeyUse;
  /** Identifier on the PSAM. Part 9, appendix B. */
  readonly id: number;
}

/** Factors of a user card, 8 bytes each; the PSAM takes those below the level of its key. */
export interface CardFactors {
  readonly province: Uint8Array;
  readonly city: Uint8Array;
  readonly card: Uint8Array;
}

const AIDS: Readonly<Record<PsamAlgorithm, string>> = {
  tdes: AID_DES_ENVIRONMENT,
  sm4: AID_SM4_ENVIRONMENT,
};
/** Bytes that a session key is made from. */
const INPUT_BYTES: Readonly<Record<PsamAlgorithm, number>> = { tdes: 8, sm4: 16 };
/** Types of keys that serve a use, the narrower first. */
const TYPES: Readonly<Record<PsamKeyUse, readonly number[]>> = {
  encipher: [TYPE_ENCIPHER, TYPE_MAC_AND_ENCIPHER],
  mac: [TYPE_MAC, TYPE_MAC_AND_ENCIPHER],
  "encipher-and-mac": [TYPE_MAC_AND_ENCIPHER],
  load: [TYPE_LOAD],
  tac: [TYPE_TAC],
};
const P1_DF = 0x00;
const P1_EF = 0x02;

/**
 * Selects the environment of an algorithm and its application. Throws `NoPsamError` when the card has
 * none (a user card has a DES environment of the same name and not its files), `StatusWordError` when it
 * refuses.
 */
export async function selectPsam(slot: Card, algorithm: PsamAlgorithm): Promise<Psam> {
  try {
    return await enterApplication(slot, algorithm);
  } catch (error) {
    const missing = error instanceof StatusWordError && error.sw === SW_FILE_NOT_FOUND;
    throw missing ? new NoPsamError(algorithm) : error;
  }
}

async function enterApplication(slot: Card, algorithm: PsamAlgorithm): Promise<Psam> {
  const select = command(0, INS_SELECT, P1_SELECT_BY_NAME, 0, bytes(AIDS[algorithm]), LE_ALL);
  expectSuccess("SELECT PSAM environment", await exchange(slot, select));
  const pub = await readFile(slot, FID_PUBLIC, PUBLIC_BYTES);
  const terminal = hex(await readFile(slot, FID_TERMINAL, TERMINAL_BYTES));
  const enter = command(0, INS_SELECT, P1_DF, 0, word(FID_APPLICATION), LE_ALL);
  expectSuccess("SELECT PSAM application", await exchange(slot, enter));
  return { slot, algorithm, serial: hex(pub.subarray(1, 11)), terminal, levels: new Map() };
}

/** Terminal transaction number that the next purchase takes. */
export async function readSequence(psam: Psam): Promise<number> {
  const number = await readFile(psam.slot, FID_SEQUENCE, SEQUENCE_BYTES);
  return new DataView(number.buffer, number.byteOffset).getUint32(0);
}

/**
 * Makes the session key of a user card's key, for `encipher` and `mac`: the PSAM's key is diversified to
 * the card's own, which enciphers `input` (4, 8 or 16 bytes, filled with zeros). Where the PSAM holds the
 * key, below the nation, the province or the city, is found once (chapter 8). Throws `PsamKeyError`
 * when it has no such key, `PsamLevelError` when it has one that is of another region than the card.
 */
export async function deliverSessionKey(
  psam: Psam,
  key: PsamKey,
  factors: CardFactors,
  input: Uint8Array,
): Promise<void> {
  const { levels } = psam;
  const lowest = lowestLevel(psam, factors);
  const name = `${key.use} ${key.id} from ${lowest}`;
  const known = levels.get(name);
  const candidates = known === undefined ? usages(key.use, lowest, MAX_LEVEL) : [known];
  for (const usage of candidates) {
    if (!(await deliver(psam, usage, key.id, factors, input))) continue;
    levels.set(name, usage);
    return;
  }
  for (const usage of usages(key.use, 1, lowest - 1)) {
    if (await deliver(psam, usage, key.id, factors, input)) {
      throw new PsamLevelError(key.use, psam.terminal);
    }
  }
  throw new PsamKeyError(key.use, key.id);
}

/** Whether the PSAM has the key, and made a session key of it. */
async function deliver(
  psam: Psam,
  usage: number,
  id: number,
  factors: CardFactors,
  input: Uint8Array,
): Promise<boolean> {
  const below = factorsBelow(usage >> USAGE_LEVEL_SHIFT, factors);
  const data = concat(...below, padZero(input, INPUT_BYTES[psam.algorithm]));
  const { sw } = await exchange(
    psam.slot,
    command(CLA_PSAM, INS_DELIVER_SESSION_KEY, usage, id, data),
  );
  if (sw === SW_REFERENCED_DATA_NOT_FOUND) return false;
  if (sw !== SW_SUCCESS) throw new StatusWordError("DELIVERY SESSION KEY", sw);
  return true;
}

/**
 * The lowest level whose keys on this PSAM lead to the card's: a key that was diversified for a city (1) or a
 * province (2) is for cards of that one. The terminal's number says which those are (part 9, 7.3).
 */
export function lowestLevel({ terminal }: Psam, { city, province }: CardFactors): number {
  const region = terminal.slice(0, 6);
  if (!/^[0-9]{6}$/.test(region) || !equal(provinceFactor(region), province)) return MAX_LEVEL;
  return equal(cityFactor(region), city) ? 1 : 2;
}

/** Usage bytes of a use, the lowest level first: most keys on PSAMs are those of a city. */
function usages(use: PsamKeyUse, lowest: number, highest: number): number[] {
  const all: number[] = [];
  for (let level = lowest; level <= highest; level++) {
    for (const type of TYPES[use]) all.push((level << USAGE_LEVEL_SHIFT) | type);
  }
  return all;
}

/** Factors of the lowest `level` levels, the card's first. */
export function factorsBelow(level: number, factors: CardFactors): Uint8Array[] {
  return [factors.card, factors.city, factors.province].slice(0, level);
}

async function readFile(slot: Card, id: number, length: number): Promise<Uint8Array> {
  const name = id.toString(16).toUpperCase().padStart(4, "0");
  const select = command(0, INS_SELECT, P1_EF, 0, word(id));
  expectSuccess(`SELECT ${name} of the PSAM`, await exchange(slot, select));
  const read = command(0, INS_READ_BINARY, 0, 0, undefined, length);
  return expectSuccess(`READ BINARY ${name} of the PSAM`, await exchange(slot, read));
}

function word(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
