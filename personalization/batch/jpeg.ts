// Is this a JPEG file that a terminal can show? Reads its segments, decodes no pixel; and makes it
// longer without a change to the picture. ITU-T T.81 (ISO/IEC 10918-1), annex B.

import { concat } from "../bytes.ts";
import { FieldError } from "../errors.ts";

const MARKER = 0xff;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const COM = 0xfe;
/** Application segments, which stand first. */
const APP0 = 0xe0;
const APP15 = 0xef;
/** Start of frame: baseline, extended and progressive. */
const FRAMES = [0xc0, 0xc1, 0xc2];
/** Marker and length in front of a segment; most bytes that one can hold. */
const SEGMENT_HEADER = 4;
const MAX_SEGMENT = 0xffff + 2;

export interface JpegInfo {
  readonly width: number;
  readonly height: number;
  /** Colour components: 1 grey, 3 colour. */
  readonly components: number;
}

interface Segment {
  readonly marker: number;
  /** Where its marker begins, fill bytes passed over, and where the next one's does. */
  readonly at: number;
  readonly end: number;
}

/** Size of the picture. Throws `FieldError` when the bytes are no whole JPEG file. */
export function inspectJpeg(data: Uint8Array): JpegInfo {
  if (data[0] !== MARKER || data[1] !== SOI)
    throw new FieldError("is not a JPEG file; save it as one");
  let info: JpegInfo | undefined;
  for (const { marker, at, end } of segments(data)) {
    if (marker === SOS && info !== undefined) {
      checkScan(data, end);
      return info;
    }
    if (FRAMES.includes(marker)) info = frame(data.subarray(at + SEGMENT_HEADER, end));
  }
  if (!endsWithMark(data)) throw new FieldError(TORN);
  throw new FieldError("is a damaged JPEG file; save it anew");
}

const TORN = "is a JPEG file that ends too early; copy it again";

function endsWithMark(data: Uint8Array): boolean {
  return data.at(-2) === MARKER && data.at(-1) === EOI;
}

/** The picture's data from `start` on: some, and the end-of-image mark last. None is decoded. */
function checkScan(data: Uint8Array, start: number): void {
  if (!endsWithMark(data)) {
    const end = Buffer.from(data).indexOf(Uint8Array.of(MARKER, EOI), start);
    if (end < 0) throw new FieldError(TORN);
    const behind = data.length - end - 2;
    throw new FieldError(`is a JPEG file with ${behind} bytes behind its end; save it anew`);
  }
  if (data.length - start <= 2) throw new FieldError("is a JPEG file without pixels; save it anew");
}

/**
 * The same picture in a file of exactly `size` bytes, at least as many as it has: a comment behind
 * the application segments, or up to three fill bytes, which may stand before any marker (B.1.1.2).
 */
export function lengthenJpeg(data: Uint8Array, size: number): Uint8Array {
  const missing = size - data.length;
  if (missing <= 0) return data;
  const place = firstTable(data);
  return concat(data.subarray(0, place), filling(missing), data.subarray(place));
}

function filling(missing: number): Uint8Array {
  if (missing < SEGMENT_HEADER) return new Uint8Array(missing).fill(MARKER);
  const length = Math.min(missing, MAX_SEGMENT);
  const comment = new Uint8Array(length).fill(0x20);
  comment.set([MARKER, COM, (length - 2) >> 8, (length - 2) & 0xff]);
  return missing === length ? comment : concat(comment, filling(missing - length));
}

/** Where the segments behind the application's own begin. */
function firstTable(data: Uint8Array): number {
  for (const { marker, at } of segments(data)) if (marker < APP0 || marker > APP15) return at;
  return 2;
}

/** Up to the first that is none, the picture's data at the latest. */
function* segments(data: Uint8Array): Generator<Segment, void, undefined> {
  for (let at = 2; at + SEGMENT_HEADER <= data.length; ) {
    if (data[at] !== MARKER) return;
    if (data[at + 1] === MARKER) {
      at++;
      continue;
    }
    const length = (data[at + 2]! << 8) | data[at + 3]!;
    if (length < 2) return;
    const marker = data[at + 1]!;
    yield { marker, at, end: at + 2 + length };
    if (marker === SOS) return;
    at += 2 + length;
  }
}

/** Precision (1) ‖ height (2) ‖ width (2) ‖ components (1) ... */
function frame(segment: Uint8Array): JpegInfo {
  const [, h1 = 0, h2 = 0, w1 = 0, w2 = 0, components = 0] = segment;
  const info = { height: (h1 << 8) | h2, width: (w1 << 8) | w2, components };
  if (info.height === 0 || info.width === 0 || ![1, 3].includes(components)) {
    throw new FieldError("is a JPEG file without a picture; save it anew, grey or in colour");
  }
  return info;
}
