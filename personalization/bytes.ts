// Bytes and their hexadecimal notation: the one place of this folder where the two meet.

/** Upper-case hexadecimal, without spaces. */
export function hex(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex").toUpperCase();
}

/** Bytes of hexadecimal text; spaces are ignored. Throws `RangeError` when the text is not hex. */
export function bytes(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9A-Fa-f]*$/.test(digits)) {
    throw new RangeError(`not hexadecimal: "${text}"`);
  }
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** A status word or another 16-bit number as four hex digits. */
export function hex16(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, "0");
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Exclusive or of two strings of one length. */
export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length) throw new RangeError("xor needs two strings of one length");
  return a.map((byte, index) => byte ^ b[index]!);
}

/** Bits turned over. */
export function invert(data: Uint8Array): Uint8Array {
  return data.map((byte) => ~byte);
}

/** `data` filled with 00 bytes to a multiple of `block`. */
export function padZero(data: Uint8Array, block: number): Uint8Array {
  const padded = new Uint8Array(Math.ceil(data.length / block) * block);
  padded.set(data);
  return padded;
}

/** `data` ‖ 80 ‖ 00..00 to a multiple of `block`. ISO/IEC 9797-1, padding method 2. */
export function pad80(data: Uint8Array, block: number): Uint8Array {
  return padZero(concat(data, Uint8Array.of(0x80)), block);
}
