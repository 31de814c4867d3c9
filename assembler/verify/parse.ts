// Parses a WebAssembly module down to the instruction. Core specification 2.0, 5.5.

import { WasmError } from "../errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { parseInstructions } from "./instructions.ts";
import {
  type DataSegment,
  type Export,
  type FunctionBody,
  type FunctionType,
  type GlobalType,
  type Import,
  KIND_FUNCTION,
  KIND_GLOBAL,
  KIND_MEMORY,
  KIND_TABLE,
  type MemoryType,
  type WasmModule,
} from "./module.ts";
import { OP_I32_CONST } from "./opcodes.ts";

/** "\0asm", version 1. 5.5.16. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** V8's limit; a function of ours has a few dozen. */
const MAX_LOCALS = 50000;
/** So that who brings a module cannot make its verification long; ours have some hundred. */
const MAX_FUNCTIONS = 2048;
const MAX_ELEMENTS = 1024;

/**
 * Parses a module.
 * @throws WasmError at the first byte that is not understood: nothing is passed over
 */
export function parseModule(bytes: Uint8Array): WasmModule {
  const reader = new ByteReader(bytes);
  for (const byte of HEADER) {
    if (reader.u8() !== byte) throw new WasmError(reader.offset - 1, "no WebAssembly module");
  }
  const parser = new Parser();
  while (!reader.atEnd) {
    const offset = reader.offset;
    const id = reader.u8();
    const section = reader.sub(reader.u32());
    parser.section(id, section, offset);
    if (id !== SECTION_CUSTOM && !section.atEnd) {
      throw new WasmError(section.offset, "bytes follow the end of a section");
    }
  }
  return parser.module;
}

const SECTION_CUSTOM = 0;

class Parser {
  private readonly types: FunctionType[] = [];
  private readonly imports: Import[] = [];
  private readonly functionTypes: FunctionType[] = [];
  private readonly importedFunctions: Import[] = [];
  private readonly bodies: FunctionBody[] = [];
  private readonly memories: MemoryType[] = [];
  private readonly tables: number[] = [];
  private readonly globals: GlobalType[] = [];
  private readonly exports: Export[] = [];
  private readonly tableFunctions: number[] = [];
  private readonly data: DataSegment[] = [];
  private readonly names = new Map<number, string>();
  private start: number | undefined;

  get module(): WasmModule {
    const { types, imports, functionTypes, importedFunctions, bodies, memories, tables } = this;
    const { globals, exports, start, tableFunctions, data, names } = this;
    return {
      ...{ types, imports, functionTypes, importedFunctions, bodies, memories, tables },
      ...{ globals, exports, start, tableFunctions, data, names },
    };
  }

  section(id: number, reader: ByteReader, offset: number): void {
    const items: Partial<Record<number, (reader: ByteReader) => void>> = {
      1: (r) => this.types.push(functionType(r)),
      2: (r) => this.import(r),
      3: (r) => this.functionTypes.push(this.typeAt(r)),
      4: (r) => this.tables.push(tableType(r)),
      5: (r) => this.memories.push(memoryType(r)),
      6: (r) => this.global(r),
      7: (r) => this.exports.push({ name: r.name(), kind: r.u8(), index: r.u32() }),
      9: (r) => this.element(r),
      10: (r) => this.body(r),
      11: (r) => this.segment(r),
    };
    const item = items[id];
    if (item !== undefined) repeat(reader, item);
    else if (id === SECTION_CUSTOM) this.custom(reader);
    else if (id === 8) this.start = reader.u32();
    else if (id === 12) reader.u32();
    else throw new WasmError(offset, `section ${id} is not known`);
  }

  private typeAt(reader: ByteReader): FunctionType {
    const { offset } = reader;
    const type = this.types[reader.u32()];
    if (type === undefined) throw new WasmError(offset, "no such type");
    return type;
  }

  private import(reader: ByteReader): void {
    const { offset } = reader;
    const item = { namespace: reader.name(), name: reader.name(), kind: reader.u8() };
    this.imports.push(item);
    if (item.kind === KIND_FUNCTION) {
      this.functionTypes.push(this.typeAt(reader));
      this.importedFunctions.push(item);
    } else if (item.kind === KIND_TABLE) this.tables.push(tableType(reader));
    else if (item.kind === KIND_MEMORY) memoryType(reader);
    else if (item.kind === KIND_GLOBAL) globalType(reader);
    else throw new WasmError(offset, `import of kind ${item.kind} is not known`);
  }

