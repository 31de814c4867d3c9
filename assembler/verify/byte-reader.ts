// Reads the primitive types of the WebAssembly binary format. Core specification 2.0, 5.2.

import { WasmError } from "../errors.ts";

/** A cursor over a module, or over a part of it. Every read is checked against the end. */
export class ByteReader {
  offset: number;
  private readonly bytes: Uint8Array;
  readonly end: number;

  /** Offsets are those of `bytes`, so that messages name bytes of the module. */
  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  get atEnd(): boolean {
    return this.offset >= this.end;
  }

  u8(): number {
    if (this.atEnd) throw new WasmError(this.offset, "the module ends too early");
    return this.bytes[this.offset++]!;
  }

  /** Unsigned LEB128 of 32 bits. 5.2.2. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new WasmError(this.offset, "number is too long");
  }

  /** Signed LEB128 of up to 64 bits, with the precision of a double: exact for 32 bits. 5.2.2. */
  signed(bits: 32 | 33 | 64): number {
    let value = 0;
    for (let shift = 0; shift < bits; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
    throw new WasmError(this.offset, "number is too long");
  }

  skip(length: number): void {
    if (length > this.end - this.offset) {
      throw new WasmError(this.offset, "the module ends too early");
    }
    this.offset += length;
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    this.skip(length);
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.take(this.end - this.offset);
  }

  /** A reader of the next bytes alone. */
  sub(length: number): ByteReader {
    const start = this.offset;
    this.skip(length);
    return new ByteReader(this.bytes, start, this.offset);
  }

  /** A name. 5.2.4. */
  name(): string {
    const start = this.offset;
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(this.take(this.u32()));
    } catch (error) {
      if (error instanceof WasmError) throw error;
      throw new WasmError(start, "name is not UTF-8");
    }
  }
}
