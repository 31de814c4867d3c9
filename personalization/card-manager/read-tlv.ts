// Reads what a card answers in BER-TLV: tags of one or two bytes, lengths of up to three.
// ISO/IEC 7816-4:2020, 6.3.

import { TransportError } from "../errors.ts";

export interface Field {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** All fields from first byte to last. Throws `TransportError` with `what` when they do not hold. */
export function readFields(data: Uint8Array, what: string): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > data.length) {
      throw new TransportError(`${what}: the card's answer is cut short`);
    }
    at += length;
    return data.slice(at - length, at);
  };
  while (at < data.length) {
    let tag = take(1);
    if ((tag[0]! & 0x1f) === 0x1f) tag = Uint8Array.of(tag[0]!, ...take(1));
    const [first = 0] = take(1);
    if (first === 0x80 || first > 0x82) {
      throw new TransportError(`${what}: the card's answer has a length that is none`);
    }
    const length = first < 0x80 ? first : numberOf(take(first & 0x0f));
    fields.push({ tag: numberOf(tag), value: take(length) });
  }
  return fields;
}

/** The value of the first field with this tag. */
export function findValue(fields: readonly Field[], tag: number): Uint8Array | undefined {
  return fields.find((field) => field.tag === tag)?.value;
}

/** Bytes as one number, the first the highest. */
export function numberOf(value: Uint8Array): number {
  return value.reduce((sum, byte) => sum * 256 + byte, 0);
}
