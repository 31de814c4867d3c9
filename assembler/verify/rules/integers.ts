// Card code computes with integers of 32 and 64 bits: the chip has no floating point.

import {
  type FunctionType,
  functionName,
  TYPE_F32,
  TYPE_F64,
  TYPE_I32,
  TYPE_I64,
} from "../module.ts";
import { OP_BLOCK, OP_IF, OP_LOOP, opcodeOf } from "../opcodes.ts";
import type { Finding, Rule } from "./rule.ts";

const INTEGERS: ReadonlySet<number> = new Set([TYPE_I32, TYPE_I64]);

/** No value of another type: in signatures, locals, globals, blocks or instructions. */
export const integers: Rule = ({ module }) => {
  const findings: Finding[] = [];
  for (const { type } of module.globals) {
    if (!INTEGERS.has(type)) findings.push({ reason: `has a global of type ${typeName(type)}` });
  }
  for (const [index, type] of module.functionTypes.entries()) {
    const other = foreignType(type);
    if (other === undefined) continue;
    const name = functionName(module, index);
    findings.push({
      function: name,
      reason: `takes or returns a value of type ${typeName(other)}`,
    });
  }
  for (const body of module.bodies) {
    const name = functionName(module, body.index);
    const local = body.locals.find(({ type }) => !INTEGERS.has(type));
    if (local)
      findings.push({ function: name, reason: `has a local of type ${typeName(local.type)}` });

    const instruction = body.instructions.find(
      ({ opcode, immediate }) =>
        opcodeOf(opcode)?.float === true ||
        (BLOCKS.has(opcode) && foreignBlock(module.types, immediate)),
    );
    if (!instruction) continue;
    const { opcode, offset } = instruction;
    findings.push({
      function: name,
      reason: `uses floating point (opcode ${opcode.toString(16)} at byte ${offset})`,
    });
  }
  return findings;
};

const BLOCKS: ReadonlySet<number> = new Set([OP_BLOCK, OP_LOOP, OP_IF]);

/** A block type is a type index, -64 for nothing, or a value type as a negative number. 5.4.1. */
function foreignBlock(types: readonly FunctionType[], blockType: number): boolean {
  if (blockType === -64) return false;
  if (blockType < 0) return !INTEGERS.has(blockType & 0x7f);
  const type = types[blockType];
  return type === undefined || foreignType(type) !== undefined;
}

function foreignType(type: FunctionType): number | undefined {
  return [...type.params, ...type.results].find((value) => !INTEGERS.has(value));
}

function typeName(type: number): string {
  if (type === TYPE_F32) return "f32";
  if (type === TYPE_F64) return "f64";
  return `0x${type.toString(16)}`;
}
