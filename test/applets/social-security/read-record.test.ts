// READ RECORD: every way to name a record, 6Cxx for a wrong Le, refusals in their order.

import { suite } from "uvu";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import { INS_READ_RECORD } from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_CORRECT_LE,
  SW_FILE_NOT_FOUND,
  SW_NO_CURRENT_FILE,
  SW_RECORD_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { hex16 } from "../../helpers/secure-channel.ts";
import { Terminal } from "./card-terminal.ts";
import { SM4 } from "./family.ts";
import {
  BINARY,
  CYCLIC,
  CYCLIC_RECORDS,
  DF_FREE,
  FIXED,
  FIXED_RECORDS,
  fullCard,
  RKSSSE,
  ROOT_GUARDED,
  ROOT_RECORDS,
  VARIABLE,
  VARIABLE_RECORDS,
} from "./full-card.ts";
import { selectEf } from "./social-card.ts";

const FIRST = 0;
const LAST = 1;
const NEXT = 2;
const PREVIOUS = 3;
const NUMBER = 4;
const TO_LAST = 5;
const FROM_LAST = 6;

const card = await fullCard(SM4);
const terminal = new Terminal(card, SM4);
terminal.selectDf(DF_FREE);
const ready = card.snapshot();
const tests = suite("READ RECORD of the social security application");
tests.before.each(() => card.restore(ready));

const read = (p1: number, how: number, le?: number, sfi: number = VARIABLE.sfi) =>
  apdu(0, INS_READ_RECORD, p1, (sfi << 3) | how, "", le);
const FILES = [
  ["variable", VARIABLE.sfi, VARIABLE_RECORDS],
  ["fixed", FIXED.sfi, FIXED_RECORDS],
  ["cyclic", CYCLIC.sfi, CYCLIC_RECORDS],
] as const;

for (const [kind, sfi, records] of FILES) {
  tests(`a ${kind} file: each record by number; Le 00 and too much answer 6Cxx`, () => {
    for (const [i, record] of records.entries()) {
      const length = record.length / 2;
      answers(card, read(i + 1, NUMBER, length, sfi), record);
      refuse(card, read(i + 1, NUMBER, 0, sfi), SW_CORRECT_LE | length);
      refuse(card, read(i + 1, NUMBER, length + 1, sfi), SW_CORRECT_LE | length);
      refuse(card, read(i + 1, NUMBER, 0xff, sfi), SW_CORRECT_LE | length);
      answers(card, read(i + 1, NUMBER, length, sfi), record);
    }
    refuse(card, read(records.length + 1, NUMBER, 1, sfi), SW_RECORD_NOT_FOUND);
  });

  tests(`a ${kind} file: several records, from a number to the last and back`, () => {
    for (let from = 1; from <= records.length; from++) {
      const rest = records.slice(from - 1);
      answers(card, read(from, TO_LAST, 0, sfi), rest.join(""));
      answers(card, read(from, FROM_LAST, 0, sfi), [...rest].reverse().join(""));
    }
    refuse(card, read(records.length + 1, TO_LAST, 0, sfi), SW_RECORD_NOT_FOUND);
    refuse(card, read(records.length + 1, FROM_LAST, 0, sfi), SW_RECORD_NOT_FOUND);
  });
}

const [A1, B, A2, C] = VARIABLE_RECORDS;
const tag = (record: string) => Number.parseInt(record.slice(0, 2), 16);
const size = (record: string) => record.length / 2;

tests("a tag on the current file, as terminals read: the first record that has it", () => {
  accept(card, selectEf(VARIABLE.fid));
  for (const record of [A1, B, C]) {
    answers(card, read(tag(record), FIRST, size(record), 0), record);
    refuse(card, read(tag(record), FIRST, 0, 0), SW_CORRECT_LE | size(record));
  }
  refuse(card, read(0x0d, FIRST, 1, 0), SW_RECORD_NOT_FOUND);
});

