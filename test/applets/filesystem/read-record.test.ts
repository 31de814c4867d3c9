// READ RECORD: by number and by identifier, ranges, the record pointer, the order of a cyclic file.

import { suite } from "uvu";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import type { Card } from "../../../emulator/card.ts";
import { INS_APPEND_RECORD, INS_READ_RECORD } from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_CORRECT_LE,
  SW_FILE_NOT_FOUND,
  SW_NO_CURRENT_FILE,
  SW_RECORD_NOT_FOUND,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { hex8, hex16 } from "../../helpers/secure-channel.ts";
import {
  cardWithFiles,
  FID_CYCLIC,
  FID_FIXED,
  FID_VARIABLE,
  SFI_BINARY,
  SFI_CYCLIC,
  SFI_FIXED,
  SFI_VARIABLE,
  selectFid,
} from "./file-tree.ts";

// Low bits of P2: the record with identifier P1 that is first, last, next, previous; number P1, from
// it to the last, from the last to it. ISO/IEC 7816-4:2020, table 76.
const FIRST = 0;
const LAST = 1;
const NEXT = 2;
const PREVIOUS = 3;
const NUMBER = 4;
const TO_LAST = 5;
const FROM_LAST = 6;

const read = (p1: number, how: number, le: number | undefined = 0, sfi = 0) =>
  apdu(0x00, INS_READ_RECORD, p1, (sfi << 3) | how, "", le);

const FIXED_RECORDS = ["0101010101010101", "0202020202020202", "0303030303030303"];
/** Identifiers (first bytes) 0A 0B 0A 0C. */
const VARIABLE_RECORDS = ["0A02AAAA", "0B01BB", "0A00", `0C90${"CC".repeat(144)}`];
const CYCLIC_RECORDS = ["01000001", "02000002", "03000003", "04000004"];

function append(card: Card, sfi: number, records: readonly string[]): void {
  for (const record of records) accept(card, apdu(0, INS_APPEND_RECORD, 0, sfi << 3, record));
}

const card = await cardWithFiles();
append(card, SFI_FIXED, FIXED_RECORDS);
append(card, SFI_VARIABLE, VARIABLE_RECORDS);
append(card, SFI_CYCLIC, CYCLIC_RECORDS);
accept(card, selectFid(FID_VARIABLE));
const ready = card.snapshot();
const tests = suite("READ RECORD");
tests.before.each(() => card.restore(ready));

tests("READ RECORD reads by number in each kind of file", () => {
  const files: [number, readonly string[]][] = [
    [SFI_FIXED, FIXED_RECORDS],
    [SFI_VARIABLE, VARIABLE_RECORDS],
    // The newest record of a cyclic file is its first; the oldest of four has made room.
    [SFI_CYCLIC, ["04000004", "03000003", "02000002"]],
  ];
  for (const [sfi, records] of files) {
    records.forEach((record, i) => {
      answers(card, read(i + 1, NUMBER, 0, sfi), record);
      answers(card, read(i + 1, NUMBER), record);
    });
    refuse(card, read(records.length + 1, NUMBER), SW_RECORD_NOT_FOUND);
    refuse(card, read(254, NUMBER), SW_RECORD_NOT_FOUND);
  }
});

tests("READ RECORD takes an Le of zeros, the exact Le, or a shorter one", () => {
  answers(card, read(1, NUMBER, 4), VARIABLE_RECORDS[0]!);
  answers(card, read(1, NUMBER, 2), "0A02");
  answers(card, apdu(0x00, INS_READ_RECORD, 1, NUMBER, "", 0, true), VARIABLE_RECORDS[0]!);
});

tests("READ RECORD answers the right Le when asked for more than the record has", () => {
  refuse(card, read(1, NUMBER, 5), SW_CORRECT_LE | 4);
  refuse(card, read(4, NUMBER, 255), SW_CORRECT_LE | 146);
  answers(card, read(4, NUMBER, 146), VARIABLE_RECORDS[3]!);
});

tests("READ RECORD reads from a number to the last, and from the last back to it", () => {
  const [a, b, c] = FIXED_RECORDS;
  answers(card, read(1, TO_LAST, 0, SFI_FIXED), `${a}${b}${c}`);
  answers(card, read(2, TO_LAST), `${b}${c}`);
  answers(card, read(1, FROM_LAST), `${c}${b}${a}`);
  answers(card, read(3, FROM_LAST), `${c}`);
  answers(card, read(2, TO_LAST, 0, SFI_CYCLIC), "0300000302000002");
  refuse(card, read(4, TO_LAST, 0, SFI_FIXED), SW_RECORD_NOT_FOUND);
});

tests("READ RECORD by identifier finds first and last, and walks to next and previous", () => {
  const [a, b, a2, c] = VARIABLE_RECORDS;
  answers(card, read(0x0a, FIRST), a!);
  answers(card, read(0x0a, NEXT), a2!);
  refuse(card, read(0x0a, NEXT), SW_RECORD_NOT_FOUND);
  answers(card, read(0x0a, LAST), a2!);
  answers(card, read(0x0a, PREVIOUS), a!);
  refuse(card, read(0x0a, PREVIOUS), SW_RECORD_NOT_FOUND);
  answers(card, read(0x0b, FIRST), b!);
  answers(card, read(0x0c, NEXT), c!);
  refuse(card, read(0x0d, FIRST), SW_RECORD_NOT_FOUND);
  refuse(card, read(0x0d, LAST), SW_RECORD_NOT_FOUND);
});

