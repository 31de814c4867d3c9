// Decodes the instructions of one expression. Core specification 2.0, 5.4.

import { WasmError } from "../errors.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { Instruction } from "./module.ts";
import {
  type Immediate,
  OP_BLOCK,
  OP_END,
  OP_IF,
  OP_LOOP,
  opcodeOf,
  PREFIX_FC,
} from "./opcodes.ts";

/**
 * Reads up to the `end` that closes the expression.
 * @throws WasmError at an opcode that is not known
 */
export function parseInstructions(reader: ByteReader): Instruction[] {
  const instructions: Instruction[] = [];
  let depth = 1;
  while (depth > 0) {
    const { offset } = reader;
    const first = reader.u8();
    const opcode = first === PREFIX_FC ? 0xfc00 | Math.min(reader.u32(), 0xff) : first;
    const known = opcodeOf(opcode);
    if (known === undefined) {
      throw new WasmError(offset, `opcode ${opcode.toString(16)} is not known to the verifier`);
    }
    const [immediate, second] = IMMEDIATES[known.immediate](reader);
    instructions.push({ opcode, offset, immediate, second });
    if (opcode === OP_BLOCK || opcode === OP_LOOP || opcode === OP_IF) depth++;
    else if (opcode === OP_END) depth--;
  }
  return instructions;
}

/** Readers of what follows an opcode; only indexes, block types and 32-bit constants are kept. */
const IMMEDIATES: Record<Immediate, (reader: ByteReader) => readonly [number, number]> = {
  none: () => [0, 0],
  block: (reader) => [reader.signed(33), 0],
  index: (reader) => [reader.u32(), 0],
  index2: (reader) => [reader.u32(), reader.u32()],
  indirect: (reader) => [reader.u32(), reader.u32()],
  labels: (reader) => {
    const count = reader.u32();
    for (let i = 0; i <= count; i++) reader.u32();
    return [0, 0];
  },
  memarg: (reader) => [reader.u32(), reader.u32()],
  i32: (reader) => [reader.signed(32), 0],
  i64: (reader) => [reader.signed(64), 0],
  f32: (reader) => [reader.skip(4) ?? 0, 0],
  f64: (reader) => [reader.skip(8) ?? 0, 0],
  types: (reader) => {
    const count = reader.u32();
    for (let i = 0; i < count; i++) reader.u8();
    return [0, 0];
  },
};
