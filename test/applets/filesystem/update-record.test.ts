// UPDATE RECORD: by number and identifier in each kind of file, adding to a cyclic one; all or nothing.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import {
  INS_APPEND_RECORD,
  INS_READ_RECORD,
  INS_UPDATE_RECORD,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_FILE_NOT_FOUND,
  SW_NO_CURRENT_FILE,
  SW_RECORD_NOT_FOUND,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, everyPowerCut, refuse } from "../../helpers/card.ts";
import { hex16, selectApplication } from "../../helpers/secure-channel.ts";
import {
  AID_FILES,
  CYCLIC,
  cardWithFiles,
  FID_FIXED,
  FID_VARIABLE,
  SFI_BINARY,
  SFI_CYCLIC,
  SFI_FIXED,
  SFI_VARIABLE,
  selectFid,
} from "./file-tree.ts";

const FIRST = 0;
const LAST = 1;
const NEXT = 2;
const PREVIOUS = 3;
const NUMBER = 4;
const TO_LAST = 5;

const update = (p1: number, how: number, data: string, sfi = 0) =>
  apdu(0x00, INS_UPDATE_RECORD, p1, (sfi << 3) | how, data);
const readAll = (sfi: number) => apdu(0x00, INS_READ_RECORD, 1, (sfi << 3) | TO_LAST, "", 0, true);
const read = (p1: number, how: number) => apdu(0x00, INS_READ_RECORD, p1, how, "", 0);

const FIXED_RECORDS = ["01".repeat(8), "02".repeat(8), "03".repeat(8)];
const VARIABLE_RECORDS = ["0A02AAAA", "0B01BB", "0A00"];
const card = await cardWithFiles();
for (const [sfi, records] of [
  [SFI_FIXED, FIXED_RECORDS],
  [SFI_VARIABLE, VARIABLE_RECORDS],
  [SFI_CYCLIC, ["01000001", "02000002"]],
] as const) {
  for (const record of records) accept(card, apdu(0, INS_APPEND_RECORD, 0, sfi << 3, record));
}
accept(card, selectFid(FID_FIXED));
const ready = card.snapshot();
const tests = suite("UPDATE RECORD");
tests.before.each(() => card.restore(ready));

tests("UPDATE RECORD by number replaces that record of a fixed file", () => {
  accept(card, update(2, NUMBER, "EE".repeat(8)));
  answers(card, readAll(SFI_FIXED), `${FIXED_RECORDS[0]}${"EE".repeat(8)}${FIXED_RECORDS[2]}`);
});

tests("UPDATE RECORD may change the length of a record of a variable file", () => {
  const long = `0B90${"BB".repeat(144)}`;
  accept(card, update(2, NUMBER, long, SFI_VARIABLE));
  answers(card, readAll(SFI_VARIABLE), `${VARIABLE_RECORDS[0]}${long}${VARIABLE_RECORDS[2]}`);
  accept(card, update(2, NUMBER, "0B", SFI_VARIABLE));
  answers(card, readAll(SFI_VARIABLE), `${VARIABLE_RECORDS[0]}0B${VARIABLE_RECORDS[2]}`);
});

tests("UPDATE RECORD by identifier takes first, last, next and previous", () => {
  accept(card, selectFid(FID_VARIABLE));
  accept(card, update(0x0a, FIRST, "0A01"));
  accept(card, update(0x0a, NEXT, "0A02"));
  accept(card, update(0x0a, PREVIOUS, "0A03"));
  accept(card, update(0x0a, LAST, "0A04"));
  answers(card, readAll(SFI_VARIABLE), "0A030B01BB0A04");
});

tests("UPDATE RECORD by identifier moves the record pointer, by number does not", () => {
  accept(card, selectFid(FID_VARIABLE));
  accept(card, update(0x0b, FIRST, "0B99"));
  accept(card, update(1, NUMBER, "0A11"));
  answers(card, read(0, NUMBER), "0B99");
  accept(card, update(0, NUMBER, "0B77"));
  answers(card, read(0, NEXT), VARIABLE_RECORDS[2]!);
});

tests(
  "UPDATE RECORD of the previous in a cyclic file adds the newest, over the oldest when full",
  () => {
    for (const [record, all] of [
      ["03000003", "030000030200000201000001"],
      ["04000004", "040000040300000302000002"],
      ["05000005", "050000050400000403000003"],
      ["06000006", "060000060500000504000004"],
    ] as const) {
      accept(card, update(0, PREVIOUS, record, SFI_CYCLIC));
      answers(card, readAll(SFI_CYCLIC), all);
    }
  },
);

