// What the instructions of a module cost in fuel.
//
// A chip cannot stop a function half way, so a module counts by itself: it pays at each loop head for
// one turn, and at the head of an entry for what lies outside of loops. Between two payments code
// runs forward only, and calls cannot go in a circle, so nothing runs that was not paid for.

import { calleesFirst, callGraph, indirectTargets } from "../verify/call-graph.ts";
import type { FunctionBody, Instruction, WasmModule } from "../verify/module.ts";
import {
  OP_BLOCK,
  OP_CALL,
  OP_CALL_INDIRECT,
  OP_END,
  OP_IF,
  OP_LOOP,
  OP_MEMORY_COPY,
  OP_MEMORY_FILL,
  OP_MEMORY_INIT,
} from "../verify/opcodes.ts";

/** Fuel of one instruction, but of those below. */
const INSTRUCTION = 1;
/** A request to the kernel, besides what the kernel counts. */
export const WEIGHT_IMPORT = 64;
/** Copying, filling or initializing memory, whatever the length: a page of it at most. */
export const WEIGHT_BULK = 1024;
/** One payment is no more than this: what it leaves of any fuel fits into 32 bits. */
export const MOST_WEIGHT = 1 << 30;

const BULK: ReadonlySet<number> = new Set([OP_MEMORY_INIT, OP_MEMORY_COPY, OP_MEMORY_FILL]);

/** A payment: where it is made, and how much is paid. */
export interface Payment {
  /** Offset in the module of the instruction before which it stands. */
  readonly offset: number;
  readonly weight: number;
}

export interface FunctionWeights {
  /** What one call costs besides what its loops pay. */
  readonly straight: number;
  /** One for each loop. */
  readonly loops: readonly Payment[];
}

/** Weights of the functions of a verified module, by index: without recursion. */
export function weights(module: WasmModule): ReadonlyMap<number, FunctionWeights> {
  const bodies = new Map(module.bodies.map((body) => [body.index, body]));
  const found = new Map<number, FunctionWeights>();
  const costOf = (index: number): number =>
    index < module.importedFunctions.length ? WEIGHT_IMPORT : (found.get(index)?.straight ?? 0);
  const targetsOf = indirectTargets(module);
  /** By type; callees come first, so what a type can reach is known when it is called. */
  const indirect = (type: number): number => Math.max(0, ...targetsOf(type).map(costOf));
  for (const index of calleesFirst(callGraph(module))) {
    const body = bodies.get(index);
    if (body) found.set(index, weigh(body, { direct: costOf, indirect }));
  }
  return found;
}

/** A loop that is open, or the function itself: the offset where it pays, and what for. */
interface Region {
  readonly offset: number;
  weight: number;
}

/** What calls cost: of a function, and of any function of a type. */
interface CallCosts {
  readonly direct: (index: number) => number;
  readonly indirect: (type: number) => number;
}

function weigh({ instructions }: FunctionBody, calls: CallCosts): FunctionWeights {
  const straight: Region = { offset: 0, weight: 0 };
  const loops: Region[] = [];
  /** The region of each open block. */
  const blocks: Region[] = [straight];
  for (const [at, instruction] of instructions.entries()) {
    const { opcode } = instruction;
    if (opcode === OP_LOOP) {
      const region = { offset: instructions[at + 1]!.offset, weight: 0 };
      loops.push(region);
      blocks.push(region);
    } else if (opcode === OP_BLOCK || opcode === OP_IF) {
      blocks.push(blocks.at(-1)!);
    }
    const region = blocks.at(-1)!;
    region.weight = Math.min(MOST_WEIGHT, region.weight + cost(instruction, calls));
    if (opcode === OP_END) blocks.pop();
  }
  return { straight: straight.weight, loops };
}

function cost({ opcode, immediate }: Instruction, { direct, indirect }: CallCosts): number {
  if (opcode === OP_CALL) return INSTRUCTION + direct(immediate);
  if (opcode === OP_CALL_INDIRECT) return INSTRUCTION + indirect(immediate);
  return BULK.has(opcode) ? WEIGHT_BULK : INSTRUCTION;
}
