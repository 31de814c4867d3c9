// Packages in the memory of the chip: judged by the rules for built applets, metered, run.

import { sha256 } from "@noble/hashes/sha2.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { meter } from "../../../assembler/meter/meter.ts";
import type { Card } from "../../../emulator/card.ts";
import {
  APPLET_TRAPPED,
  ENTRY_PROCESS,
  HASH_SHA256,
  SIGNATURE_ECDSA_P256,
} from "../../../runtime/spec/chip.ts";
import { APPLET, assemble, F32, I32, I64, type Parts } from "../../assembler/wasm-bytes.ts";
import { hex } from "../../helpers/bytes.ts";
import { probeImage } from "../../runtime/probe.ts";
import { ask, passingCard, passOn, withModules } from "./other-modules.ts";

const END = 0x0b;
const RAM = 1024;
const STACK = 512;
const PAGES = 128;
const KERNEL_RAM = 1024;
const base = await probeImage();
const { pageBytes, pageCount } = base.manifest.chip;
const image = withModules(base, {}, { packagePages: PAGES });
/** Where packages begin. */
const ADDRESS = pageBytes * pageCount;

const packages = suite("packages on the chip");

const card = (): Card => passingCard(image);

/** Puts bytes where packages lie, as LOAD would. */
function put(onto: Card, wasm: Uint8Array, address = ADDRESS): void {
  const content = new Uint8Array(onto.memory.size).fill(0xff);
  content.set(onto.memory.content());
  content.set(wasm, address);
  onto.memory.overwrite(content);
}

const TYPES: [number[], number[]][] = [
  [[I32, I32, I32], [I32]],
  [Array(5).fill(I32), [I32]],
];

/** An applet whose entries answer `answer`, or whose `process` is other code. */
function applet(answer: number, process?: number[], more: Parts = {}): Uint8Array {
  const entry = { type: 0, code: [0x41, answer, END] };
  const last = process ? { type: 0, code: [...process, END] } : entry;
  const shift = more.imports?.length ?? 0;
  return assemble({
    ...APPLET,
    types: TYPES,
    functions: [entry, entry, entry, last],
    exports: APPLET.exports!.map(([name, kind, at]) => [name, kind, kind === 0 ? at + shift : at]),
    ...more,
  });
}

const CARD: Parts["imports"] = [["card", "call", 1]];
const GOOD = applet(7, undefined, { imports: CARD });

const check = (on: Card, wasm: Uint8Array, ram = RAM, stack = STACK): number => {
  put(on, wasm);
  return ask(on, "packageCheck", ADDRESS, wasm.length, ram, stack);
};

packages("the memory has the pages of the store and those of packages behind them", () => {
  const on = card();
  assert.is(on.memory.pages, pageCount + PAGES);
  on.memory.program(on.memory.size - 4, Uint8Array.of(1, 2, 3, 4), 0, 4);
  on.memory.erase(pageCount + PAGES - 1);
  assert.throws(() => on.memory.erase(pageCount + PAGES), RangeError);
});

packages("a package that keeps the rules may run, and runs", () => {
  const on = card();
  assert.is(check(on, GOOD), 0);
  assert.is(ask(on, "packageStart", 1, ADDRESS, GOOD.length, RAM, STACK), 0);
  assert.is(ask(on, "appletCall", 1, ENTRY_PROCESS, 0, 0, 0), 7);
});

packages("a package that loops stops at the limit of the chip", () => {
  const on = card();
  const endless = applet(7, [0x03, 0x40, 0x0c, 0, END, 0x41, 1]);
  assert.is(check(on, endless), 0);
  assert.is(ask(on, "packageStart", 1, ADDRESS, endless.length, RAM, STACK), 0);
  assert.is(ask(on, "appletCall", 1, ENTRY_PROCESS, 0, 0, 0), APPLET_TRAPPED);
  assert.match(on.takeTrap()?.message ?? "", /instruction limit reached/);
});

/** A `process` that calls 200 functions deep, each with 16 locals. */
function deep(): Uint8Array {
  const level = (next: number, last: boolean) => ({
    type: 0,
    locals: [[16, I32]] as [number, number][],
    code: last ? [0x41, 0, END] : [0x20, 0, 0x20, 1, 0x20, 2, 0x10, next, END],
  });
  const entry = { type: 0, code: [0x41, 0, END] };
  const levels = Array.from({ length: 60 }, (_, at) => level(at + 4, at === 59));
  return applet(0, undefined, { functions: [entry, entry, entry, ...levels] });
}

