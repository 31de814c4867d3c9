// READ BINARY: offset or short identifier, forms of Le, end of file.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MAX_RESPONSE_BYTES } from "../../../runtime/spec/card-api.ts";
import { INS_READ_BINARY, INS_UPDATE_BINARY } from "../../../runtime/spec/instructions.ts";
import {
  SW_COMMAND_INCOMPATIBLE_WITH_FILE,
  SW_END_OF_FILE,
  SW_FILE_NOT_FOUND,
  SW_NO_CURRENT_FILE,
  SW_WRONG_LENGTH,
  SW_WRONG_OFFSET,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { hex16 } from "../../helpers/secure-channel.ts";
import {
  BINARY_BYTES,
  cardWithFiles,
  FID_BINARY,
  FID_FIXED,
  FID_LARGE,
  LARGE_BYTES,
  SFI_BINARY,
  SFI_FIXED,
  SFI_LARGE,
  selectFid,
} from "./file-tree.ts";

const SMALL = Uint8Array.from({ length: BINARY_BYTES }, (_, i) => 0xa0 + i);
const LARGE = Uint8Array.from({ length: LARGE_BYTES }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

const read = (offset: number, le?: number, extended = false) =>
  apdu(0x00, INS_READ_BINARY, offset >> 8, offset & 0xff, "", le, extended);
const readShort = (sfi: number, offset: number, le?: number) =>
  apdu(0x00, INS_READ_BINARY, 0x80 | sfi, offset, "", le);

const card = await cardWithFiles();
accept(card, selectFid(FID_LARGE));
for (let at = 0; at < LARGE_BYTES; at += 250) {
  const part = LARGE.subarray(at, at + 250);
  accept(card, apdu(0x00, INS_UPDATE_BINARY, at >> 8, at & 0xff, part));
}
accept(card, selectFid(FID_BINARY));
accept(card, apdu(0x00, INS_UPDATE_BINARY, 0, 0, SMALL));
const ready = card.snapshot();
const tests = suite("READ BINARY");
tests.before.each(() => card.restore(ready));

tests("READ BINARY reads from the offset, as many bytes as Le says", () => {
  for (let offset = 0; offset < BINARY_BYTES; offset++) {
    for (let le = 1; le <= BINARY_BYTES - offset; le++) {
      answers(card, read(offset, le), hex(SMALL.subarray(offset, offset + le)));
    }
  }
});

tests("READ BINARY with an Le of zeros reads to the end of the file", () => {
  answers(card, read(0, 0), hex(SMALL));
  answers(card, read(10, 0), hex(SMALL.subarray(10)));
  answers(card, read(10, 0, true), hex(SMALL.subarray(10)));
});

tests("READ BINARY with an Le beyond the end reads what there is and says 6282", () => {
  answers(card, read(0, BINARY_BYTES + 1), hex(SMALL), SW_END_OF_FILE);
  answers(card, read(15, 2), hex(SMALL.subarray(15)), SW_END_OF_FILE);
  answers(card, read(0, 255), hex(SMALL), SW_END_OF_FILE);
  answers(card, read(0, 300, true), hex(SMALL), SW_END_OF_FILE);
});

tests("READ BINARY by short identifier makes the EF current", () => {
  answers(card, readShort(SFI_LARGE, 3, 4), hex(LARGE.subarray(3, 7)));
  answers(card, read(300, 4), hex(LARGE.subarray(300, 304)));
  answers(card, readShort(SFI_BINARY, 4, 0), hex(SMALL.subarray(4)));
});

tests("READ BINARY reads a large file with short and with extended commands", () => {
  accept(card, selectFid(FID_LARGE));
  let all = "";
  for (let at = 0; at < LARGE_BYTES; at += 256) {
    all += hex(accept(card, read(at, LARGE_BYTES - at < 256 ? LARGE_BYTES - at : 0)));
  }
  assert.is(all, hex(LARGE));
  answers(card, read(100, 700, true), hex(LARGE.subarray(100, 800)));
  answers(card, read(0, MAX_RESPONSE_BYTES, true), hex(LARGE.subarray(0, MAX_RESPONSE_BYTES)));
  // Le of zeros: no more than a response holds.
  answers(card, read(0, 0, true), hex(LARGE.subarray(0, MAX_RESPONSE_BYTES)));
});

tests("READ BINARY of more than a response holds is no end of file", () => {
  accept(card, selectFid(FID_LARGE));
  for (const [offset, le] of [
    [0, MAX_RESPONSE_BYTES + 1],
    [0, LARGE_BYTES + 1],
    [LARGE_BYTES - MAX_RESPONSE_BYTES - 1, MAX_RESPONSE_BYTES + 2],
  ] as const) {
    const expected = LARGE.subarray(offset, offset + MAX_RESPONSE_BYTES);
    answers(card, read(offset, le, true), hex(expected));
  }
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["data", apdu(0x00, INS_READ_BINARY, 0, 0, "00", 0), SW_WRONG_LENGTH],
  ["no Le", read(0), SW_WRONG_LENGTH],
  ["P1 with bits for future use", apdu(0x00, INS_READ_BINARY, 0xa1, 0, "", 0), SW_WRONG_P1P2],
  ["short identifier 0", readShort(0, 0, 0), SW_WRONG_P1P2],
  ["a short identifier of no file", readShort(9, 0, 0), SW_FILE_NOT_FOUND],
  ["a record file", readShort(SFI_FIXED, 0, 0), SW_COMMAND_INCOMPATIBLE_WITH_FILE],
  ["an offset at the end", read(BINARY_BYTES, 1), SW_WRONG_OFFSET],
  ["the greatest offset", read(0x7fff, 0), SW_WRONG_OFFSET],
];

for (const [what, request, sw] of REFUSALS) {
  tests(`READ BINARY refuses ${what} with ${hex16(sw)}, and the next one works`, () => {
    refuse(card, request, sw);
    answers(card, readShort(SFI_BINARY, 0, 0), hex(SMALL));
  });
}

tests("READ BINARY without a current EF, or with one of records, is refused", () => {
  accept(card, selectFid(0x3f00));
  refuse(card, read(0, 0), SW_NO_CURRENT_FILE);
  accept(card, selectFid(FID_FIXED));
  refuse(card, read(0, 0), SW_COMMAND_INCOMPATIBLE_WITH_FILE);
});

tests.run();
