// APPEND RECORD: to a linear file until it is full, to a cyclic one for ever; all or nothing.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import { INS_APPEND_RECORD, INS_READ_RECORD } from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_FILE_NOT_FOUND,
  SW_LC_INCONSISTENT_WITH_P1P2,
  SW_NO_CURRENT_FILE,
  SW_NOT_ENOUGH_MEMORY,
  SW_RECORD_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, everyPowerCut, refuse, send } from "../../helpers/card.ts";
import { hex8, hex16, selectApplication } from "../../helpers/secure-channel.ts";
import {
  AID_FILES,
  CYCLIC,
  cardWithFiles,
  FID_VARIABLE,
  FIXED,
  SFI_BINARY,
  SFI_CYCLIC,
  SFI_FIXED,
  SFI_VARIABLE,
  selectFid,
  VARIABLE,
} from "./file-tree.ts";

const CURRENT = 4;
const NEXT = 2;
const append = (data: string, sfi = 0) => apdu(0x00, INS_APPEND_RECORD, 0, sfi << 3, data);
const readAll = (sfi: number) => apdu(0x00, INS_READ_RECORD, 1, (sfi << 3) | 5, "", 0, true);
const read = (p1: number, how: number) => apdu(0x00, INS_READ_RECORD, p1, how, "", 0);
const record = (byte: number, length: number) => hex8(byte).repeat(length);

const card = await cardWithFiles();
const ready = card.snapshot();
const tests = suite("APPEND RECORD");
tests.before.each(() => card.restore(ready));

for (const [what, sfi, [longest, count]] of [
  ["fixed", SFI_FIXED, FIXED],
  ["variable", SFI_VARIABLE, VARIABLE],
] as const) {
  tests(`APPEND RECORD adds behind the last of a linear ${what} file until it is full`, () => {
    let all = "";
    for (let i = 1; i <= count; i++) {
      accept(card, append(record(i, longest), sfi));
      all += record(i, longest);
      answers(card, readAll(sfi), all);
    }
    refuse(card, append(record(9, longest), sfi), SW_NOT_ENOUGH_MEMORY);
    refuse(card, append(record(9, longest)), SW_NOT_ENOUGH_MEMORY);
    answers(card, read(count, CURRENT), record(count, longest));
  });
}

tests("APPEND RECORD to a cyclic file makes the new record the first, for ever", () => {
  const [longest, count] = CYCLIC;
  const all: string[] = [];
  for (let i = 1; i <= 3 * count + 1; i++) {
    accept(card, append(record(i, longest), SFI_CYCLIC));
    all.unshift(record(i, longest));
    answers(card, readAll(SFI_CYCLIC), all.slice(0, count).join(""));
  }
});

tests("APPEND RECORD makes the new record the current one", () => {
  accept(card, selectFid(FID_VARIABLE));
  for (const one of ["0A", "0B"]) {
    accept(card, append(one));
    answers(card, read(0, CURRENT), one);
  }
  refuse(card, read(0, NEXT), SW_RECORD_NOT_FOUND);
  accept(card, append("01010101", SFI_CYCLIC));
  accept(card, append("02020202"));
  answers(card, read(0, CURRENT), "02020202");
  answers(card, read(0, NEXT), "01010101");
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1 other than 00", apdu(0, INS_APPEND_RECORD, 1, SFI_FIXED << 3, "FF"), SW_WRONG_P1P2],
  ["P2 with low bits", apdu(0, INS_APPEND_RECORD, 0, (SFI_FIXED << 3) | 4, "FF"), SW_WRONG_P1P2],
  ["no data", apdu(0, INS_APPEND_RECORD, 0, SFI_FIXED << 3), SW_LC_INCONSISTENT_WITH_P1P2],
  ["a short identifier of no file", append("FF", 9), SW_FILE_NOT_FOUND],
  ["a transparent file", append("FF", SFI_BINARY), SW_COMMAND_INCOMPATIBLE_WITH_FILE],
  ["a record too short", append("FF".repeat(7), SFI_FIXED), SW_WRONG_LENGTH],
  ["a record too long", append("FF".repeat(151), SFI_VARIABLE), SW_WRONG_LENGTH],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`APPEND RECORD refuses ${what} with ${hex16(sw)}, adds nothing, and works next`, () => {
    refuse(card, request, sw);
    for (const sfi of [SFI_FIXED, SFI_VARIABLE]) refuse(card, readAll(sfi), SW_RECORD_NOT_FOUND);
    accept(card, append("01".repeat(8), SFI_FIXED));
  });
}

tests("APPEND RECORD without a current EF is refused", () => {
  accept(card, selectFid(FID_MF));
  refuse(card, append("FF"), SW_NO_CURRENT_FILE);
});

for (const [what, sfi, data, before] of [
  ["fixed", SFI_FIXED, "EE".repeat(8), 1],
  ["variable", SFI_VARIABLE, "EE".repeat(140), 1],
  ["an empty cyclic one", SFI_CYCLIC, "EE".repeat(4), 0],
  ["a full cyclic one", SFI_CYCLIC, "EE".repeat(4), 4],
] as const) {
  tests(`APPEND RECORD cut anywhere adds the record or nothing: ${what}`, () => {
    for (let i = 1; i <= before; i++) accept(card, append(record(i, data.length / 2), sfi));
    const all = () => {
      accept(card, selectApplication(AID_FILES));
      const { sw, data: records } = send(card, readAll(sfi));
      assert.ok(sw === SW_SUCCESS || sw === SW_RECORD_NOT_FOUND, hex16(sw));
      return hex(records);
    };
    const old = all();
    const seen = new Set<string>();
    const cuts = everyPowerCut(
      card,
      () => accept(card, append(data, sfi)),
      () => seen.add(all()),
    );
    const done = all();
    assert.ok(cuts > 0 && done !== old, "nothing was written: this test proves nothing");
    for (const state of seen) assert.ok(state === old || state === done, `neither: ${state}`);
    assert.ok(seen.has(old) && seen.has(done), "the cuts did not reach both sides of the commit");
  });
}

tests.run();
