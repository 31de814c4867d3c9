// BER-TLV as the card reads it. ISO/IEC 8825-1, 8.1.3; tags of one byte.

/** Tag, length, value. */
export function field(tag: number, value: Iterable<number>): number[] {
  const content = [...value];
  const { length } = content;
  if (length < 0x80) return [tag, length, ...content];
  if (length < 0x100) return [tag, 0x81, length, ...content];
  if (length < 0x10000) return [tag, 0x82, ...uint16(length), ...content];
  return [tag, 0x83, length >> 16, ...uint16(length & 0xffff), ...content];
}

/** Big-endian. */
export function uint16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

export interface Field {
  readonly tag: number;
  /** A view of the data. */
  readonly value: Uint8Array;
  /** Where the next field begins. */
  readonly end: number;
}

/** Reads the field at `at`; undefined when it is not whole. */
export function readField(bytes: Uint8Array, at: number): Field | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || first === 0x80 || first > 0x83) return undefined;
  const digits = first < 0x80 ? 0 : first & 0x7f;
  let length = first < 0x80 ? first : 0;
  for (let i = 0; i < digits; i++) length = (length << 8) | (bytes[at + 2 + i] ?? 0);
  const from = at + 2 + digits;
  if (from + length > bytes.length) return undefined;
  return { tag, value: bytes.subarray(from, from + length), end: from + length };
}
