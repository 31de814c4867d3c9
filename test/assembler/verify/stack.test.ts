import { suite } from "uvu";
import * as assert from "uvu/assert";
import { callGraph } from "../../../assembler/verify/call-graph.ts";
import { parseModule } from "../../../assembler/verify/parse.ts";
import { FRAME_BYTES, frameBytes, worstStack } from "../../../assembler/verify/stack.ts";
import { assemble, I32, I64, type Parts, withProcess } from "../wasm-bytes.ts";

const stack = suite("stack estimate");

/** Operands of `process` in bytes. */
function operands(code: number[], more: Parts = {}): number {
  const module = parseModule(withProcess(code, more));
  return frameBytes(module, module.bodies.at(-1)!) - FRAME_BYTES;
}

const CONST = [0x41, 0];
const DROP = 0x1a;

stack("counts operands at their most, not at the end", () => {
  assert.is(operands([]), 0);
  assert.is(operands([...CONST, DROP, ...CONST, DROP]), 4);
  assert.is(operands([...CONST, ...CONST, ...CONST, 0x6a, 0x6a, DROP]), 12);
});

stack("counts an operand of a function with 64-bit integers as 8 bytes", () => {
  assert.is(operands([0x42, 0, DROP]), 8);
});

stack("forgets operands that a branch leaves behind", () => {
  const block = [0x02, 0x40, ...CONST, ...CONST, 0x0c, 0, 0x0b];
  assert.is(operands([...block, ...CONST, DROP]), 8);
});

stack("starts both arms of an if from the same height", () => {
  const arms = [0x04, I32, ...CONST, 0x05, ...CONST, ...CONST, DROP, 0x0b];
  assert.is(operands([...CONST, ...arms, DROP]), 8);
});

stack("counts nothing in code that is never reached", () => {
  const dead = [...CONST, ...CONST, ...CONST, 0x0c, 0, ...CONST, DROP];
  assert.is(operands([0x02, 0x40, ...dead, 0x0b]), 12);
});

stack("returns to the height of the outer block where an inner one ends", () => {
  const inner = [...CONST, ...CONST, 0x02, 0x40, 0x0b, DROP];
  const arms = [0x04, I32, ...inner, 0x05, ...CONST, ...CONST, ...CONST, DROP, DROP, 0x0b];
  assert.is(operands([...CONST, ...arms, DROP]), 12);
});

stack("takes a block's parameters and results from its type", () => {
  const types: Parts["types"] = [
    [[], []],
    [[I32, I32], [I32]],
  ];
  assert.is(operands([...CONST, ...CONST, 0x02, 1, 0x6a, 0x0b, DROP], { types }), 8);
});

stack("adds locals of 4 and 8 bytes", () => {
  const module = parseModule(
    withProcess([], {}, [
      [3, I32],
      [2, I64],
    ]),
  );
  assert.is(frameBytes(module, module.bodies.at(-1)!), FRAME_BYTES + 3 * 4 + 2 * 8);
});

stack("follows the longest path, also through the table", () => {
  const leaf = { type: 0, locals: [[100, I32]] as [number, number][], code: [0x0b] };
  const wasm = withProcess([], {
    table: [1, 1],
    elements: [0],
    functions: [
      leaf,
      { type: 0, code: [0x0b] },
      { type: 0, code: [0x10, 1, 0x0b] },
      { type: 0, code: [...CONST, 0x11, 0, 0, 0x0b] },
    ],
  });
  const module = parseModule(wasm);
  const use = worstStack(module, callGraph(module), "applet");
  assert.equal(use, { bytes: FRAME_BYTES + 400 + FRAME_BYTES + 4, depth: 2 });
});

/** A kernel whose `call` calls import `imported`. */
function kernel(imported: string): Uint8Array {
  const empty = { type: 0, code: [0x0b] };
  return assemble({
    types: [[[], []]],
    imports: [["chip", imported, 0]],
    functions: [empty, empty, empty, empty, { type: 0, code: [0x10, 0, 0x0b] }],
    memories: [[1, 1]],
    exports: [
      ["memory", 2, 0],
      ["boot", 0, 1],
      ["reset", 0, 2],
      ["transmit", 0, 3],
      ["buffer", 0, 4],
      ["call", 0, 5],
    ],
  });
}

stack("counts the kernel's call once, and twice if it can run an applet", () => {
  for (const [imported, entries] of [
    ["random", 2],
    ["appletCall", 3],
  ] as const) {
    const module = parseModule(kernel(imported));
    const use = worstStack(module, callGraph(module), "kernel");
    assert.equal(use, { bytes: entries * FRAME_BYTES, depth: entries });
  }
});

stack.run();
