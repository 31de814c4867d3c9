// BER-TLV as personalization needs it: tags of one or two bytes, definite lengths.
// ISO/IEC 7816-4:2020, 6.3.

import { concat } from "./bytes.ts";

/** Length field: one byte to 7F, 81 xx to FF, 82 xxxx to FFFF. */
export function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  if (length < 0x10000) return Uint8Array.of(0x82, length >> 8, length & 0xff);
  throw new RangeError(`a value of ${length} bytes is too long`);
}

/** Tag (as many bytes as its number needs) ‖ length ‖ value. */
export function tlv(tag: number, value: Uint8Array): Uint8Array {
  const head = tag > 0xff ? Uint8Array.of(tag >> 8, tag & 0xff) : Uint8Array.of(tag);
  return concat(head, encodeLength(value.length), value);
}
