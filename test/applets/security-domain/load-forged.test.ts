// LOAD of what no assembler made: load files and modules that are forged are refused and leave no trace.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type LoadFile, writeLoadFile } from "../../../assembler/package/load-file.ts";
import {
  TAG_4F_AID,
  TAG_85_RAM,
  TAG_89_FLAGS,
  TAG_E1_MODULE,
} from "../../../runtime/spec/configuration.ts";
import { STATUS_LOAD_FILES } from "../../../runtime/spec/content.ts";
import { TAG_8F_STACK, TAG_C4_DATA_BLOCK } from "../../../runtime/spec/load-file.ts";
import { SW_REFERENCED_DATA_NOT_FOUND, SW_WRONG_DATA } from "../../../runtime/spec/status-words.ts";
import { APPLET, F32, F64, I32, I64, type Parts } from "../../assembler/wasm-bytes.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { accept } from "../../helpers/card.ts";
import { hex8, hex16, openChannel, selectApplication } from "../../helpers/secure-channel.ts";
import {
  does,
  install,
  listed,
  load,
  loadAndInstall,
  managedCard,
  TINY,
  TINY_INSTANCE,
  tinyModule,
  tinyPackage,
} from "./managed-card.ts";

const on = await managedCard();
const { card } = on;
const ready = card.snapshot();
const IMAGE_FILES = listed(on, STATUS_LOAD_FILES);
const tests = suite("LOAD of forged files");
tests.before.each(async () => {
  card.restore(ready);
  on.channel = await openChannel(card);
});

function isRefused(file: LoadFile): void {
  load(on, file, { sw: SW_WRONG_DATA });
  assert.equal(listed(on, STATUS_LOAD_FILES), IMAGE_FILES);
  does(on, install({ module: TINY }), SW_REFERENCED_DATA_NOT_FOUND);
  loadAndInstall(on);
  accept(card, selectApplication(TINY_INSTANCE));
}

// Modules

const END = 0x0b;
const ANSWER = [0x41, 0x80, 0xa0, 0x02];
const ENTRY: [number[], number[]] = [[I32, I32, I32], [I32]];
const answering = { type: 0, code: [...ANSWER, END] };
/** The tiny module with other code for `process`. */
const withProcess = (code: number[], more: Parts = {}, locals: [number, number][] = []) =>
  tinyModule({
    functions: [answering, answering, answering, { type: 0, locals, code: [...code, END] }],
    ...more,
  });
/** Function indexes move behind those imported. */
const shifted = APPLET.exports!.map(([name, kind, at]): [string, number, number] => [
  name,
  kind,
  kind === 0 ? at + 1 : at,
]);
const CALL = [Array(5).fill(I32), [I32]] as [number[], number[]];
const importing = (space: string, name: string, type = 1) =>
  tinyModule({ types: [ENTRY, CALL], imports: [[space, name, type]], exports: shifted });

const MODULES: readonly [string, Uint8Array][] = [
  ["an import of the chip", importing("chip", "memoryErase")],
  ["another function of the card", importing("card", "more")],
  ["the card's function with other types", importing("card", "call", 0)],
  ["an import of the environment", importing("env", "abort")],
  ["a memory of two pages", tinyModule({ memories: [[2, 2]] })],
  ["a memory that can grow", tinyModule({ memories: [[1]] })],
  [
    "a second memory",
    tinyModule({
      memories: [
        [1, 1],
        [1, 1],
      ],
    }),
  ],
  ["memory.grow", withProcess([0x41, 0, 0x40, 0])],
  [
    "a start function",
    tinyModule({
      types: [ENTRY, [[], []]],
      functions: [answering, answering, answering, answering, { type: 1, code: [END] }],
      start: 4,
    }),
  ],
  ["floats", withProcess([0x43, 0, 0, 0, 0, 0xa8])],
  ["a double in a local", withProcess(ANSWER, {}, [[1, F64]])],
  [
    "a float in a signature",
    tinyModule({
      types: [ENTRY, [[F32], []]],
      functions: [answering, answering, answering, answering, { type: 1, code: [END] }],
    }),
  ],
  ["a mutable global", tinyModule({ globals: [[I32, 1, 0x41, 0, END]] })],
  ["recursion", withProcess([0x41, 0, 0x41, 0, 0x41, 0, 0x10, 3])],
  ["no entry `process`", tinyModule({ exports: APPLET.exports!.slice(0, 4) })],
  [
    "an entry that takes and gives no words",
    tinyModule({
      types: [ENTRY, [[I64], [I64]]],
      functions: [answering, answering, answering, { type: 1, code: [0x20, 0, END] }],
    }),
  ],
  ["a custom section", Uint8Array.of(...tinyModule(), 0, 2, 1, 0x61)],
  ["nothing behind the template", new Uint8Array()],
  ["no WebAssembly", bytes("0061736D02000000")],
  ["a module cut short", tinyModule().slice(0, -3)],
  ["bytes behind the module", Uint8Array.of(...tinyModule(), 0xff)],
];

