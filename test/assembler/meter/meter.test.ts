// Modules put together by hand, metered and run: what each call costs, to the instruction.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { signed, unsigned } from "../../../assembler/meter/leb.ts";
import { FUEL, meter } from "../../../assembler/meter/meter.ts";
import { MOST_WEIGHT, WEIGHT_BULK, WEIGHT_IMPORT } from "../../../assembler/meter/weights.ts";
import { ByteReader } from "../../../assembler/verify/byte-reader.ts";
import { parseModule } from "../../../assembler/verify/parse.ts";
import { verify } from "../../../assembler/verify/verify.ts";
import { APPLET, assemble, I32, I64, leb, type Parts } from "../wasm-bytes.ts";

const EMPTY = 0x40;
const END = 0x0b;
const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const ELSE = 0x05;
const BR = 0x0c;
const BR_IF = 0x0d;
const RETURN = 0x0f;
const DROP = 0x1a;
const SUB = 0x6b;
const ADD = 0x6a;
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
const i32 = (value: number) => [0x41, value];
const call = (index: number) => [0x10, index];

/** Type 0 is that of empty functions, type 1 that of `process` here: one number in, one out. */
const TYPES: [number[], number[]][] = [
  [[], []],
  [[I32], [I32]],
];

interface Metered {
  process(argument: number): number;
  select(): void;
  readonly fuel: WebAssembly.Global;
}

/** The applet with this `process`, and with `callees` as functions 4, 5, ...; imports come first. */
function applet(code: number[], more: Parts = {}, callees: NonNullable<Parts["functions"]> = []) {
  const nothing = { type: 0, code: [END] };
  const process = { type: 1, locals: [[2, I32]] as [number, number][], code: [...code, END] };
  const shift = more.imports?.length ?? 0;
  return assemble({
    ...APPLET,
    types: TYPES,
    functions: [nothing, nothing, nothing, process, ...callees],
    exports: APPLET.exports!.map(([name, kind, index]) => [
      name,
      kind,
      kind === 0 ? index + shift : index,
    ]),
    ...more,
  });
}

function run(wasm: Uint8Array, card: () => number = () => 0): Metered {
  const module = new WebAssembly.Module(meter(wasm));
  const { exports } = new WebAssembly.Instance(module, { card: { call: card } });
  return exports as unknown as Metered;
}

/** What `process` answers, and what it costs. */
function cost(wasm: Uint8Array, argument = 0): [result: number, fuel: number] {
  const metered = run(wasm);
  metered.fuel.value = MOST_WEIGHT;
  const result = metered.process(argument);
  return [result, MOST_WEIGHT - metered.fuel.value];
}

const metering = suite("metering");

metering("LEB128 is read back as it was written", () => {
  for (let bit = 0; bit < 32; bit++) {
    for (const near of [-1, 0, 1]) {
      const value = 2 ** bit + near;
      assert.is(new ByteReader(unsigned(value)).u32(), value);
      assert.equal([...unsigned(value)], leb(value), "the shortest form");
      if (bit === 31) continue;
      for (const number of [value, -value]) {
        assert.is(new ByteReader(signed(number)).signed(32), number);
      }
    }
  }
});

metering("an entry pays for its instructions, the last end among them", () => {
  assert.equal(cost(applet(get(0))), [0, 2]);
  assert.equal(cost(applet([...get(0), ...i32(5), ADD]), 3), [8, 4]);
  const metered = run(applet(get(0)));
  metered.fuel.value = 100;
  metered.select();
  assert.is(metered.fuel.value, 99, "an empty entry is one end");
});

metering(
  "an instruction that is not reached is paid for, a loop that is not entered is not",
  () => {
    const early = [...get(0), RETURN, ...i32(1), DROP, ...get(0)];
    assert.equal(cost(applet(early), 7), [7, 6]);
    const skipped = [...get(0), IF, EMPTY, LOOP, EMPTY, END, END, ...get(0)];
    assert.equal(cost(applet(skipped), 0)[1], 5);
    assert.equal(cost(applet(skipped), 1)[1], 5 + 2);
  },
);

metering("both arms of a condition are paid for", () => {
  const code = [...get(0), IF, I32, ...i32(1), ELSE, ...i32(2), ...i32(3), ADD, END];
  assert.equal(cost(applet(code), 1), [1, 9]);
  assert.equal(cost(applet(code), 0), [5, 9]);
});