tests("READ RECORD with identifier 00 takes any record", () => {
  for (const record of VARIABLE_RECORDS) answers(card, read(0, NEXT), record);
  refuse(card, read(0, NEXT), SW_RECORD_NOT_FOUND);
  answers(card, read(0, NUMBER), VARIABLE_RECORDS[3]!);
  answers(card, read(0, PREVIOUS), VARIABLE_RECORDS[2]!);
  answers(card, read(0, FIRST), VARIABLE_RECORDS[0]!);
  answers(card, read(0, LAST), VARIABLE_RECORDS[3]!);
});

tests(
  "READ RECORD after SELECT: next is the first, previous the last, the current one is none",
  () => {
    refuse(card, read(0, NUMBER), SW_RECORD_NOT_FOUND);
    answers(card, read(0, PREVIOUS), VARIABLE_RECORDS[3]!);
    accept(card, selectFid(FID_VARIABLE));
    answers(card, read(0, NEXT), VARIABLE_RECORDS[0]!);
  },
);

tests("READ RECORD by number leaves the record pointer where it is", () => {
  answers(card, read(0x0b, FIRST), VARIABLE_RECORDS[1]!);
  answers(card, read(4, NUMBER), VARIABLE_RECORDS[3]!);
  answers(card, read(0, NUMBER), VARIABLE_RECORDS[1]!);
  answers(card, read(0, NEXT), VARIABLE_RECORDS[2]!);
  answers(card, read(0, TO_LAST), `${VARIABLE_RECORDS[2]}${VARIABLE_RECORDS[3]}`);
  answers(card, read(0, NEXT), VARIABLE_RECORDS[3]!);
});

tests("READ RECORD that fails leaves the record pointer where it is", () => {
  answers(card, read(0, FIRST), VARIABLE_RECORDS[0]!);
  refuse(card, read(0x0c, NEXT, 255), SW_CORRECT_LE | 146);
  refuse(card, read(0x0d, NEXT), SW_RECORD_NOT_FOUND);
  answers(card, read(0, NEXT), VARIABLE_RECORDS[1]!);
});

tests("READ RECORD walks a cyclic file from the newest to the oldest", () => {
  accept(card, selectFid(FID_CYCLIC));
  for (const record of ["04000004", "03000003", "02000002"]) answers(card, read(0, NEXT), record);
  refuse(card, read(0, NEXT), SW_RECORD_NOT_FOUND);
  answers(card, read(0, PREVIOUS), "03000003");
});

tests("READ RECORD of an empty file finds nothing, however it asks", async () => {
  const empty = await cardWithFiles();
  for (const sfi of [SFI_FIXED, SFI_VARIABLE, SFI_CYCLIC]) {
    for (let how = FIRST; how <= FROM_LAST; how++) {
      refuse(empty, read(1, how, 0, sfi), SW_RECORD_NOT_FOUND, `how ${how}`);
      refuse(empty, read(0, how, 0, sfi), SW_RECORD_NOT_FOUND, `how ${how}, any`);
    }
  }
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P2 for future use", read(1, 7), SW_WRONG_P1P2],
  ["P1 FF", read(0xff, NUMBER), SW_WRONG_P1P2],
  ["data", apdu(0x00, INS_READ_RECORD, 1, NUMBER, "00", 0), SW_WRONG_LENGTH],
  ["a short identifier of no file", read(1, NUMBER, 0, 9), SW_FILE_NOT_FOUND],
  ["a transparent file", read(1, NUMBER, 0, SFI_BINARY), SW_COMMAND_INCOMPATIBLE_WITH_FILE],
  ["a number of no record", read(5, NUMBER, 0, SFI_VARIABLE), SW_RECORD_NOT_FOUND],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`READ RECORD refuses ${what} with ${hex16(sw)}, and the next one works`, () => {
    refuse(card, request, sw);
    answers(card, read(2, NUMBER, 0, SFI_VARIABLE), VARIABLE_RECORDS[1]!);
  });
}

tests("READ RECORD without a current EF is refused", () => {
  accept(card, selectFid(FID_MF));
  refuse(card, read(1, NUMBER), SW_NO_CURRENT_FILE);
});

tests("a number beyond the newest never shows an old record of a cyclic file", () => {
  for (const number of [4, 5, 253]) {
    refuse(card, read(number, NUMBER, 0, SFI_CYCLIC), SW_RECORD_NOT_FOUND, hex8(number));
  }
});

tests("READ RECORD works on the EF that was selected by identifier", () => {
  accept(card, selectFid(FID_FIXED));
  answers(card, read(2, NUMBER), FIXED_RECORDS[1]!);
});

tests.run();
