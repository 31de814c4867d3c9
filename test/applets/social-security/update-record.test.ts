// UPDATE RECORD: replaces, adds by number and by identifier, adds to a cyclic file; TLV; power cuts.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FID_MF } from "../../../applets/filesystem/spec.ts";
import { SW_TLV_WRONG } from "../../../applets/social-security/spec.ts";
import { INS_READ_RECORD, INS_UPDATE_RECORD } from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_FILE_NOT_FOUND,
  SW_NO_CURRENT_FILE,
  SW_NOT_ENOUGH_MEMORY,
  SW_RECORD_NOT_FOUND,
  SW_SECURITY_NOT_SATISFIED,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, everyPowerCut, refuse, send } from "../../helpers/card.ts";
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
  ROOT_GUARDED,
  UKSSSE,
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

const card = await fullCard(SM4);
const terminal = new Terminal(card, SM4);
terminal.selectDf(DF_FREE);
const ready = card.snapshot();
const tests = suite("UPDATE RECORD of the social security application");
tests.before.each(() => card.restore(ready));

const update = (p1: number, how: number, data: string, sfi: number = VARIABLE.sfi) =>
  apdu(0, INS_UPDATE_RECORD, p1, (sfi << 3) | how, data);
const readAll = (sfi: number) => apdu(0, INS_READ_RECORD, 1, (sfi << 3) | TO_LAST, "", 0, true);
const all = (sfi: number = VARIABLE.sfi) => hex(accept(card, readAll(sfi)));
const holds = (records: readonly string[], sfi: number = VARIABLE.sfi) =>
  assert.is(all(sfi), records.join("").toLowerCase());
const [A1, B, A2, C] = VARIABLE_RECORDS;

tests("a number replaces that record, which may become longer or shorter", () => {
  accept(card, update(2, NUMBER, "0B051122334455"));
  holds([A1, "0B051122334455", A2, C]);
  accept(card, update(1, NUMBER, "0A00"));
  holds(["0A00", "0B051122334455", A2, C]);
  accept(card, update(4, NUMBER, `0C12${"EE".repeat(18)}`));
  holds(["0A00", "0B051122334455", A2, `0C12${"EE".repeat(18)}`]);
});

tests("a number may change the tag", () => {
  accept(card, update(2, NUMBER, "0D0155"));
  holds([A1, "0D0155", A2, C]);
});

tests("the next number adds a record, until the file is full", () => {
  accept(card, update(5, NUMBER, "0D0155"));
  accept(card, update(6, NUMBER, "0E00"));
  holds([...VARIABLE_RECORDS, "0D0155", "0E00"]);
  refuse(card, update(7, NUMBER, "0F00"), SW_NOT_ENOUGH_MEMORY);
  accept(card, update(6, NUMBER, "0F00"));
  holds([...VARIABLE_RECORDS, "0D0155", "0F00"]);
});

tests("a number behind the next one is no record", () => {
  refuse(card, update(6, NUMBER, "0E00"), SW_RECORD_NOT_FOUND);
  refuse(card, update(0xfe, NUMBER, "0E00"), SW_RECORD_NOT_FOUND);
  holds(VARIABLE_RECORDS);
});

tests("an identifier replaces the first, last, next and previous record of that tag", () => {
  accept(card, update(0x0a, FIRST, "0A0101"));
  holds(["0A0101", B, A2, C]);
  accept(card, update(0x0a, LAST, "0A0102"));
  holds(["0A0101", B, "0A0102", C]);
  // A short identifier leaves no record current, so these do without.
  accept(card, update(0x0a, LAST, "0A0102"));
  accept(card, update(0x0a, PREVIOUS, "0A0103", 0));
  accept(card, update(0x0a, NEXT, "0A0104", 0));
  holds(["0A0103", B, "0A0104", C]);
});

for (const [name, how] of [
  ["first", FIRST],
  ["last", LAST],
  ["next", NEXT],
  ["previous", PREVIOUS],
] as const) {
  tests(
    `an identifier that no record has adds one as the ${name}, and it is the current one`,
    () => {
      accept(card, update(0x0d, how, "0D0155"));
      answers(card, apdu(0, INS_READ_RECORD, 0, NUMBER, "", 3), "0D0155");
      holds([...VARIABLE_RECORDS, "0D0155"]);
    },
  );
}

