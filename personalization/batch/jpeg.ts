// Is this a JPEG file that a terminal can show? Reads its segments, decodes no pixel.
// ITU-T T.81 (ISO/IEC 10918-1), annex B.

import { FieldError } from "../errors.ts";

const MARKER = 0xff;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** Start of frame: baseline, extended and progressive. */
const FRAMES = [0xc0, 0xc1, 0xc2];

export interface JpegInfo {
  readonly width: number;
  readonly height: number;
  /** Colour components: 1 grey, 3 colour. */
  readonly components: number;
}

/** Size of the picture. Throws `FieldError` when the bytes are no whole JPEG file. */
export function inspectJpeg(data: Uint8Array): JpegInfo {
  if (data[0] !== MARKER || data[1] !== SOI)
    throw new FieldError("is not a JPEG file; save it as one");
  if (data.at(-2) !== MARKER || data.at(-1) !== EOI) {
    throw new FieldError("is a JPEG file that ends too early; copy it again");
  }
  let info: JpegInfo | undefined;
  for (let at = 2; at + 4 <= data.length; ) {
    const marker = data[at + 1]!;
    const length = (data[at + 2]! << 8) | data[at + 3]!;
    if (data[at] !== MARKER || length < 2) break;
    if (marker === SOS && info !== undefined) return info;
    if (FRAMES.includes(marker)) info = frame(data.subarray(at + 4, at + 2 + length));
    at += 2 + length;
  }
  throw new FieldError("is a damaged JPEG file; save it anew");
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
