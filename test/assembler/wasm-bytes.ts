// Puts WebAssembly modules together from their parts, wrong ones included.
// Core specification 2.0, 5.5. All numbers are below 128 or go through `leb`.

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;

export interface Parts {
  /** [parameters, results] */
  types?: [number[], number[]][];
  /** [namespace, name, type index] */
  imports?: [string, string, number][];
  /** One for each defined function. Code ends in 0b. */
  functions?: { type: number; locals?: [number, number][]; code: number[]; name?: string }[];
  table?: number[];
  /** [minimum] or [minimum, maximum]; several for several memories. */
  memories?: number[][];
  /** [type, mutable, ...initial expression] */
  globals?: number[][];
  /** [name, kind, index] */
  exports?: [string, number, number][];
  start?: number;
  /** Functions of an element segment at 0. */
  elements?: number[];
  /** [address expression, length] */
  data?: [number[], number][];
  /** Raw bytes after the last section. */
  tail?: number[];
}

const SIGNATURE: [number[], number[]] = [[], []];
const NOTHING = { type: 0, code: [0x0b] };

/** An applet that the verifier accepts: four empty entries, one page. */
export const APPLET: Parts = {
  types: [SIGNATURE],
  functions: [NOTHING, NOTHING, NOTHING, NOTHING],
  memories: [[1, 1]],
  exports: [
    ["memory", 2, 0],
    ["install", 0, 0],
    ["select", 0, 1],
    ["deselect", 0, 2],
    ["process", 0, 3],
  ],
};

/** The accepted applet with another body, named `guilty`, for `process`. */
export function withProcess(code: number[], more: Parts = {}, locals: [number, number][] = []) {
  const guilty = { type: 0, locals, code: [...code, 0x0b], name: "guilty" };
  return assemble({ ...APPLET, functions: [NOTHING, NOTHING, NOTHING, guilty], ...more });
}

/** The bytes of a module. */
export function assemble(parts: Parts): Uint8Array {
  const { types = [], imports = [], functions = [], memories = [], globals = [] } = parts;
  const { exports = [], elements, data = [], table, start, tail = [] } = parts;
  const names = functions.flatMap(({ name }, index) =>
    name === undefined ? [] : [[...leb(imports.length + index), ...text(name)]],
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      vector(types.map(([params, results]) => [0x60, ...list(params), ...list(results)])),
    ),
    ...section(
      2,
      vector(imports.map(([space, name, type]) => [...text(space), ...text(name), 0, type])),
    ),
    ...section(3, vector(functions.map(({ type }) => [type]))),
    ...(table ? section(4, vector([[0x70, ...limits(table)]])) : []),
    ...section(5, vector(memories.map(limits))),
    ...section(6, vector(globals)),
    ...section(7, vector(exports.map(([name, kind, index]) => [...text(name), kind, index]))),
    ...(start === undefined ? [] : section(8, [start])),
    ...(elements ? section(9, vector([[0, 0x41, 0, 0x0b, ...list(elements)]])) : []),
    ...section(10, vector(functions.map(body))),
    ...section(
      11,
      vector(
        data.map(([at, length]) => [0, ...at, 0x0b, ...leb(length), ...Array(length).fill(1)]),
      ),
    ),
    ...(names.length === 0 ? [] : section(0, [...text("name"), 1, ...sized(vector(names))])),
    ...tail,
  ]);
}

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))];
}

function body({ locals = [], code }: { locals?: [number, number][]; code: number[] }): number[] {
  return sized([...vector(locals.map(([count, type]) => [...leb(count), type])), ...code]);
}

function section(id: number, content: number[]): number[] {
  return content.length === 1 && content[0] === 0 && id !== 8 ? [] : [id, ...sized(content)];
}

function sized(content: number[]): number[] {
  return [...leb(content.length), ...content];
}

function vector(items: number[][]): number[] {
  return [...leb(items.length), ...items.flat()];
}

function list(items: number[]): number[] {
  return [...leb(items.length), ...items.flatMap(leb)];
}

function limits([minimum, maximum]: number[]): number[] {
  return maximum === undefined ? [0, ...leb(minimum!)] : [1, ...leb(minimum!), ...leb(maximum)];
}

function text(value: string): number[] {
  return sized([...new TextEncoder().encode(value)]);
}
