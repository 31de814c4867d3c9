// Takes custom sections (names) out of a module: the chip has no use for them.

import { ByteReader } from "./verify/byte-reader.ts";

const HEADER_BYTES = 8;
const SECTION_CUSTOM = 0;

/** The same module without custom sections. */
export function stripCustomSections(wasm: Uint8Array): Uint8Array {
  const reader = new ByteReader(wasm, HEADER_BYTES);
  const kept: Uint8Array[] = [wasm.subarray(0, HEADER_BYTES)];
  while (!reader.atEnd) {
    const start = reader.offset;
    const section = reader.u8();
    reader.skip(reader.u32());
    if (section !== SECTION_CUSTOM) kept.push(wasm.subarray(start, reader.offset));
  }
  return new Uint8Array(Buffer.concat(kept));
}