/** do { argument -= 1 } while (argument != 0); answers 9. */
const COUNTDOWN = [
  ...[LOOP, EMPTY, ...get(0), ...i32(1), SUB, ...tee(0), BR_IF, 0, END],
  ...i32(9),
];

metering("a loop pays for each of its turns", () => {
  // loop, get, const, sub, tee, br_if, end: 7 a turn. const, end: 2.
  assert.equal(cost(applet(COUNTDOWN), 1), [9, 2 + 7]);
  assert.equal(cost(applet(COUNTDOWN), 1000), [9, 2 + 7000]);
});

metering("an inner loop pays for itself, an outer one for the rest", () => {
  // do { local 1 = 3; do { local 1 -= 1 } while (local 1); argument -= 1 } while (argument)
  const inner = [LOOP, EMPTY, ...get(1), ...i32(1), SUB, ...tee(1), BR_IF, 0, END];
  const code = [
    ...[LOOP, EMPTY, ...i32(3), ...set(1), ...inner],
    ...[...get(0), ...i32(1), SUB, ...tee(0), BR_IF, 0, END, ...get(0)],
  ];
  // Outer: loop, const, set, get, const, sub, tee, br_if, end: 9. Inner: 7.
  assert.equal(cost(applet(code), 5), [0, 2 + 5 * (9 + 3 * 7)]);
});

metering("a branch out of a loop, and br_table to any depth, keep the count", () => {
  // block block loop: br_table [again, inner block] else outer, by the argument that counts down.
  const turn = [...get(0), ...i32(1), SUB, ...tee(0), 0x0e, 2, 1, 2, 0];
  const code = [
    ...[BLOCK, EMPTY, BLOCK, EMPTY, LOOP, EMPTY, ...turn, END, END],
    ...[...i32(11), RETURN, END, ...i32(22)],
  ];
  // loop, get, const, sub, tee, br_table, end: 7 a turn. The rest: 2 block, 2 end, 2, const, end: 8.
  assert.equal(cost(applet(code), 1), [11, 8 + 7]);
  assert.equal(cost(applet(code), 2), [22, 8 + 7]);
  assert.equal(cost(applet(code), 12), [22, 8 + 11 * 7]);
});

metering("loops with parameters and results keep their operands", () => {
  // (argument, 0) loop (param i32 i32) (result i32): adds the argument up while it counts down.
  const types: [number[], number[]][] = [...TYPES, [[I32, I32], [I32]], [[I64], [I64]]];
  const code = [
    ...[...get(0), ...i32(0), LOOP, 2, ...set(1), ...set(2), ...get(1), ...get(2), ADD, ...set(1)],
    ...[...get(2), ...i32(1), SUB, ...tee(2), IF, EMPTY, ...get(2), ...get(1), BR, 1, END],
    ...[...get(1), END],
  ];
  const wasm = applet(code, { types });
  assert.is(cost(wasm, 4)[0], 4 + 3 + 2 + 1);
  const wide = [0x42, 5, LOOP, 3, 0x42, 1, 0x7c, END, 0xa7];
  assert.equal(cost(applet(wide, { types })), [6, 3 + 4]);
  const value = [LOOP, I32, ...i32(3), END];
  assert.equal(cost(applet(value)), [3, 1 + 3]);
});

metering("a call is paid for by the caller, a loop in the callee by the callee", () => {
  const callee = { type: 1, locals: [] as [number, number][], code: [...COUNTDOWN, END] };
  // Callee: const, end. Caller: get, call, end.
  assert.equal(cost(applet([...get(0), ...call(4)], {}, [callee]), 10), [9, 3 + 2 + 70]);
  // Called in a loop of 3: loop, const, call, drop, get, const, sub, tee, br_if, end and the callee.
  const often = [
    ...[LOOP, EMPTY, ...i32(10), ...call(4), DROP],
    ...[...get(0), ...i32(1), SUB, ...tee(0), BR_IF, 0, END, ...get(0)],
  ];
  assert.equal(cost(applet(often, {}, [callee]), 3), [0, 2 + 3 * (10 + 2 + 70)]);
});