const FORGED: readonly [what: string, wasm: Uint8Array, reason: RegExp][] = [
  [
    "imports a chip function",
    applet(7, undefined, { imports: [["chip", "cipher", 1]] }),
    /imports chip\.cipher/,
  ],
  [
    "imports another of the card's names",
    applet(7, undefined, { imports: [["card", "look", 1]] }),
    /imports card\.look/,
  ],
  ["has two pages of memory", applet(7, undefined, { memories: [[2, 2]] }), /2 pages of memory/],
  ["may grow its memory", applet(7, undefined, { memories: [[1, 2]] }), /at most 2/],
  ["has memory without a limit", applet(7, undefined, { memories: [[1]] }), /no limit/],
  ["grows its memory", applet(7, [0x41, 1, 0x40, 0]), /memory\.grow/],
  [
    "has a start function",
    applet(7, undefined, {
      types: [...TYPES, [[], []]],
      functions: [...Array(4).fill({ type: 0, code: [0x41, 7, END] }), { type: 2, code: [END] }],
      start: 4,
    }),
    /start function/,
  ],
  [
    "has a mutable global",
    applet(7, undefined, { globals: [[I32, 1, 0x41, 0, END]] }),
    /mutable global/,
  ],
  [
    "brings a fuel of its own",
    applet(7, undefined, {
      globals: [[I32, 1, 0x41, 0, END]],
      exports: [...APPLET.exports!, ["fuel", 3, 0]],
    }),
    /exports fuel/,
  ],
  ["is metered already", meter(GOOD), /exports fuel/],
  [
    "lacks an entry",
    applet(7, undefined, { exports: APPLET.exports!.slice(0, 4) }),
    /does not export process/,
  ],
  [
    "asks the card with other types",
    applet(7, undefined, { imports: [["card", "call", 0]] }),
    /card\.call with other types/,
  ],
  [
    "has an entry of other types",
    applet(0, undefined, { types: [[[I64, I32, I32], [I32]]] }),
    /install: has other types/,
  ],
  [
    "has an entry that gives two words",
    applet(0, [0x41, 1, 0x41, 1], {
      types: [[[], [I32, I32]]],
      functions: Array(4).fill({ type: 0, code: [0x41, 1, 0x41, 1, END] }),
    }),
    /process: has other types/,
  ],
  ["uses floating point", applet(7, [0x43, 0, 0, 0, 0, 0x1a, 0x41, 0]), /floating point/],
  [
    "has a global of floating point",
    applet(7, undefined, { globals: [[F32, 0, 0x43, 0, 0, 0, 0, END]] }),
    /f32/,
  ],
  ["is recursive", applet(7, [0x20, 0, 0x20, 1, 0x20, 2, 0x10, 3]), /recursive/],
  ["needs more stack than it declares", deep(), /bytes of stack/],
  [
    "has data beyond its RAM",
    applet(7, undefined, { data: [[[0x41, 0x80, 0x08], 4]] }),
    /beyond the 1024/,
  ],
  ["has other types than its code", applet(7, [0x42, 0]), /not valid WebAssembly/],
  [
    "has custom sections",
    assemble({
      ...APPLET,
      types: TYPES,
      functions: Array(4).fill({ type: 0, code: [0x41, 7, END], name: "x" }),
    }),
    /custom sections/,
  ],
  [
    "has functions beyond its table",
    applet(7, undefined, { table: [1, 1], elements: [0, 1, 2] }),
    /out of bounds/,
  ],
  ["has a large table", applet(7, undefined, { table: [5_000_000] }), /table of 5000000/],
  ["is followed by something", Uint8Array.of(...GOOD, 1), /ends too early|section/],
  ["is cut short", GOOD.subarray(0, GOOD.length - 3), /ends too early/],
  ["is empty", new Uint8Array(0), /ends too early/],
  ["is erased memory", new Uint8Array(64).fill(0xff), /no WebAssembly/],
];

for (const [what, wasm, reason] of FORGED) {
  packages(`refuses a package that ${what}, and does not run it`, () => {
    const on = card();
    assert.is(check(on, wasm), 1);
    assert.match(on.chip.packageRefusal?.message ?? "", reason);
    assert.is(ask(on, "packageStart", 1, ADDRESS, wasm.length, RAM, STACK), APPLET_TRAPPED);
    assert.is(check(on, GOOD), 0, "the next package is judged by itself");
  });
}

