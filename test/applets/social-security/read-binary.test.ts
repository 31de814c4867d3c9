// READ BINARY and UPDATE BINARY: offsets, 6Cxx beyond the end, refusals in their order.

import { suite } from "uvu";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import { INS_READ_BINARY, INS_UPDATE_BINARY } from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_CORRECT_LE,
  SW_FILE_NOT_FOUND,
  SW_NO_CURRENT_FILE,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { hex8, hex16 } from "../../helpers/secure-channel.ts";
import { Terminal } from "./card-terminal.ts";
import { SM4 } from "./family.ts";
import { BINARY, DF_FREE, fullCard, VARIABLE } from "./full-card.ts";
import { selectEf } from "./social-card.ts";

const card = await fullCard(SM4);
const terminal = new Terminal(card, SM4);
terminal.selectDf(DF_FREE);
const ready = card.snapshot();
const tests = suite("READ BINARY and UPDATE BINARY of the social security application");
tests.before.each(() => card.restore(ready));

const ALL = Array.from({ length: BINARY.bytes }, (_, i) => hex8(0x40 + i)).join("");
const at = (offset: number, length: number) => ALL.slice(2 * offset, 2 * (offset + length));
const read = (p1: number, p2: number, le?: number) => apdu(0, INS_READ_BINARY, p1, p2, "", le);
const update = (p1: number, p2: number, data: string) => apdu(0, INS_UPDATE_BINARY, p1, p2, data);
const SFI = 0x80 | BINARY.sfi;

tests("by short identifier with an offset of one byte, then by offset of two", () => {
  answers(card, read(SFI, 0, 4), at(0, 4));
  answers(card, read(SFI, 5, 4), at(5, 4));
  answers(card, read(0, 31, 1), at(31, 1));
  answers(card, read(0, 0, BINARY.bytes), ALL);
});

tests("Le 00 reads to the end of the file", () => {
  answers(card, read(SFI, 0, 0), ALL);
  answers(card, read(SFI, 30, 0), at(30, 2));
});

tests("an Le beyond the end answers how much there is", () => {
  refuse(card, read(SFI, 0, BINARY.bytes + 1), SW_CORRECT_LE | BINARY.bytes);
  refuse(card, read(SFI, 20, 0xff), SW_CORRECT_LE | 12);
  answers(card, read(SFI, 20, 12), at(20, 12));
});

tests("UPDATE BINARY writes what it is given, where it is told", () => {
  accept(card, update(SFI, 2, "AABB"));
  answers(card, read(SFI, 0, 0), `${at(0, 2)}AABB${at(4, 28)}`);
  accept(card, update(0, 31, "CC"));
  answers(card, read(0, 30, 2), `${at(30, 1)}CC`);
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["data for READ", apdu(0, INS_READ_BINARY, SFI, 0, "00"), SW_WRONG_LENGTH],
  ["READ without Le", read(SFI, 0), SW_WRONG_LENGTH],
  ["READ with a bit for future use", read(0xa0 | BINARY.sfi, 0, 1), SW_WRONG_P1P2],
  ["READ of short identifier 0", read(0x80, 0, 1), SW_WRONG_P1P2],
  ["READ of no file", read(0x89, 0, 1), SW_FILE_NOT_FOUND],
  ["READ of records", read(0x80 | VARIABLE.sfi, 0, 1), SW_COMMAND_INCOMPATIBLE_WITH_FILE],
  ["READ at the end", read(SFI, BINARY.bytes, 1), SW_WRONG_OFFSET],
  ["READ far beyond", read(SFI, 0xff, 1), SW_WRONG_OFFSET],
  ["UPDATE without data", update(SFI, 0, ""), SW_WRONG_LENGTH],
  ["UPDATE with a bit for future use", update(0xc0 | BINARY.sfi, 0, "11"), SW_WRONG_P1P2],
  ["UPDATE of no file", update(0x89, 0, "11"), SW_FILE_NOT_FOUND],
  ["UPDATE of records", update(0x80 | VARIABLE.sfi, 0, "11"), SW_COMMAND_INCOMPATIBLE_WITH_FILE],
  ["UPDATE at the end", update(SFI, BINARY.bytes, "11"), SW_WRONG_OFFSET],
  ["UPDATE over the end", update(SFI, BINARY.bytes - 1, "1122"), SW_WRONG_OFFSET],
];
for (const [what, request, sw] of REFUSALS) {
  tests(`${what} is refused with ${hex16(sw)}, changes nothing, and the next works`, () => {
    refuse(card, request, sw);
    answers(card, read(SFI, 0, 0), ALL);
    accept(card, update(SFI, 0, "11"));
  });
}

tests("without a current EF both are refused, and a DF has files of its own", () => {
  refuse(card, read(0, 0, 1), SW_NO_CURRENT_FILE);
  refuse(card, update(0, 0, "11"), SW_NO_CURRENT_FILE);
  accept(card, update(SFI, 0, "11"));
  terminal.selectDf(FID_MF);
  accept(card, selectEf(BINARY.fid));
  answers(card, read(0, 0, 1), at(0, 1));
});

tests.run();