metering("an indirect call is paid for as the dearest that it can reach", () => {
  const short = { type: 1, code: [...i32(1), END] };
  const long = { type: 1, code: [...get(0), ...i32(1), ADD, ...i32(1), ADD, END] };
  const more: Parts = { table: [2, 2], elements: [4, 5] };
  const code = [...i32(7), ...get(0), 0x11, 1, 0];
  assert.equal(cost(applet(code, more, [short, long]), 0), [1, 4 + 6]);
  assert.equal(cost(applet(code, more, [short, long]), 1), [9, 4 + 6]);
});

metering("imports and bulk memory cost what they may take", () => {
  const imports: Parts["imports"] = [["card", "call", 0]];
  const ask = [...call(0), ...get(0)];
  assert.equal(cost(applet(ask, { imports })), [0, 1 + WEIGHT_IMPORT + 2]);
  const fill = [...i32(0), ...i32(0), ...i32(0), 0xfc, 11, 0, ...get(0)];
  assert.equal(cost(applet(fill)), [0, 3 + WEIGHT_BULK + 2]);
});

metering("calls that double at each level cost the most there is, not less than nothing", () => {
  const levels = Array.from({ length: 60 }, (_, level) => ({
    type: 0,
    code: level === 59 ? [END] : [...call(5 + level), ...call(5 + level), END],
  }));
  const metered = run(applet([...call(4), ...get(0)], {}, levels));
  metered.fuel.value = MOST_WEIGHT - 1;
  assert.throws(() => metered.process(0), /unreachable/);
  assert.is(metered.fuel.value, -1);
});

metering("the fuel is spent to the last, and one less is a trap", () => {
  const metered = run(applet(COUNTDOWN));
  metered.fuel.value = 2 + 70;
  assert.is(metered.process(10), 9);
  assert.is(metered.fuel.value, 0);
  metered.fuel.value = 2 + 69;
  assert.throws(() => metered.process(10), /unreachable/);
  assert.is(metered.fuel.value, -1);
  metered.fuel.value = 1;
  assert.throws(() => metered.process(10), /unreachable/);
});

metering("an endless loop ends, empty or with requests in it", () => {
  const imports: Parts["imports"] = [["card", "call", 0]];
  let asked = 0;
  for (const body of [[], call(0)]) {
    const metered = run(applet([LOOP, EMPTY, ...body, BR, 0, END, ...get(0)], { imports }), () => {
      asked += 1;
      return 0;
    });
    metered.fuel.value = 100_000;
    assert.throws(() => metered.process(0), /unreachable/);
  }
  assert.ok(asked > 1000 && asked < 100_000 / WEIGHT_IMPORT, `${asked} requests`);
});

metering("globals that are there keep their numbers", () => {
  const globals = [
    [I32, 0, 0x41, 21, END],
    [I32, 0, 0x41, 22, END],
  ];
  const wasm = applet([0x23, 1], { globals });
  assert.equal(cost(wasm), [22, 2]);
  assert.is(cost(applet([0x23, 0], { globals }))[0], 21);
});

metering("a metered module is a module, with one export more and one global that changes", () => {
  const plain = applet(COUNTDOWN);
  const metered = parseModule(meter(plain));
  const before = parseModule(plain);
  assert.equal(
    metered.exports.map(({ name }) => name),
    [...before.exports.map(({ name }) => name), FUEL],
  );
  assert.equal(metered.globals, [{ type: I32, mutable: true }]);
});

metering("sources cannot bring a fuel of their own, nor a global to change", () => {
  const limits = { role: "applet", ramBytes: 1024, stackBytes: 1024, dataBytes: 0 } as const;
  const types: [number[], number[]][] = [[[], []]];
  const own = (mutable: number, name: string): Parts => ({
    ...APPLET,
    types,
    globals: [[I32, mutable, 0x41, 0, END]],
    exports: [...APPLET.exports!, [name, 3, 0]],
  });
  verify("module", assemble(APPLET), limits);
  assert.throws(() => verify("module", assemble(own(1, FUEL)), limits), /mutable global/);
  assert.throws(() => verify("module", assemble(own(0, FUEL)), limits), /exports fuel/);
  assert.throws(() => verify("module", meter(assemble(APPLET)), limits), /exports fuel/);
});

metering.run();