packages(
  "judges a package that calls through its table all the time as quickly as any other",
  () => {
    const on = card();
    const call = [0x20, 0, 0x20, 1, 0x20, 2, 0x41, 0, 0x11, 2, 0, 0x1a];
    const entry = { type: 0, code: [0x41, 0, END] };
    const busy = { type: 0, code: [...Array(4000).fill(call).flat(), 0x41, 0, END] };
    const target = { type: 2, code: [0x41, 0, END] };
    const wasm = applet(0, undefined, {
      types: [...TYPES, TYPES[0]!],
      functions: [entry, entry, entry, busy, target],
      table: [1024],
      elements: Array(1024).fill(4),
    });
    assert.ok(wasm.length < PAGES * pageBytes * 2);
    const start = performance.now();
    check(on, wasm);
    assert.ok(performance.now() - start < 5000);
    const more = applet(0, undefined, { table: [1024], elements: Array(1025).fill(0) });
    assert.is(check(on, more), 1);
    assert.match(on.chip.packageRefusal?.message ?? "", /more than 1024 functions in tables/);
  },
);

packages("refuses a package cut anywhere", () => {
  const on = card();
  put(on, GOOD);
  for (let length = 0; length < GOOD.length; length++) {
    assert.is(ask(on, "packageCheck", ADDRESS, length, RAM, STACK), 1, `${length} bytes`);
  }
});

packages(
  "no bit that flips makes anything but a refusal or an applet that runs in its bounds",
  () => {
    const on = card();
    let refused = 0;
    for (let bit = 0; bit < GOOD.length * 8; bit++) {
      const forged = GOOD.slice();
      forged[bit >> 3]! ^= 1 << (bit & 7);
      const judged = check(on, forged);
      assert.is(ask(on, "packageStart", 1, ADDRESS, forged.length, RAM, STACK), judged ? -1 : 0);
      if (judged === 0) ask(on, "appletCall", 1, ENTRY_PROCESS, 0, 0, 0);
      else refused += 1;
      on.takeTrap();
    }
    assert.ok(refused > GOOD.length * 6, `${refused} of ${GOOD.length * 8}`);
  },
);

packages("refuses more RAM and stack than the kernel leaves", () => {
  const on = card();
  const { chip, modules } = image.manifest;
  const free = chip.ramBytes - modules[0]!.ramBytes - modules[0]!.stackBytes;
  assert.ok(free > KERNEL_RAM);
  assert.is(check(on, GOOD, free - STACK, STACK), 0);
  assert.is(check(on, GOOD, free - STACK + 1, STACK), 1);
  assert.match(on.chip.packageRefusal?.message ?? "", /the chip has/);
  assert.is(check(on, GOOD, RAM, free), 1);
});

packages("an instance runs what lies there when it is started, and goes on with it", () => {
  const on = card();
  const start = (): number => ask(on, "packageStart", 1, ADDRESS, GOOD.length, RAM, STACK);
  const process = (): number => ask(on, "appletCall", 1, ENTRY_PROCESS, 0, 0, 0);
  put(on, GOOD);
  start();
  put(on, applet(9, undefined, { imports: CARD }));
  assert.is(process(), 7);
  start();
  assert.is(process(), 9);
  assert.is(ask(on, "appletStart", 1, 0), 0);
  start();
  assert.is(process(), 9);
});

packages("a snapshot brings a package back that was replaced or deleted since", () => {
  const on = card();
  put(on, GOOD);
  ask(on, "packageStart", 1, ADDRESS, GOOD.length, RAM, STACK);
  const state = on.snapshot();
  const other = applet(9, undefined, { imports: CARD });
  put(on, other);
  ask(on, "packageStart", 1, ADDRESS, other.length, RAM, STACK);
  assert.is(ask(on, "appletCall", 1, ENTRY_PROCESS, 0, 0, 0), 9);
  on.restore(state);
  assert.is(ask(on, "appletCall", 1, ENTRY_PROCESS, 0, 0, 0), 7);
});

packages("hashes run over RAM and over the memory, signatures over a digest", () => {
  const on = card();
  put(on, GOOD);
  const digest = hex(sha256(GOOD));
  const ram = on.chip.kernelRam;
  const [from, to] = [200, 800];
  ram.set(GOOD, from);
  passOn(on, "hash", HASH_SHA256, from, GOOD.length, to);
  assert.is(hex(ram.subarray(to, to + 32)), digest);
  ram.fill(0, to, to + 32);
  passOn(on, "memoryHash", HASH_SHA256, ADDRESS, GOOD.length, to);
  assert.is(hex(ram.subarray(to, to + 32)), digest);
  const verify = [SIGNATURE_ECDSA_P256, 100, 65, to, 32, 200, 64] as const;
  assert.is(ask(on, "verifySignature", ...verify), 0, "a key of zeros is no key");
});

packages.run();
