// UPDATE BINARY: plain, by short identifier, chained, extended; all of the data or none.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MAX_COMMAND_BYTES } from "../../../runtime/spec/card-api.ts";
import { INS_READ_BINARY, INS_UPDATE_BINARY } from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_FILE_NOT_FOUND,
  SW_LAST_COMMAND_EXPECTED,
  SW_NO_CURRENT_FILE,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, chained, everyPowerCut, refuse } from "../../helpers/card.ts";
import { hex16, selectApplication } from "../../helpers/secure-channel.ts";
import {
  AID_FILES,
  BINARY_BYTES,
  cardWithFiles,
  FID_BINARY,
  FID_LARGE,
  LARGE_BYTES,
  SFI_BINARY,
  SFI_FIXED,
  SFI_LARGE,
  selectFid,
} from "./file-tree.ts";

const update = (offset: number, data: string | Uint8Array) =>
  apdu(0x00, INS_UPDATE_BINARY, offset >> 8, offset & 0xff, data);
const updateShort = (sfi: number, offset: number, data: string | Uint8Array) =>
  apdu(0x00, INS_UPDATE_BINARY, 0x80 | sfi, offset, data);
const read = (offset: number, le: number) =>
  apdu(0x00, INS_READ_BINARY, offset >> 8, offset & 0xff, "", le, le > 256);
const pattern = (length: number, start: number) =>
  Uint8Array.from({ length }, (_, i) => (start + i * 3) & 0xff);

const card = await cardWithFiles();
accept(card, selectFid(FID_BINARY));
const ready = card.snapshot();
const tests = suite("UPDATE BINARY");
tests.before.each(() => card.restore(ready));

tests("UPDATE BINARY writes at the offset and leaves the rest", () => {
  accept(card, update(0, pattern(BINARY_BYTES, 1)));
  accept(card, update(5, "AABBCC"));
  const expected = pattern(BINARY_BYTES, 1);
  expected.set([0xaa, 0xbb, 0xcc], 5);
  answers(card, read(0, 0), hex(expected));
  accept(card, update(BINARY_BYTES - 1, "EE"));
  answers(card, read(BINARY_BYTES - 1, 0), "EE");
});

tests("UPDATE BINARY by short identifier makes the EF current", () => {
  accept(card, updateShort(SFI_LARGE, 0xff, "010203"));
  answers(card, read(0xfe, 5), "0001020300");
});

tests("UPDATE BINARY outlives a reset", () => {
  accept(card, update(0, "0102"));
  card.powerOff();
  card.reset();
  accept(card, selectApplication(AID_FILES));
  accept(card, selectFid(FID_BINARY));
  answers(card, read(0, 3), "010200");
});

tests("UPDATE BINARY takes chained commands as one, whatever the parts", () => {
  accept(card, selectFid(FID_LARGE));
  for (const part of [1, 100, 255]) {
    const data = pattern(part === 1 ? 20 : 900, part);
    for (const one of chained(0x00, INS_UPDATE_BINARY, 0x01, 0x23, data, part)) accept(card, one);
    answers(card, read(0x123, data.length), hex(data));
  }
});

tests("UPDATE BINARY takes an extended command of the most that a command holds", () => {
  accept(card, selectFid(FID_LARGE));
  const data = pattern(MAX_COMMAND_BYTES, 9);
  accept(card, update(900, data));
  answers(card, read(900, MAX_COMMAND_BYTES), hex(data));
  refuse(card, update(0, pattern(MAX_COMMAND_BYTES + 1, 1)), SW_WRONG_LENGTH);
  answers(card, read(0, 3), "000000");
});

tests("UPDATE BINARY forgets a chain that another command breaks", () => {
  const [first, last] = chained(0x00, INS_UPDATE_BINARY, 0, 0, pattern(8, 1), 4);
  accept(card, first!);
  refuse(card, read(0, 0), SW_LAST_COMMAND_EXPECTED);
  accept(card, last!);
  answers(card, read(0, 8), `${hex(pattern(8, 1).subarray(4))}00000000`);
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["no data", apdu(0x00, INS_UPDATE_BINARY, 0, 0), SW_WRONG_LENGTH],
  ["P1 with bits for future use", apdu(0x00, INS_UPDATE_BINARY, 0xc1, 0, "00"), SW_WRONG_P1P2],
  ["short identifier 0", updateShort(0, 0, "FF"), SW_WRONG_P1P2],
  ["a short identifier of no file", updateShort(9, 0, "FF"), SW_FILE_NOT_FOUND],
  ["a record file", updateShort(SFI_FIXED, 0, "FF"), SW_COMMAND_INCOMPATIBLE_WITH_FILE],
  ["an offset at the end", update(BINARY_BYTES, "FF"), SW_WRONG_OFFSET],
  ["data that pass the end", update(BINARY_BYTES - 1, "FFFF"), SW_WRONG_OFFSET],
  ["the greatest offset", update(0x7fff, "FF"), SW_WRONG_OFFSET],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`UPDATE BINARY refuses ${what} with ${hex16(sw)}, changes nothing, and works next`, () => {
    refuse(card, request, sw);
    answers(card, apdu(0x00, INS_READ_BINARY, 0x80 | SFI_BINARY, 0, "", 0), "00".repeat(16));
    accept(card, update(0, "01"));
  });
}

tests("UPDATE BINARY without a current EF is refused", () => {
  accept(card, selectFid(0x3f00));
  refuse(card, update(0, "01"), SW_NO_CURRENT_FILE);
});

/** Sweeps an update of the large file that is `parts` commands; the file is old or new, all of it. */
function sweep(before: Uint8Array, offset: number, commands: readonly Uint8Array[]): void {
  accept(card, selectFid(FID_LARGE));
  accept(card, update(offset, before));
  const whole = (): string => {
    accept(card, selectApplication(AID_FILES));
    accept(card, selectFid(FID_LARGE));
    return [0, 1000].map((at) => hex(accept(card, read(at, 1000)))).join("");
  };
  const old = whole();
  const send = () => {
    for (const one of commands) accept(card, one);
  };
  const seen = new Set<string>();
  const cuts = everyPowerCut(card, send, (cut) => {
    const now = whole();
    seen.add(now);
    assert.is(now.length, 2 * LARGE_BYTES);
    assert.ok(seen.size <= 2, `${cut}: a third state of the file`);
  });
  const done = whole();
  assert.ok(cuts > 0, "nothing was written: this test proves nothing");
  assert.ok(done !== old, "nothing was changed: this test proves nothing");
  for (const state of seen) assert.ok(state === old || state === done, "neither old nor new");
  assert.ok(seen.has(old), "no cut came early enough");
}

tests("UPDATE BINARY cut anywhere leaves the file old or new: one chunk of the store", () => {
  sweep(pattern(16, 1), 8, [update(8, pattern(16, 0x80))]);
});

tests("UPDATE BINARY cut anywhere leaves the file old or new: many chunks of the store", () => {
  sweep(pattern(900, 1), 150, [update(150, pattern(900, 0x80))]);
});

tests("UPDATE BINARY cut anywhere leaves the file old or new: a chain of commands", () => {
  const commands = chained(0x00, INS_UPDATE_BINARY, 0, 50, pattern(500, 0x80), 200);
  sweep(pattern(500, 1), 50, commands);
});

tests.run();
