// The stack that a module can need at worst, estimated from its code.
//
// A frame is a return address with saved registers, the locals, and the operands at their most.
// A compiler keeps some of these in registers, so the chip needs less than what is found here.

import { type CallGraph, calleesFirst } from "./call-graph.ts";
import { APPLET_ENTRY_IMPORTS, REQUIRED_FUNCTIONS, type Role } from "./imports.ts";
import {
  type FunctionBody,
  type FunctionType,
  KIND_FUNCTION,
  TYPE_F64,
  TYPE_I64,
  type WasmModule,
} from "./module.ts";
import {
  OP_BLOCK,
  OP_BR,
  OP_BR_TABLE,
  OP_CALL,
  OP_CALL_INDIRECT,
  OP_ELSE,
  OP_END,
  OP_IF,
  OP_LOOP,
  OP_RETURN,
  OP_UNREACHABLE,
  opcodeOf,
} from "./opcodes.ts";

/** Return address and callee-saved registers of one frame on a 32-bit core, in bytes. */
export const FRAME_BYTES = 24;

/** Worst case of one entry: bytes of stack, and functions on it. */
export interface StackUse {
  readonly bytes: number;
  readonly depth: number;
}

/**
 * Worst case of a module.
 *
 * The kernel is entered again while it runs an applet: the applet's call comes in through `call`.
 * If that call can itself run an applet (INSTALL does), one more `call` stands on top of it;
 * deeper nesting is the kernel's to refuse.
 */
export function worstStack(module: WasmModule, graph: CallGraph, role: Role): StackUse {
  const uses = stackUses(module, graph);
  const entry = (name: string): StackUse => {
    const item = module.exports.find((e) => e.kind === KIND_FUNCTION && e.name === name);
    return uses.get(item?.index ?? -1) ?? { bytes: 0, depth: 0 };
  };
  const names = REQUIRED_FUNCTIONS[role];
  if (role === "applet") return most(names.map(entry));

  const first = most(names.filter((name) => name !== "call").map(entry));
  const call = entry("call");
  const again = canRunApplet(module, graph) ? 2 : 1;
  return { bytes: first.bytes + again * call.bytes, depth: first.depth + again * call.depth };
}

function most(uses: readonly StackUse[]): StackUse {
  return {
    bytes: Math.max(...uses.map((use) => use.bytes)),
    depth: Math.max(...uses.map((use) => use.depth)),
  };
}

/** Longest paths of an acyclic call graph, by function. */
function stackUses(module: WasmModule, graph: CallGraph): Map<number, StackUse> {
  const bodies = new Map(module.bodies.map((body) => [body.index, body]));
  const uses = new Map<number, StackUse>();
  for (const index of calleesFirst(graph)) {
    const body = bodies.get(index);
    if (body === undefined) continue;
    const callees = [...(graph.get(index) ?? [])].map((callee) => uses.get(callee));
    const below = most([{ bytes: 0, depth: 0 }, ...callees.filter((use) => use !== undefined)]);
    uses.set(index, { bytes: below.bytes + frameBytes(module, body), depth: below.depth + 1 });
  }
  return uses;
}

/** Whether `call` reaches an import that enters an applet. */
function canRunApplet(module: WasmModule, graph: CallGraph): boolean {
  const call = module.exports.find((e) => e.kind === KIND_FUNCTION && e.name === "call");
  const reached = new Set(call ? [call.index] : []);
  for (const index of reached) for (const callee of graph.get(index) ?? []) reached.add(callee);
  return module.importedFunctions.some(
    ({ namespace, name }, index) =>
      reached.has(index) && APPLET_ENTRY_IMPORTS.has(`${namespace}.${name}`),
  );
}

/** Bytes of one frame. */
export function frameBytes(module: WasmModule, body: FunctionBody): number {
  const params = body.type.params.reduce((sum, type) => sum + slotBytes(type), 0);
  const locals = body.locals.reduce((sum, run) => sum + run.count * slotBytes(run.type), 0);
  const operands = operandHeight(module, body);
  return FRAME_BYTES + params + locals + operands * (isWide(module, body) ? 8 : 4);
}

function slotBytes(type: number): number {
  return type === TYPE_I64 || type === TYPE_F64 ? 8 : 4;
}

/** Whether an operand of the function can be wider than 4 bytes. */
function isWide(module: WasmModule, body: FunctionBody): boolean {
  const wideTypes = [
    ...body.type.params,
    ...body.locals.map((run) => run.type),
    ...module.globals.map((global) => global.type),
  ];
  return (
    wideTypes.some((type) => slotBytes(type) === 8) ||
    body.instructions.some(({ opcode, immediate }) => {
      if (opcode === OP_CALL) return hasWide(module.functionTypes[immediate]);
      if (opcode === OP_CALL_INDIRECT) return hasWide(module.types[immediate]);
      return opcodeOf(opcode)?.wide === true;
    })
  );
}

function hasWide(type: FunctionType | undefined): boolean {
  return type !== undefined && [...type.params, ...type.results].some((t) => slotBytes(t) === 8);
}

/** A block that is open: operands below it, and how many it leaves. */
interface Block {
  readonly base: number;
  readonly params: number;
  readonly results: number;
}

/** Most operands that are alive at once. The module is known to be valid: V8 has checked it. */
function operandHeight(module: WasmModule, body: FunctionBody): number {
  const blocks: Block[] = [{ base: 0, params: 0, results: body.type.results.length }];
  let height = 0;
  let highest = 0;
  for (const { opcode, immediate } of body.instructions) {
    const known = opcodeOf(opcode)!;
    height += known.pushes - known.pops;
    const top = blocks.at(-1)!;
    if (opcode === OP_BLOCK || opcode === OP_LOOP || opcode === OP_IF) {
      blocks.push(openBlock(module, immediate, height));
    } else if (opcode === OP_ELSE) {
      height = top.base + top.params;
    } else if (opcode === OP_END) {
      height = top.base + top.results;
      blocks.pop();
    } else if (opcode === OP_CALL || opcode === OP_CALL_INDIRECT) {
      const type = opcode === OP_CALL ? module.functionTypes[immediate] : module.types[immediate];
      height += type!.results.length - type!.params.length;
    } else if (UNCONDITIONAL.has(opcode)) {
      height = top.base;
    }
    highest = Math.max(highest, height);
  }
  return highest;
}

/** What follows one of these is never reached; its operands come from nowhere. */
const UNCONDITIONAL: ReadonlySet<number> = new Set([OP_UNREACHABLE, OP_BR, OP_BR_TABLE, OP_RETURN]);

/** Block type: -64 empty, another negative number one result, else a type index. 5.4.1. */
function openBlock(module: WasmModule, blockType: number, height: number): Block {
  if (blockType === -64) return { base: height, params: 0, results: 0 };
  if (blockType < 0) return { base: height, params: 0, results: 1 };
  const type = module.types[blockType];
  const params = type?.params.length ?? 0;
  return { base: height - params, params, results: type?.results.length ?? 0 };
}
