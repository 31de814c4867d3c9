// How long a real line takes for exchanges, worked out from their lengths. What the card computes in
// between is not in it: a chip's speed is not known here. Short APDUs only.

/** As a trace gives it. */
export interface Exchanged {
  readonly command: Uint8Array;
  /** Data and status word. */
  readonly response: Uint8Array;
}

/** The clock at which a bit of 372 clocks makes 9600 baud. */
const BAUD = 9600;
/** Character with its guard time; from one to the next when the direction changes. Part 2, 9.2.2.1. */
const CHARACTER_ETU = 12;
const TURN_ETU = 16;
const HEADER_BYTES = 5;
const STATUS_BYTES = 2;
const PROCEDURE_BYTES = 1;
/** FF, format, TA1, check byte; the card answers the same. */
const PPS_BYTES = 4;

/**
 * Milliseconds at the contacts with T=0, 372/D clocks a bit at 3.57 MHz, from the ATR's first
 * character on. ATR and PPS (D over 1) go at D = 1. A command that both takes and brings data costs a
 * GET RESPONSE.
 */
export function contactMilliseconds(
  atr: Uint8Array,
  exchanges: readonly Exchanged[],
  d: number,
): number {
  const opening = etu([atr.length, ...(d === 1 ? [] : [PPS_BYTES, PPS_BYTES])]);
  const rest = exchanges.reduce((sum, one) => sum + etu(turnsOfT0(one)), 0);
  return ((opening + rest / d) * 1000) / BAUD;
}

/** Characters on the contacts of T=0, procedure and status bytes and GET RESPONSE counted. */
export function contactBytes(exchanges: readonly Exchanged[]): number {
  return total(exchanges.flatMap(turnsOfT0));
}

/** Bytes in the field: blocks with PCB and CRC, for a card with that ATS. */
export function contactlessBytes(ats: Uint8Array, exchanges: readonly Exchanged[]): number {
  return total(exchanges.flatMap((one) => framesOf(one, cardFrameOf(ats))));
}

function total(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}

function cardFrameOf(ats: Uint8Array): number {
  return FRAME_SIZES[Math.min((ats[1] ?? 0) & 0x0f, FRAME_SIZES.length - 1)]!;
}

/** Characters that go one way before the other side speaks, terminal first. */
export function turnsOfT0({ command, response }: Exchanged): number[] {
  const data = response.length - STATUS_BYTES;
  // Case 1 is sent as case 2 with P3 00; a refusal comes in the place of the procedure byte.
  const answer = data > 0 ? PROCEDURE_BYTES + response.length : STATUS_BYTES;
  if (command.length <= HEADER_BYTES) return [HEADER_BYTES, answer];
  const taken = [HEADER_BYTES, PROCEDURE_BYTES, command[HEADER_BYTES - 1] ?? 0, STATUS_BYTES];
  return data > 0 ? [...taken, HEADER_BYTES, answer] : taken;
}

/** Bit times of characters in turns; each turn waits for the side that spoke before. */
function etu(turns: readonly number[]): number {
  return total(turns) * CHARACTER_ETU + turns.length * (TURN_ETU - CHARACTER_ETU);
}

const CARRIER_HZ = 13.56e6;
/** Clocks of the carrier: a bit at 106 kbit/s, and the least delay between frames either way. */
const BIT_CLOCKS = 128;
const DELAY_CLOCKS = 1172;
/** Start and end of a frame, in bits; a byte has a parity bit. ISO/IEC 14443-3, 6.2 and 8.1. */
const READER_FRAME_BITS = 3;
const CARD_FRAME_BITS = 2;
const BYTE_BITS = 9;
const SHORT_FRAME_BITS = 10;
const CRC_BYTES = 2;
/** PCB and CRC. ISO/IEC 14443-4, 7.1. */
const BLOCK_BYTES = 1 + CRC_BYTES;
/** Frames by FSDI and FSCI, bytes. ISO/IEC 14443-4, 5.1. */
const FRAME_SIZES = [16, 24, 32, 40, 48, 64, 96, 128, 256];
/** The terminal takes the largest. */
const TERMINAL_FRAME = 256;

/**
 * Milliseconds in the field at 106 kbit/s, from REQA on: one card with a UID of 4 bytes, the frame
 * size of its ATS, no CID, the least delays that are allowed.
 */
export function contactlessMilliseconds(ats: Uint8Array, exchanges: readonly Exchanged[]): number {
  // REQA and ATQA; anticollision and UID; SELECT and SAK; RATS and ATS.
  const opening = SHORT_FRAME_BITS - READER_FRAME_BITS + framesBits([0, 2, 2, 5, 9, 3]);
  const rats = framesBits([2 + CRC_BYTES, ats.length + CRC_BYTES]);
  const frames = exchanges.map((one) => framesOf(one, cardFrameOf(ats)));
  const bits = frames.reduce((sum, lengths) => sum + framesBits(lengths), opening + rats);
  const count = frames.reduce((sum, lengths) => sum + lengths.length, 8);
  return ((bits * BIT_CLOCKS + count * DELAY_CLOCKS) * 1000) / CARRIER_HZ;
}

/** Lengths of the frames, terminal's and card's in turn; a chained block is confirmed by an empty one. */
export function framesOf({ command, response }: Exchanged, cardFrame: number): number[] {
  const asked = blocks(command.length, cardFrame).flatMap((block) => [block, BLOCK_BYTES]);
  const answered = blocks(response.length, TERMINAL_FRAME).flatMap((block) => [block, BLOCK_BYTES]);
  // The last block of the command is answered by the first of the response, whose last is by none.
  return [...asked.slice(0, -1), ...answered.slice(0, -1)];
}

function blocks(length: number, frame: number): number[] {
  const room = frame - BLOCK_BYTES;
  const count = Math.max(1, Math.ceil(length / room));
  return Array.from({ length: count }, (_, at) => {
    return BLOCK_BYTES + Math.min(room, length - at * room);
  });
}

function framesBits(lengths: readonly number[]): number {
  return lengths.reduce((sum, length, at) => {
    const ends = at % 2 === 0 ? READER_FRAME_BITS : CARD_FRAME_BITS;
    return sum + ends + length * BYTE_BITS;
  }, 0);
}
