// What a desk says to a card. Specification for social security cards, part 5.

import { AUTHENTICATION_BYTES, PIN_SSSE } from "../../../applets/social-security/spec.ts";
import {
  command,
  exchange,
  expectSuccess,
  LE_ALL,
  type Response,
} from "../../../personalization/apdu.ts";
import { concat } from "../../../personalization/bytes.ts";
import type { Card } from "../../../personalization/card.ts";
import { FieldError } from "../../../personalization/errors.ts";
import {
  INS_EXTERNAL_AUTHENTICATE,
  INS_GET_CHALLENGE,
  INS_INTERNAL_AUTHENTICATE,
  INS_READ_BINARY,
  INS_READ_RECORD,
  INS_SELECT,
  INS_UPDATE_BINARY,
  INS_UPDATE_RECORD,
  INS_VERIFY,
  P1_SELECT_BY_NAME,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_AUTHENTICATION_BLOCKED,
  SW_SUCCESS,
  SW_VERIFICATION_FAILED,
} from "../../../runtime/spec/status-words.ts";
import { CODE_PIN_BLOCKED, CODE_PIN_WRONG } from "./codes.ts";
import { DeskError } from "./result.ts";

const P1_BY_FID = 0x00;
const P1_EF = 0x02;
/** P2 of READ and UPDATE RECORD beside the SFI: what P1 is. */
export const FIRST_WITH_TAG = 0x00;
export const NEXT_WITH_TAG = 0x02;
/** Of UPDATE RECORD for a cyclic file: a record is added. */
export const PREVIOUS = 0x03;
export const BY_NUMBER = 0x04;
export const ALL_FROM_NUMBER = 0x05;
const SFI_SHIFT = 3;
const P1_SFI = 0x80;
const READ_AT_ONCE = 0x100;
/** Most bytes of one UPDATE BINARY: what cards with small buffers take. */
const WRITE_AT_ONCE = 0xc0;

/** SELECT by name; the card's answer is its FCI, or a refusal. */
export function selectName(card: Card, name: Uint8Array): Promise<Response> {
  return exchange(card, command(0, INS_SELECT, P1_SELECT_BY_NAME, 0, name, LE_ALL));
}

/** SELECT of a DF below the environment, by identifier. */
export async function selectDf(card: Card, id: number): Promise<void> {
  const select = command(0, INS_SELECT, P1_BY_FID, 0, word(id), LE_ALL);
  expectSuccess(`SELECT ${hex16(id)}`, await exchange(card, select));
}

/** SELECT of an EF of the current DF, by identifier. */
export async function selectEf(card: Card, id: number): Promise<void> {
  const select = command(0, INS_SELECT, P1_EF, 0, word(id));
  expectSuccess(`SELECT ${hex16(id)}`, await exchange(card, select));
}

/** READ RECORD; `sfi` 0 is the current EF. A refusal is the caller's. */
export function readRecord(
  card: Card,
  sfi: number,
  p1: number,
  how: number,
  le: number = LE_ALL,
): Promise<Response> {
  return exchange(card, command(0, INS_READ_RECORD, p1, (sfi << SFI_SHIFT) | how, undefined, le));
}

export async function updateRecord(
  card: Card,
  sfi: number,
  p1: number,
  how: number,
  record: Uint8Array,
): Promise<void> {
  const update = command(0, INS_UPDATE_RECORD, p1, (sfi << SFI_SHIFT) | how, record);
  expectSuccess("UPDATE RECORD", await exchange(card, update));
}

/** `size` bytes of the transparent file `sfi`. `FieldError` when the card ends before. */
export async function readTransparent(card: Card, sfi: number, size: number): Promise<Uint8Array> {
  const content = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const wanted = Math.min(READ_AT_ONCE, size - at);
    // The SFI leaves room for an offset of one byte: it comes first, and stays selected.
    const [p1, p2] = at === 0 ? [P1_SFI | sfi, 0] : [at >> 8, at & 0xff];
    const read = command(0, INS_READ_BINARY, p1, p2, undefined, wanted & 0xff);
    const data = expectSuccess("READ BINARY", await exchange(card, read)).subarray(0, wanted);
    if (data.length === 0) throw new FieldError(`READ BINARY: nothing at ${at} of ${size} bytes`);
    content.set(data, at);
    at += data.length;
  }
  return content;
}

export async function updateTransparent(
  card: Card,
  sfi: number,
  content: Uint8Array,
): Promise<void> {
  for (let at = 0; at < content.length; at += WRITE_AT_ONCE) {
    const part = content.subarray(at, at + WRITE_AT_ONCE);
    const [p1, p2] = at === 0 ? [P1_SFI | sfi, 0] : [at >> 8, at & 0xff];
    const update = command(0, INS_UPDATE_BINARY, p1, p2, part);
    expectSuccess("UPDATE BINARY", await exchange(card, update));
  }
}

/** GET CHALLENGE: 8 bytes. The last one before an authentication is its factor. */
export async function getChallenge(card: Card): Promise<Uint8Array> {
  const get = command(0, INS_GET_CHALLENGE, 0, 0, undefined, AUTHENTICATION_BYTES);
  return eightBytes("GET CHALLENGE", await exchange(card, get));
}

/** INTERNAL AUTHENTICATE: what the card makes of factor and original, 8 bytes each. */
export async function internalAuthenticate(
  card: Card,
  factor: Uint8Array,
  original: Uint8Array,
): Promise<Uint8Array> {
  const data = concat(factor, original);
  const ask = command(0, INS_INTERNAL_AUTHENTICATE, 0, 0, data, AUTHENTICATION_BYTES);
  return eightBytes("INTERNAL AUTHENTICATE", await exchange(card, ask));
}

/** EXTERNAL AUTHENTICATE of the key `reference`: authentication data and original. */
export async function externalAuthenticate(
  card: Card,
  reference: number,
  proof: Uint8Array,
  original: Uint8Array,
): Promise<void> {
  const data = concat(proof, original);
  const prove = command(0, INS_EXTERNAL_AUTHENTICATE, 0, reference, data);
  expectSuccess("EXTERNAL AUTHENTICATE", await exchange(card, prove));
}

/** VERIFY. `DeskError` -51 with the tries that are left, -52 when there are none. */
export async function verifyPin(card: Card, pin: Uint8Array): Promise<void> {
  expectPin("VERIFY", await exchange(card, command(0, INS_VERIFY, 0, PIN_SSSE, pin)));
}

/** As `expectSuccess`, for commands that take a PIN. */
export function expectPin(name: string, response: Response): void {
  const { sw } = response;
  if (sw === SW_AUTHENTICATION_BLOCKED) throw new DeskError(CODE_PIN_BLOCKED);
  if ((sw & 0xfff0) === SW_VERIFICATION_FAILED) {
    throw new DeskError(CODE_PIN_WRONG, `剩余${sw & 0x0f}次`);
  }
  if (sw !== SW_SUCCESS) expectSuccess(name, response);
}

function eightBytes(name: string, response: Response): Uint8Array {
  const data = expectSuccess(name, response);
  if (data.length !== AUTHENTICATION_BYTES) {
    throw new FieldError(`${name}: the card answered ${data.length} bytes, not 8`);
  }
  return data;
}

function word(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function hex16(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, "0");
}