tests("the next one behind the last of its tag adds another", () => {
  accept(card, update(0x0a, LAST, A2));
  accept(card, update(0x0a, NEXT, "0A0177", 0));
  holds([...VARIABLE_RECORDS, "0A0177"]);
});

tests("an identifier adds until the file is full, and replaces then", () => {
  accept(card, update(0x0d, FIRST, "0D00"));
  accept(card, update(0x0e, FIRST, "0E00"));
  refuse(card, update(0x0f, FIRST, "0F00"), SW_NOT_ENOUGH_MEMORY);
  accept(card, update(0x0e, FIRST, "0E0101"));
  holds([...VARIABLE_RECORDS, "0D00", "0E0101"]);
});

tests("the current record is replaced, none is no reason to add one", () => {
  refuse(card, update(0, NUMBER, "0D00"), SW_RECORD_NOT_FOUND);
  accept(card, update(0x0b, FIRST, B));
  accept(card, update(0, NUMBER, "0B0199", 0));
  holds([A1, "0B0199", A2, C]);
});

tests("a file of fixed records takes that length alone, and adds too", () => {
  accept(card, update(3, NUMBER, "1C0433333333", FIXED.sfi));
  accept(card, update(0x1d, FIRST, "1D0444444444", FIXED.sfi));
  holds([...FIXED_RECORDS, "1C0433333333", "1D0444444444"], FIXED.sfi);
  refuse(card, update(1, NUMBER, "1A03111111", FIXED.sfi), SW_WRONG_LENGTH);
  refuse(card, update(5, NUMBER, "1E0444444444", FIXED.sfi), SW_NOT_ENOUGH_MEMORY);
});