  private global(reader: ByteReader): void {
    this.globals.push(globalType(reader));
    constant(reader);
  }

  /** 5.5.12: bit 0 passive or declarative, bit 1 table index or declarative, bit 2 expressions. */
  private element(reader: ByteReader): void {
    const { offset } = reader;
    const flags = reader.u32();
    if (flags > 3) throw new WasmError(offset, "elements as expressions are not known");
    if (flags === 2) reader.u32();
    if ((flags & 1) === 0) constant(reader);
    if (flags !== 0 && reader.u8() !== 0) throw new WasmError(offset, "elements are no functions");
    repeat(reader, (r) => this.tableFunctions.push(r.u32()));
    if (this.tableFunctions.length > MAX_ELEMENTS) {
      throw new WasmError(offset, `more than ${MAX_ELEMENTS} functions in tables`);
    }
  }

  private body(reader: ByteReader): void {
    const code = reader.sub(reader.u32());
    const { offset } = code;
    const locals: { count: number; type: number }[] = [];
    let total = 0;
    repeat(code, (r) => {
      const run = { count: r.u32(), type: r.u8() };
      total += run.count;
      locals.push(run);
    });
    if (this.bodies.length === MAX_FUNCTIONS) {
      throw new WasmError(offset, `more than ${MAX_FUNCTIONS} functions`);
    }
    if (total > MAX_LOCALS) throw new WasmError(offset, `${total} locals in one function`);
    const index = this.importedFunctions.length + this.bodies.length;
    const type = this.functionTypes[index];
    if (type === undefined) throw new WasmError(offset, "code without a function");
    this.bodies.push({ index, type, locals, instructions: parseInstructions(code) });
  }

  /** 5.5.14: 0 active, 1 passive, 2 active with a memory index. */
  private segment(reader: ByteReader): void {
    const { offset } = reader;
    const flags = reader.u32();
    if (flags > 2) throw new WasmError(offset, "data segment of an unknown kind");
    if (flags === 2) reader.u32();
    const address = flags === 1 ? undefined : constant(reader);
    const length = reader.u32();
    reader.skip(length);
    this.data.push({ address, length });
  }

  /** The name section, subsection 1: functions. 7.4.1. Other custom sections mean nothing. */
  private custom(reader: ByteReader): void {
    if (reader.name() !== "name") return;
    while (!reader.atEnd) {
      const id = reader.u8();
      const subsection = reader.sub(reader.u32());
      if (id === 1) repeat(subsection, (r) => this.names.set(r.u32(), r.name()));
    }
  }
}

/** A vector: a count, then the items. 5.1.3. */
function repeat(reader: ByteReader, item: (reader: ByteReader) => void): void {
  const count = reader.u32();
  for (let i = 0; i < count; i++) item(reader);
}

function valueTypes(reader: ByteReader): number[] {
  const types: number[] = [];
  repeat(reader, (r) => types.push(r.u8()));
  return types;
}

function functionType(reader: ByteReader): FunctionType {
  if (reader.u8() !== 0x60) throw new WasmError(reader.offset - 1, "no function type");
  return { params: valueTypes(reader), results: valueTypes(reader) };
}

/** 5.3.8. Bit 0: there is a maximum; shared and 64-bit memories have other bits. */
function memoryType(reader: ByteReader): MemoryType {
  const flags = reader.u8();
  if (flags > 1) throw new WasmError(reader.offset - 1, "memory is shared or of 64 bits");
  return { minimum: reader.u32(), maximum: flags === 1 ? reader.u32() : undefined };
}

function tableType(reader: ByteReader): number {
  if (reader.u8() !== 0x70)
    throw new WasmError(reader.offset - 1, "table is no table of functions");
  return memoryType(reader).minimum;
}

function globalType(reader: ByteReader): GlobalType {
  return { type: reader.u8(), mutable: reader.u8() !== 0 };
}

/** A constant expression: its value if it is one `i32.const`. 5.4.9. */
function constant(reader: ByteReader): number | "computed" {
  const instructions = parseInstructions(reader);
  const [first] = instructions;
  if (instructions.length !== 2 || first?.opcode !== OP_I32_CONST) return "computed";
  return first.immediate >>> 0;
}