tests("UPDATE RECORD that adds to a cyclic file makes the new record the current one", () => {
  answers(card, apdu(0x00, INS_READ_RECORD, 0, (SFI_CYCLIC << 3) | LAST, "", 0), "01000001");
  accept(card, update(0, PREVIOUS, "03000003"));
  answers(card, read(0, NUMBER), "03000003");
  answers(card, read(0, NEXT), "02000002");
});

tests("UPDATE RECORD by number changes a record of a cyclic file in its place", () => {
  accept(card, update(2, NUMBER, "EEEEEEEE", SFI_CYCLIC));
  answers(card, readAll(SFI_CYCLIC), "02000002EEEEEEEE");
});

const EIGHT = "FF".repeat(8);
const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P2 that means several records", update(1, TO_LAST, EIGHT), SW_WRONG_P1P2],
  ["P1 FF", update(0xff, NUMBER, EIGHT), SW_WRONG_P1P2],
  ["no data", apdu(0x00, INS_UPDATE_RECORD, 1, NUMBER), SW_WRONG_LENGTH],
  ["a short identifier of no file", update(1, NUMBER, EIGHT, 9), SW_FILE_NOT_FOUND],
  ["a transparent file", update(1, NUMBER, "FF", SFI_BINARY), SW_COMMAND_INCOMPATIBLE_WITH_FILE],
  ["a record too short for a fixed file", update(1, NUMBER, "FF".repeat(7)), SW_WRONG_LENGTH],
  ["a record too long for a fixed file", update(1, NUMBER, "FF".repeat(9)), SW_WRONG_LENGTH],
  [
    "a record too long for a variable file",
    update(1, NUMBER, "FF".repeat(151), SFI_VARIABLE),
    SW_WRONG_LENGTH,
  ],
  [
    "a record too short for a cyclic file",
    update(0, PREVIOUS, "FF".repeat(CYCLIC[0] - 1), SFI_CYCLIC),
    SW_WRONG_LENGTH,
  ],
  ["previous with an identifier", update(1, PREVIOUS, "FFFFFFFF", SFI_CYCLIC), SW_WRONG_P1P2],
  ["a number of no record", update(4, NUMBER, EIGHT), SW_RECORD_NOT_FOUND],
  ["the current record when there is none", update(0, NUMBER, EIGHT), SW_RECORD_NOT_FOUND],
  ["an identifier of no record", update(0x77, FIRST, "77", SFI_VARIABLE), SW_RECORD_NOT_FOUND],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`UPDATE RECORD refuses ${what} with ${hex16(sw)}, changes nothing, and works next`, () => {
    refuse(card, request, sw);
    answers(card, readAll(SFI_FIXED), FIXED_RECORDS.join(""));
    answers(card, readAll(SFI_VARIABLE), VARIABLE_RECORDS.join(""));
    answers(card, readAll(SFI_CYCLIC), "0200000201000001");
    accept(card, update(1, NUMBER, EIGHT, SFI_FIXED));
  });
}

tests("UPDATE RECORD without a current EF is refused", () => {
  accept(card, selectFid(FID_MF));
  refuse(card, update(1, NUMBER, EIGHT), SW_NO_CURRENT_FILE);
});

/** Sweeps a command; all records of the file are as before or as after it, nothing else. */
function sweep(sfi: number, command: Uint8Array): void {
  const all = () => {
    accept(card, selectApplication(AID_FILES));
    return hex(accept(card, readAll(sfi)));
  };
  const old = all();
  const seen = new Set<string>();
  const cuts = everyPowerCut(
    card,
    () => accept(card, command),
    () => seen.add(all()),
  );
  const done = all();
  assert.ok(cuts > 0 && done !== old, "nothing was written: this test proves nothing");
  for (const state of seen) assert.ok(state === old || state === done, `neither: ${state}`);
  assert.ok(seen.has(old) && seen.has(done), "the cuts did not reach both sides of the commit");
}

tests("UPDATE RECORD cut anywhere leaves the old record or the new: fixed", () => {
  sweep(SFI_FIXED, update(2, NUMBER, EIGHT, SFI_FIXED));
});
tests("UPDATE RECORD cut anywhere leaves the old record or the new: variable, over chunks", () => {
  sweep(SFI_VARIABLE, update(2, NUMBER, `0B90${"BB".repeat(144)}`, SFI_VARIABLE));
});
tests("UPDATE RECORD cut anywhere leaves the old record or the new: cyclic, not yet full", () => {
  sweep(SFI_CYCLIC, update(0, PREVIOUS, "03000003", SFI_CYCLIC));
});
tests(
  "UPDATE RECORD cut anywhere leaves the old record or the new: cyclic, over the oldest",
  () => {
    accept(card, update(0, PREVIOUS, "03000003", SFI_CYCLIC));
    sweep(SFI_CYCLIC, update(0, PREVIOUS, "04000004", SFI_CYCLIC));
  },
);

tests.run();