tests("previous adds to a cyclic file, over the oldest when it is full; these are no TLVs", () => {
  const records: string[] = [...CYCLIC_RECORDS];
  for (const record of ["FFFFFFFF", "00000004", "0A0B0C0D", "00000006"]) {
    accept(card, update(0, PREVIOUS, record, CYCLIC.sfi));
    answers(card, apdu(0, INS_READ_RECORD, 0, NUMBER, "", 4), record);
    records.unshift(record);
    holds(records.slice(0, CYCLIC.records), CYCLIC.sfi);
  }
  accept(card, update(2, NUMBER, "12345678", CYCLIC.sfi));
  holds([records[0]!, "12345678", records[2]!], CYCLIC.sfi);
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P2 of several records", update(1, TO_LAST, B), SW_WRONG_P1P2],
  ["P2 7", update(1, 7, B), SW_WRONG_P1P2],
  ["P1 FF", update(0xff, NUMBER, B), SW_WRONG_P1P2],
  ["P2 before no data", update(1, TO_LAST, ""), SW_WRONG_P1P2],
  ["no data", update(1, NUMBER, ""), SW_WRONG_LENGTH],
  ["no data for no file", update(1, NUMBER, "", 9), SW_WRONG_LENGTH],
  ["a short identifier of no file", update(1, NUMBER, B, 9), SW_FILE_NOT_FOUND],
  ["a transparent file", update(1, NUMBER, B, BINARY.sfi), SW_COMMAND_INCOMPATIBLE_WITH_FILE],
  ["more than a record has room for", update(1, NUMBER, `0A13${"11".repeat(19)}`), SW_WRONG_LENGTH],
  [
    "a cyclic record that is too long",
    update(1, NUMBER, "1122334455", CYCLIC.sfi),
    SW_WRONG_LENGTH,
  ],
  ["a cyclic record that is too short", update(0, PREVIOUS, "112233", CYCLIC.sfi), SW_WRONG_LENGTH],
  ["first in a cyclic file", update(1, FIRST, "01020304", CYCLIC.sfi), SW_WRONG_P1P2],
  ["last in a cyclic file", update(0, LAST, "01020304", CYCLIC.sfi), SW_WRONG_P1P2],
  ["next in a cyclic file", update(0, NEXT, "01020304", CYCLIC.sfi), SW_WRONG_P1P2],
  ["previous with an identifier", update(1, PREVIOUS, "01020304", CYCLIC.sfi), SW_WRONG_P1P2],
  [
    "the next number in a cyclic file",
    update(3, NUMBER, "01020304", CYCLIC.sfi),
    SW_RECORD_NOT_FOUND,
  ],
  ["a tag alone", update(2, NUMBER, "0B"), SW_TLV_WRONG],
  ["a length that says too much", update(2, NUMBER, "0B0211"), SW_TLV_WRONG],
  ["a length that says too little", update(2, NUMBER, "0B001122"), SW_TLV_WRONG],
  ["a tag that is not the one of P1", update(0x0a, FIRST, B), SW_TLV_WRONG],
  ["a lying TLV that would be added", update(5, NUMBER, "0D0311"), SW_TLV_WRONG],
  ["a lying TLV in a fixed file", update(1, NUMBER, "1A0511111111", FIXED.sfi), SW_TLV_WRONG],
];
for (const [what, request, sw] of REFUSALS) {
  tests(`${what} is refused with ${hex16(sw)}, changes nothing, and the next works`, () => {
    refuse(card, request, sw);
    holds(VARIABLE_RECORDS);
    holds(CYCLIC_RECORDS, CYCLIC.sfi);
    holds(FIXED_RECORDS, FIXED.sfi);
    accept(card, update(2, NUMBER, "0B0133"));
  });
}

tests("without a current EF, and without the key that the file asks for, it is refused", () => {
  refuse(card, update(1, NUMBER, B, 0), SW_NO_CURRENT_FILE);
  terminal.selectDf(FID_MF);
  const guarded = update(1, NUMBER, "08024321", ROOT_GUARDED.sfi);
  refuse(card, guarded, SW_SECURITY_NOT_SATISFIED);
  const lying = update(1, NUMBER, "0801", ROOT_GUARDED.sfi);
  refuse(card, lying, SW_SECURITY_NOT_SATISFIED);
  terminal.prove(UKSSSE);
  refuse(card, lying, SW_TLV_WRONG);
  accept(card, guarded);
});

/** Sweeps a command; the file is as before or as after it, all its records. */
function sweep(sfi: number, command: Uint8Array): void {
  const old = all(sfi);
  const seen = new Set<string>();
  const cuts = everyPowerCut(
    card,
    () => accept(card, command),
    () => {
      terminal.start();
      terminal.selectDf(DF_FREE);
      seen.add(all(sfi));
    },
  );
  const done = all(sfi);
  assert.ok(cuts > 0 && done !== old, "nothing was written: this test proves nothing");
  for (const state of seen) assert.ok(state === old || state === done, `neither: ${state}`);
  assert.is(seen.size, 2, "the cuts did not reach both sides of the commit");
}

for (const [what, sfi, command] of [
  ["replaces", VARIABLE.sfi, update(2, NUMBER, "0B051122334455")],
  ["adds by number", VARIABLE.sfi, update(5, NUMBER, "0D0155")],
  ["adds by identifier", VARIABLE.sfi, update(0x0d, FIRST, `0D12${"55".repeat(18)}`)],
  ["adds to a cyclic file", CYCLIC.sfi, update(0, PREVIOUS, "00000003", CYCLIC.sfi)],
] as const) {
  tests(`cut anywhere, a command that ${what} is done or not`, () => sweep(sfi, command));
}
tests("cut anywhere, a command that goes over the oldest of a cyclic file is done or not", () => {
  accept(card, update(0, PREVIOUS, "00000003", CYCLIC.sfi));
  sweep(CYCLIC.sfi, update(0, PREVIOUS, "00000004", CYCLIC.sfi));
});

tests("an EF stays current after a refusal", () => {
  accept(card, selectEf(VARIABLE.fid));
  send(card, update(9, NUMBER, "0E00", 0));
  accept(card, update(2, NUMBER, "0B00", 0));
});

tests.run();
