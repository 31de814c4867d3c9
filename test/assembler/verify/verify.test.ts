import { suite } from "uvu";
import * as assert from "uvu/assert";
import { VerifyError } from "../../../assembler/errors.ts";
import { callGraph } from "../../../assembler/verify/call-graph.ts";
import { parseModule } from "../../../assembler/verify/parse.ts";
import { staticData } from "../../../assembler/verify/rules/memory.ts";
import type { Limits } from "../../../assembler/verify/rules/rule.ts";
import { RULES } from "../../../assembler/verify/rules.ts";
import { verify } from "../../../assembler/verify/verify.ts";
import { APPLET, assemble, F32, F64, I32, I64, type Parts, withProcess } from "../wasm-bytes.ts";

const LIMITS: Limits = { role: "applet", ramBytes: 1024, stackBytes: 512, dataBytes: 0 };

/** The refusals of a module; none if it is accepted. */
function refusals(wasm: Uint8Array, limits: Limits = LIMITS) {
  try {
    verify("subject", wasm, limits);
    return [];
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    assert.is(error.module, "subject");
    for (const line of error.message.split("\n")) assert.match(line, /^subject: /);
    return error.refusals;
  }
}

function changed(parts: Parts): Uint8Array {
  return assemble({ ...APPLET, ...parts });
}

/** A body of calls among four functions, with their order turned round. */
function mirrored({ type, code }: { type: number; code: number[] }) {
  const turned = code.map((byte, index) => (code[index - 1] === 0x10 ? 3 - byte : byte));
  return { type, code: turned };
}

const CALL_TYPES: [number[], number[]][] = [
  [[], []],
  [[I32], [I32]],
];
const EXPORTS = APPLET.exports!;
const EMPTY = { type: 0, code: [0x0b] };

