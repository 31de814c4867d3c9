// CBOR, core deterministic encoding only. RFC 8949, 3 and 4.2.1.
//
// The reader accepts what the writer writes and nothing else: shortest lengths, definite lengths,
// map keys in bytewise order and only once, valid UTF-8. So an image has exactly one encoding,
// and no length in hostile input is believed before the bytes are there.

/** A tagged item. RFC 8949, 3.4. */
export class Tagged {
  constructor(
    readonly tag: number,
    readonly value: Cbor,
  ) {}
}

export type Cbor = number | string | Uint8Array | readonly Cbor[] | CborMap | Tagged;
export type CborMap = ReadonlyMap<number | string, Cbor>;

/** The bytes are no deterministic CBOR. */
export class CborError extends Error {
  override readonly name = "CborError";
  constructor(
    readonly offset: number,
    readonly reason: string,
  ) {
    super(`byte ${offset}: ${reason}`);
  }
}

const MAJOR_UNSIGNED = 0;
const MAJOR_NEGATIVE = 1;
const MAJOR_BYTES = 2;
const MAJOR_TEXT = 3;
const MAJOR_ARRAY = 4;
const MAJOR_MAP = 5;
const MAJOR_TAG = 6;

/** Deeper nesting than any image needs; the reader recurses no further. */
const MAX_DEPTH = 8;
/** More items than any image needs: a file of small items would take many times its size. */
const MAX_ITEMS = 4096;

/** Writes one item. */
export function encodeCbor(value: Cbor): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return concat(parts);
}

function write(value: Cbor, parts: Uint8Array[]): void {
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError(`CBOR: ${value} is no safe integer`);
    parts.push(value < 0 ? head(MAJOR_NEGATIVE, -1 - value) : head(MAJOR_UNSIGNED, value));
  } else if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    parts.push(head(MAJOR_TEXT, bytes.length), bytes);
  } else if (value instanceof Uint8Array) {
    parts.push(head(MAJOR_BYTES, value.length), value);
  } else if (value instanceof Tagged) {
    parts.push(head(MAJOR_TAG, value.tag));
    write(value.value, parts);
  } else if (value instanceof Map) {
    writeMap(value as CborMap, parts);
  } else {
    const items = value as readonly Cbor[];
    parts.push(head(MAJOR_ARRAY, items.length));
    for (const item of items) write(item, parts);
  }
}

function writeMap(map: CborMap, parts: Uint8Array[]): void {
  const entries = [...map].map(([key, value]) => ({ key: encodeCbor(key), value }));
  entries.sort((a, b) => compareBytes(a.key, b.key));
  parts.push(head(MAJOR_MAP, map.size));
  for (const { key, value } of entries) {
    parts.push(key);
    write(value, parts);
  }
}

/** Initial byte and shortest argument. */
function head(major: number, argument: number): Uint8Array {
  const first = major << 5;
  if (argument < 24) return Uint8Array.of(first | argument);
  if (argument < 0x100) return Uint8Array.of(first | 24, argument);
  if (argument < 0x10000) return Uint8Array.of(first | 25, argument >> 8, argument & 0xff);
  const wide = argument >= 0x100000000;
  const bytes = new Uint8Array(wide ? 9 : 5);
  const view = new DataView(bytes.buffer);
  bytes[0] = first | (wide ? 27 : 26);
  if (wide) view.setBigUint64(1, BigInt(argument));
  else view.setUint32(1, argument);
  return bytes;
}

/** Reads one item that fills all of `bytes`. Byte strings are views of `bytes`. */
export function decodeCbor(bytes: Uint8Array): Cbor {
  const reader = new Reader(bytes);
  const value = reader.item(0);
  if (reader.offset !== bytes.length) {
    throw new CborError(reader.offset, `${bytes.length - reader.offset} bytes follow the end`);
  }
  return value;
}

class Reader {
  offset = 0;
  private items = 0;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    // A plain view: slices of a Buffer would be Buffers, which share what their callers copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  item(depth: number): Cbor {
    const start = this.offset;
    if (depth > MAX_DEPTH) throw new CborError(start, "nested too deeply");
    if (++this.items > MAX_ITEMS) throw new CborError(start, "more items than an image has");
    const { major, argument } = this.head();
    switch (major) {
      case MAJOR_UNSIGNED:
        return argument;
      case MAJOR_NEGATIVE:
        return -1 - argument;
      case MAJOR_BYTES:
        return this.take(argument);
      case MAJOR_TEXT:
        return this.text(argument);
      case MAJOR_ARRAY:
        return this.array(argument, depth);
      case MAJOR_MAP:
        return this.map(argument, depth);
      case MAJOR_TAG:
        return new Tagged(argument, this.item(depth + 1));
      default:
        throw new CborError(start, "simple values and floats do not occur in an image");
    }
  }

  private head(): { major: number; argument: number } {
    const start = this.offset;
    const first = this.take(1)[0]!;
    const additional = first & 0x1f;
    if (additional < 24) return { major: first >> 5, argument: additional };
    if (additional > 27) throw new CborError(start, "indefinite or reserved length");
    const size = 1 << (additional - 24);
    const at = this.offset;
    this.take(size);
    const argument = this.argument(at, size);
    if (argument < (size === 1 ? 24 : 2 ** (4 * size))) {
      throw new CborError(start, "length or number is not in its shortest form");
    }
    if (argument > Number.MAX_SAFE_INTEGER - 1) throw new CborError(start, "number is too large");
    return { major: first >> 5, argument };
  }

  private argument(at: number, size: number): number {
    if (size === 1) return this.view.getUint8(at);
    if (size === 2) return this.view.getUint16(at);
    if (size === 4) return this.view.getUint32(at);
    return Number(this.view.getBigUint64(at));
  }

  private take(length: number): Uint8Array {
    const left = this.bytes.length - this.offset;
    if (length > left) {
      throw new CborError(this.offset, `${length} bytes expected, ${left} are left`);
    }
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  private text(length: number): string {
    const start = this.offset;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(length));
    } catch (error) {
      if (error instanceof CborError) throw error;
      throw new CborError(start, "text is not UTF-8");
    }
  }

  private array(count: number, depth: number): Cbor[] {
    this.expectItems(count);
    const items: Cbor[] = [];
    for (let i = 0; i < count; i++) items.push(this.item(depth + 1));
    return items;
  }

  private map(count: number, depth: number): CborMap {
    this.expectItems(2 * count);
    const map = new Map<number | string, Cbor>();
    let previous = this.bytes.subarray(0, 0);
    for (let i = 0; i < count; i++) {
      const start = this.offset;
      const key = this.item(depth + 1);
      if (typeof key !== "number" && typeof key !== "string") {
        throw new CborError(start, "a map key is a number or a text");
      }
      const encoded = this.bytes.subarray(start, this.offset);
      if (i > 0 && compareBytes(previous, encoded) >= 0) {
        throw new CborError(start, "map keys repeat or are out of order");
      }
      previous = encoded;
      map.set(key, this.item(depth + 1));
    }
    return map;
  }

  /** An item takes one byte or more: a count larger than the rest is a lie. */
  private expectItems(count: number): void {
    const left = this.bytes.length - this.offset;
    if (count > left)
      throw new CborError(this.offset, `${count} items expected, ${left} bytes left`);
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
