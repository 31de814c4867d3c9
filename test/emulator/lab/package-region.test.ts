// Packages behind the store: a row that names one must find its module, byte for byte.

import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkPackages } from "../../../emulator/lab/package-region.ts";
import type { StoredObject } from "../../../emulator/lab/store-reader.ts";
import { KIND_KERNEL } from "../../../runtime/spec/store.ts";

const PAGE = 512;
const MODULE = Uint8Array.from({ length: 700 }, (_, i) => (i * 7) & 0xff);
const ROW = { page: 1, pages: 2, offset: 30, length: MODULE.length, owner: 0, number: 0x200 };

function row(change: Partial<typeof ROW> = {}): StoredObject {
  const { page, pages, offset, length, owner, number } = { ...ROW, ...change };
  const content = new Uint8Array(84);
  const view = new DataView(content.buffer);
  view.setUint16(36, page, true);
  view.setUint16(38, pages, true);
  view.setUint16(40, offset, true);
  view.setUint32(44, length, true);
  content.set(createHash("sha256").update(MODULE).digest(), 52);
  return { owner, number, kind: KIND_KERNEL, content };
}

/** Four pages, the module where `ROW` says. */
function region(): Uint8Array {
  const bytes = new Uint8Array(4 * PAGE).fill(0xff);
  bytes.set(MODULE, ROW.page * PAGE + ROW.offset);
  return bytes;
}

const tests = suite("the package region");

tests("a module that is there is in order; without a row nothing counts", () => {
  checkPackages([row()], region(), PAGE);
  checkPackages([], new Uint8Array(0), PAGE);
  checkPackages(
    [row({ owner: 1 }), row({ number: 0x1ff }), row({ number: 0x210 })],
    region(),
    PAGE,
  );
});

const FAULTS: [name: string, rows: StoredObject[], change: (at: Uint8Array) => void, RegExp][] = [
  ["a byte of it is another", [row()], (at) => at.fill(0, 600, 601), /package 0 is not the module/],
  ["a page of it is erased", [row()], (at) => at.fill(0xff, 1024, 1536), /is not the module/],
  ["its row names another page", [row({ page: 2 })], () => {}, /is not the module/],
  ["it is longer than its pages", [row({ pages: 1 })], () => {}, /leaves its pages/],
  ["two share a page", [row(), row({ number: 0x201 })], () => {}, /package 1 lies where another/],
];
for (const [name, rows, change, reason] of FAULTS) {
  tests(`not in order: ${name}`, () => {
    const bytes = region();
    change(bytes);
    assert.throws(() => checkPackages(rows, bytes, PAGE), reason);
  });
}

tests("a row of another length is refused", () => {
  const short = { ...row(), content: new Uint8Array(83) };
  assert.throws(() => checkPackages([short], region(), PAGE), /package 0 has a row of 83/);
});

tests.run();
