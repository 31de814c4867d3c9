// The instructions that the verifier knows. Core specification 2.0, 5.4: MVP, sign extension,
// saturating truncation, bulk memory, multi-value. What is not here is refused.

/** What follows an opcode. 5.4. */
export type Immediate =
  | "none"
  | "block"
  | "index"
  | "labels"
  | "indirect"
  | "memarg"
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "types"
  | "index2";

export interface Opcode {
  readonly immediate: Immediate;
  /** Operands taken and left; control and calls are computed where the types are known. */
  readonly pops: number;
  readonly pushes: number;
  /** Touches a 64-bit integer: its operands take 8 bytes. */
  readonly wide: boolean;
  readonly float: boolean;
}

export const OP_UNREACHABLE = 0x00;
export const OP_BLOCK = 0x02;
export const OP_LOOP = 0x03;
export const OP_IF = 0x04;
export const OP_ELSE = 0x05;
export const OP_END = 0x0b;
export const OP_BR = 0x0c;
export const OP_BR_TABLE = 0x0e;
export const OP_RETURN = 0x0f;
export const OP_CALL = 0x10;
export const OP_CALL_INDIRECT = 0x11;
export const OP_GLOBAL_GET = 0x23;
export const OP_GLOBAL_SET = 0x24;
export const OP_MEMORY_GROW = 0x40;
export const OP_I32_CONST = 0x41;
export const OP_I32_LT_S = 0x48;
export const OP_I32_SUB = 0x6b;
/** Prefix of the second table: opcode `PREFIX_FC << 8 | n` here. */
export const PREFIX_FC = 0xfc;
export const OP_MEMORY_INIT = 0xfc08;
export const OP_MEMORY_COPY = 0xfc0a;
export const OP_MEMORY_FILL = 0xfc0b;
/** Block type of a block without parameters and results. 5.4.1. */
export const BLOCK_EMPTY = 0x40;

/** [first, last, immediate, pops, pushes, marks]; marks: w wide, f float. */
type Row = readonly [number, number, Immediate, number, number, string?];

const ROWS: readonly Row[] = [
  [0x00, 0x01, "none", 0, 0], // unreachable, nop
  [0x02, 0x03, "block", 0, 0], // block, loop
  [0x04, 0x04, "block", 1, 0], // if
  [0x05, 0x05, "none", 0, 0], // else
  [0x0b, 0x0b, "none", 0, 0], // end
  [0x0c, 0x0c, "index", 0, 0], // br
  [0x0d, 0x0d, "index", 1, 0], // br_if
  [0x0e, 0x0e, "labels", 1, 0], // br_table
  [0x0f, 0x0f, "none", 0, 0], // return
  [0x10, 0x10, "index", 0, 0], // call
  [0x11, 0x11, "indirect", 1, 0], // call_indirect
  [0x1a, 0x1a, "none", 1, 0], // drop
  [0x1b, 0x1b, "none", 3, 1], // select
  [0x1c, 0x1c, "types", 3, 1], // select with a type
  [0x20, 0x20, "index", 0, 1], // local.get
  [0x21, 0x21, "index", 1, 0], // local.set
  [0x22, 0x22, "index", 1, 1], // local.tee
  [0x23, 0x23, "index", 0, 1], // global.get
  [0x24, 0x24, "index", 1, 0], // global.set
  [0x28, 0x28, "memarg", 1, 1], // i32.load
  [0x29, 0x29, "memarg", 1, 1, "w"], // i64.load
  [0x2a, 0x2b, "memarg", 1, 1, "wf"], // f32.load, f64.load
  [0x2c, 0x2f, "memarg", 1, 1], // i32.load8_s ... i32.load16_u
  [0x30, 0x35, "memarg", 1, 1, "w"], // i64.load8_s ... i64.load32_u
  [0x36, 0x36, "memarg", 2, 0], // i32.store
  [0x37, 0x37, "memarg", 2, 0, "w"], // i64.store
  [0x38, 0x39, "memarg", 2, 0, "wf"], // f32.store, f64.store
  [0x3a, 0x3b, "memarg", 2, 0], // i32.store8, i32.store16
  [0x3c, 0x3e, "memarg", 2, 0, "w"], // i64.store8 ... i64.store32
  [0x3f, 0x3f, "index", 0, 1], // memory.size
  [0x40, 0x40, "index", 1, 1], // memory.grow
  [0x41, 0x41, "i32", 0, 1], // i32.const
  [0x42, 0x42, "i64", 0, 1, "w"], // i64.const
  [0x43, 0x43, "f32", 0, 1, "f"], // f32.const
  [0x44, 0x44, "f64", 0, 1, "wf"], // f64.const
  [0x45, 0x45, "none", 1, 1], // i32.eqz
  [0x46, 0x4f, "none", 2, 1], // i32 comparisons
  [0x50, 0x50, "none", 1, 1, "w"], // i64.eqz
  [0x51, 0x5a, "none", 2, 1, "w"], // i64 comparisons
  [0x5b, 0x66, "none", 2, 1, "wf"], // f32 and f64 comparisons
  [0x67, 0x69, "none", 1, 1], // i32.clz, ctz, popcnt
  [0x6a, 0x78, "none", 2, 1], // i32 arithmetic
  [0x79, 0x7b, "none", 1, 1, "w"], // i64.clz, ctz, popcnt
  [0x7c, 0x8a, "none", 2, 1, "w"], // i64 arithmetic
  [0x8b, 0x91, "none", 1, 1, "f"], // f32 with one operand
  [0x92, 0x98, "none", 2, 1, "f"], // f32 with two
  [0x99, 0x9f, "none", 1, 1, "wf"], // f64 with one
  [0xa0, 0xa6, "none", 2, 1, "wf"], // f64 with two
  [0xa7, 0xa7, "none", 1, 1, "w"], // i32.wrap_i64
  [0xa8, 0xab, "none", 1, 1, "wf"], // i32.trunc
  [0xac, 0xad, "none", 1, 1, "w"], // i64.extend_i32
  [0xae, 0xbf, "none", 1, 1, "wf"], // i64.trunc, convert, demote, promote, reinterpret
  [0xc0, 0xc1, "none", 1, 1], // i32.extend8_s, extend16_s
  [0xc2, 0xc4, "none", 1, 1, "w"], // i64.extend8_s, extend16_s, extend32_s
  [0xfc00, 0xfc07, "none", 1, 1, "wf"], // trunc_sat
  [0xfc08, 0xfc08, "index2", 3, 0], // memory.init
  [0xfc09, 0xfc09, "index", 0, 0], // data.drop
  [0xfc0a, 0xfc0a, "index2", 3, 0], // memory.copy
  [0xfc0b, 0xfc0b, "index", 3, 0], // memory.fill
  [0xfc0c, 0xfc0c, "index2", 3, 0], // table.init
  [0xfc0d, 0xfc0d, "index", 0, 0], // elem.drop
  [0xfc0e, 0xfc0e, "index2", 3, 0], // table.copy
];

const TABLE: ReadonlyMap<number, Opcode> = new Map(
  ROWS.flatMap(([first, last, immediate, pops, pushes, marks = ""]) => {
    const opcode = {
      immediate,
      pops,
      pushes,
      wide: marks.includes("w"),
      float: marks.includes("f"),
    };
    const codes = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    return codes.map((code): [number, Opcode] => [code, opcode]);
  }),
);

/** The row of an opcode; `0xfcnn` for those behind the prefix. */
export function opcodeOf(code: number): Opcode | undefined {
  return TABLE.get(code);
}