/** Each module breaks one rule: [rule, what is wrong, module, words of the reason, function]. */
const HOSTILE: [string, string, Uint8Array, RegExp, string?][] = [
  [
    "imports",
    "an import of the chip",
    changed({
      imports: [["chip", "random", 0]],
      exports: EXPORTS.map(([n, k, i]) => [n, k, k === 0 ? i + 1 : i]),
    }),
    /imports chip\.random/,
  ],
  [
    "imports",
    "an import of a stranger",
    changed({
      imports: [["env", "abort", 0]],
      exports: EXPORTS.map(([n, k, i]) => [n, k, k === 0 ? i + 1 : i]),
    }),
    /imports env\.abort/,
  ],
  [
    "exports",
    "a missing entry",
    changed({ exports: EXPORTS.filter(([name]) => name !== "select") }),
    /does not export select/,
  ],
  [
    "words",
    "a card.call of other types",
    changed({
      imports: [["card", "call", 0]],
      exports: EXPORTS.map(([n, k, i]) => [n, k, k === 0 ? i + 1 : i]),
    }),
    /imports card\.call with other types/,
  ],
  [
    "words",
    "an entry that takes 64 bits",
    changed({ types: [[[I64], []]] }),
    /has other types/,
    "install",
  ],
  [
    "words",
    "an entry that takes four words",
    changed({ types: [[Array(4).fill(I32), []]] }),
    /has other types/,
    "install",
  ],
  ["small table", "a large table", changed({ table: [2000] }), /table of 2000 functions/],
  ["exports", "a hidden memory", changed({ exports: EXPORTS.slice(1) }), /does not export memory/],
  [
    "exports",
    "one export more",
    changed({ exports: [...EXPORTS, ["backdoor", 0, 1]] }),
    /exports backdoor/,
  ],
  [
    "exports",
    "an entry that is no function",
    changed({ exports: [["process", 2, 0], ...EXPORTS.slice(0, 4)] }),
    /does not export process/,
  ],
  [
    "integers",
    "a float constant",
    withProcess([0x43, 0, 0, 0, 0, 0x1a]),
    /floating point \(opcode 43/,
    "guilty",
  ],
  [
    "integers",
    "a float hidden in a conversion",
    withProcess([0x41, 0, 0xb2, 0xbc, 0x1a]),
    /opcode b2/,
    "guilty",
  ],
  [
    "integers",
    "a saturating truncation",
    withProcess([0x43, 0, 0, 0, 0, 0xfc, 0, 0x1a]),
    /floating point/,
    "guilty",
  ],
  ["integers", "a float local", withProcess([], {}, [[1, F64]]), /local of type f64/, "guilty"],
  [
    "integers",
    "a float global",
    changed({ globals: [[F32, 0, 0x43, 0, 0, 0, 0, 0x0b]] }),
    /global of type f32/,
  ],
  [
    "integers",
    "a float in a block type",
    withProcess([0x02, F32, 0x00, 0x0b, 0x1a]),
    /floating point/,
    "guilty",
  ],
  [
    "integers",
    "a float parameter",
    changed({
      types: [
        [[], []],
        [[F32], []],
      ],
      functions: [...APPLET.functions!, { type: 1, code: [0x0b], name: "guilty" }],
    }),
    /value of type f32/,
    "guilty",
  ],
  [
    "integers",
    "a reference parameter",
    changed({
      types: [
        [[], []],
        [[0x70], []],
      ],
      functions: [...APPLET.functions!, { type: 1, code: [0x0b], name: "guilty" }],
    }),
    /value of type 0x70/,
    "guilty",
  ],
  [
    "one page",
    "no memory",
    changed({ memories: [], exports: EXPORTS.slice(1) }),
    /declares no memory/,
  ],
  ["one page", "two pages", changed({ memories: [[2, 2]] }), /declares 2 pages/],
  ["one page", "memory without a limit", changed({ memories: [[1]] }), /at most no limit/],
  ["one page", "room to grow", changed({ memories: [[1, 2]] }), /at most 2/],
  ["no growth", "memory.grow", withProcess([0x41, 0, 0x40, 0, 0x1a]), /memory\.grow/, "guilty"],
  [
    "static data",
    "data beyond RAM",
    changed({ data: [[[0x41, 0xf0, 0x07], 32]] }),
    /segment 0 ends 16 bytes beyond/,
  ],
  [
    "static data",
    "data at a huge address",
    changed({ data: [[[0x41, 0x7f], 1]] }),
    /segment 0 ends/,
  ],
  ["no start", "a start function", changed({ start: 0 }), /start function/],
  [
    "no mutable globals",
    "a mutable global",
    changed({ globals: [[I32, 1, 0x41, 0, 0x0b]] }),
    /1 mutable global/,
  ],
  [
    "no recursion",
    "a function that calls itself",
    withProcess([0x10, 3]),
    /guilty calls guilty/,
    "guilty",
  ],
  [
    "no recursion",
    "a circle of two",
    withProcess([0x10, 2], {
      functions: [
        EMPTY,
        EMPTY,
        { type: 0, code: [0x10, 3, 0x0b], name: "accomplice" },
        { type: 0, code: [0x10, 2, 0x0b], name: "guilty" },
      ],
    }),
    /accomplice calls guilty calls accomplice/,
    "accomplice",
  ],
  [
    "no recursion",
    "recursion through the table",
    withProcess([0x41, 0, 0x11, 0, 0], { table: [1, 1], elements: [3] }),
    /guilty calls guilty/,
    "guilty",
  ],
  [
    "no recursion",
    "recursion in code that no entry reaches",
    changed({
      functions: [...APPLET.functions!, { type: 0, code: [0x10, 4, 0x0b], name: "hidden" }],
    }),
    /hidden calls hidden/,
    "hidden",
  ],
  [
    "stack budget",
    "many locals",
    withProcess([], {}, [[200, I32]]),
    /needs 824 bytes of stack, 1 calls deep, 312 over its 512/,
  ],
  [
    "stack budget",
    "many operands",
    withProcess([...Array(130).fill([0x41, 0]), ...Array(130).fill([0x1a])].flat()),
    /needs 544 bytes/,
  ],
  [
    "known format",
    "an opcode of another proposal (return_call)",
    withProcess([0x12, 0]),
    /opcode 12 is not known/,
  ],
  [
    "known format",
    "a vector opcode",
    withProcess([0xfd, 0x0c, ...Array(16).fill(0), 0x1a]),
    /opcode fd is not known/,
  ],
  ["known format", "table.grow", withProcess([0xfc, 0x0f, 0]), /opcode fc0f is not known/],
  [
    "known format",
    "shared memory",
    changed({ memories: [[1, 1]].map(() => [1, 1]), tail: [0x0d, 0] }),
    /section 13 is not known/,
  ],
  ["known format", "types that do not fit", withProcess([0x6a, 0x1a]), /not valid WebAssembly/],
  ["known format", "a truncated module", changed({}).slice(0, -3), /ends too early/],
  ["known format", "text", new TextEncoder().encode("no module"), /no WebAssembly module/],
  ["known format", "nothing", new Uint8Array(0), /ends too early/],
  ["known format", "a million locals", withProcess([], {}, [[1000000, I32]]), /1000000 locals/],
];

const verifier = suite("verifier");

verifier("accepts the applet that all hostile modules are made from", () => {
  assert.equal(refusals(changed({})), []);
});

verifier(
  "accepts card.call, indirect calls without a cycle, bulk memory and 64-bit integers",
  () => {
    const wasm = changed({
      types: [...CALL_TYPES, [Array(5).fill(I32), [I32]]],
      imports: [["card", "call", 2]],
      table: [1, 1],
      elements: [1],
      globals: [[I32, 0, 0x41, 0, 0x0b]],
      data: [[[0x41, 16], 8]],
      functions: [
        { type: 1, code: [...Array(5).fill([0x20, 0]).flat(), 0x10, 0, 0x0b] },
        { type: 0, locals: [[1, I64]], code: [0x42, 0, 0x21, 0, 0x0b] },
        { type: 0, code: [0x41, 0, 0x41, 0, 0x41, 4, 0xfc, 0x0a, 0, 0, 0x0b] },
        { type: 0, code: [0x41, 1, 0x41, 0, 0x11, 1, 0, 0x1a, 0x0b] },
      ],
      exports: [
        ["memory", 2, 0],
        ["install", 0, 1],
        ["select", 0, 2],
        ["deselect", 0, 3],
        ["process", 0, 4],
      ],
    });
    assert.equal(refusals(wasm), []);
  },
);

for (const [rule, what, wasm, reason, name] of HOSTILE) {
  verifier(`refuses ${what} (${rule})`, () => {
    const found = refusals(wasm).find((refusal) => refusal.rule === rule);
    assert.ok(found, `refusals: ${JSON.stringify(refusals(wasm))}`);
    assert.match(found.reason, reason);
    assert.is(found.function, name);
  });
}

verifier("has a hostile module for each rule", () => {
  const tried = new Set(HOSTILE.map(([rule]) => rule));
  for (const { name } of RULES) assert.ok(tried.has(name), `no module breaks: ${name}`);
});

verifier("accepts a function that is reached in two ways", () => {
  const functions = [
    EMPTY,
    { type: 0, code: [0x10, 0, 0x0b] },
    { type: 0, code: [0x10, 0, 0x10, 1, 0x0b] },
    { type: 0, code: [0x10, 1, 0x10, 0, 0x10, 2, 0x0b] },
  ];
  assert.equal(refusals(changed({ functions })), []);
  assert.equal(refusals(changed({ functions: functions.toReversed().map(mirrored) })), []);
});

verifier("tells all refusals of a module at once", () => {
  const wasm = withProcess([0x10, 3], { globals: [[I32, 1, 0x41, 0, 0x0b]] });
  assert.equal(
    refusals(wasm).map((refusal) => refusal.rule),
    ["no mutable globals", "no recursion"],
  );
});

verifier("refuses static data that the compiler counted beyond RAM, zeros included", () => {
  const [refusal] = refusals(changed({}), { ...LIMITS, dataBytes: 1025 });
  assert.is(refusal?.rule, "static data");
});

verifier("refuses data at an address that is no constant, should the engine ever allow it", () => {
  const global = [I32, 0, 0x41, 0, 0x0b];
  const module = parseModule(changed({ globals: [global], data: [[[0x23, 0], 1]] }));
  const [finding] = staticData({ module, graph: callGraph(module), limits: LIMITS });
  assert.match(finding?.reason ?? "", /segment 0 lies at an address/);
});

verifier("refuses the kernel's imports to an applet and the applet's to the kernel", () => {
  const kernel = assemble({
    types: [[[], []]],
    imports: [["card", "call", 0]],
    functions: Array(5).fill(EMPTY),
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
  const [refusal, ...more] = refusals(kernel, { ...LIMITS, role: "kernel" });
  assert.is(refusal?.rule, "imports");
  assert.is(more.length, 0);
});

verifier("names a function by its export where there are no names", () => {
  const functions = [EMPTY, EMPTY, EMPTY, { type: 0, code: [0x10, 3, 0x0b] }];
  assert.is(refusals(changed({ functions }))[0]?.function, "process");
});

verifier("refuses or accepts every damaged module, and never fails otherwise", () => {
  const wasm = withProcess([0x41, 1, 0x04, 0x40, 0x41, 0, 0x1a, 0x0b], { data: [[[0x41, 16], 8]] });
  for (let offset = 0; offset < wasm.length; offset++) {
    for (const value of [0x00, 0x7f, 0x80, 0xff, wasm[offset]! ^ 1]) {
      const damaged = wasm.slice();
      damaged[offset] = value;
      refusals(damaged);
    }
    refusals(wasm.slice(0, offset));
  }
});

verifier.run();