for (const [what, wasm] of MODULES) {
  tests(`a module with ${what} is refused and leaves no trace`, () => {
    isRefused(tinyPackage(TINY, { wasm }));
  });
}

// What is declared

const declared = (ramBytes: number, stackBytes: number) =>
  writeLoadFile({ ...tinyPackage(), ramBytes, stackBytes });

const NEEDS: readonly [string, LoadFile][] = [
  ["no RAM", declared(0, 256)],
  ["more RAM than the chip has", declared(0xffff, 256)],
  ["more stack than the chip has", declared(256, 0xffff)],
];

for (const [what, file] of NEEDS) {
  tests(`a module that declares ${what} is refused and leaves no trace`, () => isRefused(file));
}

// The load file around the module

const tlv = (tag: number, value: string): string => {
  const length = value.length / 2;
  return hex8(tag) + (length < 0x80 ? hex8(length) : `82${hex16(length)}`) + value;
};
const WASM = hex(tinyModule());
const AID_FIELD = tlv(TAG_4F_AID, TINY);
const RAM_FIELD = tlv(TAG_85_RAM, "0100");
const STACK_FIELD = tlv(TAG_8F_STACK, "0100");
const flags = (value: number) => tlv(TAG_89_FLAGS, hex8(value));
const around = (template: string) => tlv(TAG_C4_DATA_BLOCK, tlv(TAG_E1_MODULE, template) + WASM);
const COMPLETE = AID_FIELD + RAM_FIELD + STACK_FIELD + flags(0);

const FILES: readonly [string, string][] = [
  ["a template without AID", around(RAM_FIELD + STACK_FIELD + flags(0))],
  ["an AID of 4 bytes", around(tlv(TAG_4F_AID, "F0746978") + RAM_FIELD + STACK_FIELD)],
  ["an AID of 17 bytes", around(tlv(TAG_4F_AID, "F0".repeat(17)) + RAM_FIELD + STACK_FIELD)],
  ["a template without RAM", around(AID_FIELD + STACK_FIELD + flags(0))],
  ["RAM in three bytes", around(AID_FIELD + tlv(TAG_85_RAM, "000100") + STACK_FIELD)],
  ["the flag of a security domain", around(AID_FIELD + RAM_FIELD + STACK_FIELD + flags(0x02))],
  ["a field that nobody knows", around(COMPLETE + tlv(0x8a, "00"))],
  ["a field that runs out of the template", around(`${COMPLETE}8904`)],
  ["a template that runs out of the block", tlv(TAG_C4_DATA_BLOCK, `E1827FFF${COMPLETE}${WASM}`)],
  ["no template", tlv(TAG_C4_DATA_BLOCK, WASM)],
  ["a ciphered data block", around(COMPLETE).replace(/^c4/, "d4")],
  ["bytes behind the data block", `${around(COMPLETE)}00`],
  ["a data block that is cut short", around(COMPLETE).slice(0, -2)],
  ["a length of four bytes", around(COMPLETE).replace(/^c482/, "c4840000")],
  ["a length of no bytes", `c480${around(COMPLETE).slice(8)}`],
  ["one byte", "c4"],
];

for (const [what, forged] of FILES) {
  tests(`a load file with ${what} is refused and leaves no trace`, () => {
    isRefused({ ...tinyPackage(), bytes: bytes(forged) });
  });
}

tests("the parts of these files are those of one that is taken", () => {
  load(on, { ...tinyPackage(), bytes: bytes(around(COMPLETE)) });
  does(on, install({ module: TINY }));
});

tests.run();
