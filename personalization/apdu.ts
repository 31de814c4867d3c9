// Command and response APDUs of the short form, and the one place where 61xx and 6Cxx are handled.
// ISO/IEC 7816-4:2020, 5.2 and 5.3.4.

import { INS_GET_RESPONSE } from "../runtime/spec/instructions.ts";
import { SW_CORRECT_LE, SW_MORE_DATA, SW_SUCCESS } from "../runtime/spec/status-words.ts";
import { concat } from "./bytes.ts";
import type { Card } from "./card.ts";
import { StatusWordError, TransportError } from "./errors.ts";

/** Most data bytes of a short command. */
export const MAX_COMMAND_DATA = 255;
/** `Le` that asks for all there is, up to 256 bytes. */
export const LE_ALL = 0;
/** Rounds of GET RESPONSE after which a card is taken to be broken: 64 KiB. */
const MAX_GET_RESPONSE = 256;

export interface Response {
  readonly data: Uint8Array;
  readonly sw: number;
}

/** Header ‖ [Lc ‖ data] ‖ [Le]. Throws `RangeError` when the data do not fit a short command. */
export function command(
  cla: number,
  ins: number,
  p1: number,
  p2: number,
  data: Uint8Array = new Uint8Array(),
  le?: number,
): Uint8Array {
  if (data.length > MAX_COMMAND_DATA) {
    throw new RangeError(`${data.length} data bytes do not fit a short command`);
  }
  const body = data.length > 0 ? [Uint8Array.of(data.length), data] : [];
  const tail = le === undefined ? [] : [Uint8Array.of(le & 0xff)];
  return concat(Uint8Array.of(cla, ins, p1, p2), ...body, ...tail);
}

/** Bit 7 of a class byte: a logical channel from 4 on. ISO/IEC 7816-4:2020, 5.4.1. */
const CLA_FURTHER = 0x40;
const FIRST_FURTHER = 4;

/** Class byte `cla` (00 or 80) of a logical channel. */
export function channelClass(cla: number, channel: number): number {
  return channel < FIRST_FURTHER ? cla | channel : cla | CLA_FURTHER | (channel - FIRST_FURTHER);
}

/** The logical channel that a class byte names. */
export function channelOf(cla: number): number {
  return cla & CLA_FURTHER ? FIRST_FURTHER + (cla & 0x0f) : cla & 0x03;
}

/**
 * Splits data ‖ SW1 ‖ SW2. Throws `TransportError` on fewer than two bytes, and on a status word that
 * is none: SW1 is 61 to 6F or 90 to 9F. A card that answers 0000 must not be taken for one that is done.
 * ISO/IEC 7816-4:2020, 5.6.
 */
export function parseResponse(raw: Uint8Array): Response {
  if (raw.length < 2) throw new TransportError(`card answered ${raw.length} bytes: too few`);
  const sw = (raw.at(-2)! << 8) | raw.at(-1)!;
  if ((sw >> 12 !== 6 && sw >> 12 !== 9) || sw >> 8 === 0x60) {
    const shown = sw.toString(16).toUpperCase().padStart(4, "0");
    throw new TransportError(`card answered ${shown}, which is no status word`);
  }
  return { data: raw.subarray(0, -2), sw };
}

/**
 * Sends a command and collects the whole response: repeats with the right Le after 6Cxx,
 * asks GET RESPONSE after 61xx.
 */
export async function exchange(card: Card, request: Uint8Array): Promise<Response> {
  let response = parseResponse(await card.transmit(request));
  if ((response.sw & 0xff00) === SW_CORRECT_LE) {
    const repeated = withLe(request, response.sw & 0xff);
    response = parseResponse(await card.transmit(repeated));
  }
  let data = response.data;
  for (let round = 0; (response.sw & 0xff00) === SW_MORE_DATA; round++) {
    if (round === MAX_GET_RESPONSE) throw new TransportError("card never ends its response");
    const le = response.sw & 0xff;
    const cla = channelClass(0, channelOf(request[0]!));
    const getResponse = command(cla, INS_GET_RESPONSE, 0, 0, undefined, le);
    response = parseResponse(await card.transmit(getResponse));
    data = concat(data, response.data);
  }
  return { data, sw: response.sw };
}

/** The same command with another Le. */
function withLe(request: Uint8Array, le: number): Uint8Array {
  const lc = request.length > 5 ? request[4]! : 0;
  const end = lc > 0 ? 5 + lc : 4;
  return concat(request.subarray(0, end), Uint8Array.of(le));
}

/** The response data if SW is 9000 or one of `accepted`; throws `StatusWordError` otherwise. */
export function expectSuccess(
  name: string,
  response: Response,
  accepted: readonly number[] = [],
): Uint8Array {
  if (response.sw !== SW_SUCCESS && !accepted.includes(response.sw)) {
    throw new StatusWordError(name, response.sw);
  }
  return response.data;
}
