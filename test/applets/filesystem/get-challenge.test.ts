// GET CHALLENGE: 4, 8 or 16 bytes that differ each time and serve one authentication.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { INS_GET_CHALLENGE } from "../../../runtime/spec/instructions.ts";
import { SW_WRONG_LENGTH, SW_WRONG_P1P2 } from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, refuse } from "../../helpers/card.ts";
import { hex16 } from "../../helpers/secure-channel.ts";
import { cardWithFiles } from "./file-tree.ts";

const card = await cardWithFiles();
const challenge = (le?: number) => apdu(0, INS_GET_CHALLENGE, 0, 0, "", le);
const tests = suite("GET CHALLENGE");

tests("GET CHALLENGE answers as many bytes as Le says, others each time", () => {
  for (const le of [4, 8, 16]) {
    const seen = new Set(Array.from({ length: 50 }, () => hex(accept(card, challenge(le)))));
    assert.is(seen.size, 50);
    for (const one of seen) assert.is(one.length, 2 * le);
  }
});

const REFUSALS: readonly [string, Uint8Array, number][] = [
  ["P1", apdu(0, INS_GET_CHALLENGE, 1, 0, "", 8), SW_WRONG_P1P2],
  ["P2", apdu(0, INS_GET_CHALLENGE, 0, 1, "", 8), SW_WRONG_P1P2],
  ["data", apdu(0, INS_GET_CHALLENGE, 0, 0, "00", 8), SW_WRONG_LENGTH],
  ["no Le", challenge(), SW_WRONG_LENGTH],
  ...[0, 1, 3, 5, 7, 9, 15, 17, 255].map((le): [string, Uint8Array, number] => [
    `an Le of ${le}`,
    challenge(le),
    SW_WRONG_LENGTH,
  ]),
];

for (const [what, request, sw] of REFUSALS) {
  tests(`GET CHALLENGE refuses ${what} with ${hex16(sw)}, and works next`, () => {
    refuse(card, request, sw);
    assert.is(accept(card, challenge(8)).length, 8);
  });
}

tests.run();