tests("the last, the next and the previous record of a tag, and none beyond", () => {
  const a = tag(A1);
  answers(card, read(a, FIRST, size(A1)), A1);
  answers(card, read(a, NEXT, size(A2), 0), A2);
  refuse(card, read(a, NEXT, size(A2), 0), SW_RECORD_NOT_FOUND);
  answers(card, read(a, PREVIOUS, size(A1), 0), A1);
  refuse(card, read(a, PREVIOUS, size(A1), 0), SW_RECORD_NOT_FOUND);
  answers(card, read(a, LAST, size(A2), 0), A2);
  refuse(card, read(tag(B), NEXT, size(B), 0), SW_RECORD_NOT_FOUND);
  answers(card, read(tag(B), PREVIOUS, size(B), 0), B);
  answers(card, read(tag(C), NEXT, size(C), 0), C);
});

tests("next and previous without a current record start at the ends", () => {
  answers(card, read(tag(A1), NEXT, size(A1)), A1);
  accept(card, selectEf(VARIABLE.fid));
  answers(card, read(tag(A1), PREVIOUS, size(A2), 0), A2);
});

tests("a record read by its tag is the current one, one read by its number is not", () => {
  accept(card, selectEf(VARIABLE.fid));
  refuse(card, read(0, NUMBER, 1, 0), SW_RECORD_NOT_FOUND);
  answers(card, read(tag(B), FIRST, size(B), 0), B);
  answers(card, read(1, NUMBER, size(A1), 0), A1);
  answers(card, read(0, NUMBER, size(B), 0), B);
});

tests("6Cxx moves no pointer: the command with the right Le reads the same record", () => {
  answers(card, read(tag(A1), FIRST, size(A1)), A1);
  refuse(card, read(tag(A1), NEXT, 0, 0), SW_CORRECT_LE | size(A2));
  answers(card, read(tag(A1), NEXT, size(A2), 0), A2);
});

tests("any record, by identifier 00", () => {
  accept(card, selectEf(VARIABLE.fid));
  for (const record of VARIABLE_RECORDS) answers(card, read(0, NEXT, size(record), 0), record);
  refuse(card, read(0, NEXT, 1, 0), SW_RECORD_NOT_FOUND);
  answers(card, read(0, LAST, size(C), 0), C);
  answers(card, read(0, FIRST, size(A1), 0), A1);
});

tests("the start of a record, by a shorter Le", () => {
  answers(card, read(1, NUMBER, 2), A1.slice(0, 4));
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P2 7", read(1, 7, 0), SW_WRONG_P1P2],
  ["P1 FF", read(0xff, NUMBER, 0), SW_WRONG_P1P2],
  ["P2 before data", apdu(0, INS_READ_RECORD, 1, (VARIABLE.sfi << 3) | 7, "00"), SW_WRONG_P1P2],
  ["data", apdu(0, INS_READ_RECORD, 1, (VARIABLE.sfi << 3) | NUMBER, "00"), SW_WRONG_LENGTH],
  ["a short identifier of no file", read(1, NUMBER, 1, 9), SW_FILE_NOT_FOUND],
  ["a transparent file", read(1, NUMBER, 1, BINARY.sfi), SW_COMMAND_INCOMPATIBLE_WITH_FILE],
  ["number 5", read(5, NUMBER, 1), SW_RECORD_NOT_FOUND],
];
for (const [what, request, sw] of REFUSALS) {
  tests(`${what} is refused with ${hex16(sw)}, and the next works`, () => {
    refuse(card, request, sw);
    answers(card, read(1, NUMBER, size(A1)), A1);
  });
}

tests("without a current EF, and without the key that the file asks for, it is refused", () => {
  refuse(card, read(1, NUMBER, 1, 0), SW_NO_CURRENT_FILE);
  terminal.selectDf(FID_MF);
  const guarded = (le: number) => read(1, NUMBER, le, ROOT_GUARDED.sfi);
  // Nor does it tell a length.
  refuse(card, guarded(0), SW_SECURITY_NOT_SATISFIED);
  terminal.prove(RKSSSE);
  refuse(card, guarded(0), SW_CORRECT_LE | size(ROOT_RECORDS[0]));
  answers(card, guarded(size(ROOT_RECORDS[0])), ROOT_RECORDS[0]);
});

tests.run();
