// What the verifier knows of a module once it is parsed.

/** Value types. Core specification 2.0, 5.3.1 and 5.3.3. */
export const TYPE_I32 = 0x7f;
export const TYPE_I64 = 0x7e;
export const TYPE_F32 = 0x7d;
export const TYPE_F64 = 0x7c;

/** Kinds of imports and exports. 5.5.5 and 5.5.10. */
export const KIND_FUNCTION = 0;
export const KIND_TABLE = 1;
export const KIND_MEMORY = 2;
export const KIND_GLOBAL = 3;

export interface FunctionType {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

export interface Import {
  readonly namespace: string;
  readonly name: string;
  readonly kind: number;
}

export interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

/** Sizes in pages of 64 KiB. */
export interface MemoryType {
  readonly minimum: number;
  readonly maximum: number | undefined;
}

export interface GlobalType {
  readonly type: number;
  readonly mutable: boolean;
}

export interface DataSegment {
  /** Where it goes; undefined for a passive one. "computed" where the place is no constant. */
  readonly address: number | "computed" | undefined;
  readonly length: number;
}

/** One instruction. `immediate` and `second` are the indexes that follow the opcode. */
export interface Instruction {
  readonly opcode: number;
  readonly offset: number;
  readonly immediate: number;
  readonly second: number;
}

/** A function that the module defines. */
export interface FunctionBody {
  /** In the index space that imports share. */
  readonly index: number;
  readonly type: FunctionType;
  /** Locals without the parameters, as runs. */
  readonly locals: readonly { readonly count: number; readonly type: number }[];
  readonly instructions: readonly Instruction[];
}

export interface WasmModule {
  readonly types: readonly FunctionType[];
  readonly imports: readonly Import[];
  /** Types of all functions: imported, then defined. */
  readonly functionTypes: readonly FunctionType[];
  readonly importedFunctions: readonly Import[];
  readonly bodies: readonly FunctionBody[];
  readonly memories: readonly MemoryType[];
  /** Entries that each table has at the start, imported ones included. */
  readonly tables: readonly number[];
  /** Globals that the module defines. */
  readonly globals: readonly GlobalType[];
  readonly exports: readonly Export[];
  readonly start: number | undefined;
  /** All functions that a table can ever hold. */
  readonly tableFunctions: readonly number[];
  readonly data: readonly DataSegment[];
  readonly names: ReadonlyMap<number, string>;
}

/** How to call a function in a message: its name, else its export, else its index. */
export function functionName(module: WasmModule, index: number): string {
  const name = module.names.get(index);
  if (name !== undefined) return name;
  const exported = module.exports.find(
    (item) => item.kind === KIND_FUNCTION && item.index === index,
  );
  return exported ? exported.name : `function ${index}`;
}
