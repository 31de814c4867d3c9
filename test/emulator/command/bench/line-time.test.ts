// Times of lines against figures that were worked out by hand, character by character and frame by frame.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  contactBytes,
  contactlessBytes,
  contactlessMilliseconds,
  contactMilliseconds,
  type Exchanged,
  framesOf,
  turnsOfT0,
} from "../../../../emulator/command/bench/line-time.ts";

const lineTime = suite("times of lines");

/** An exchange by the lengths of its command's data, Le if there is one, and the response's data. */
function exchange(lc: number, le: number | undefined, data: number): Exchanged {
  const command = [0, 0, 0, 0, ...(lc > 0 ? [lc, ...new Uint8Array(lc)] : [])];
  if (le !== undefined) command.push(le);
  return { command: Uint8Array.from(command), response: new Uint8Array(data + 2) };
}
const NOTHING = exchange(0, undefined, 0);
const EIGHT_BYTES = exchange(0, 8, 8);
const PROOF = exchange(16, undefined, 0);
const SELECT = exchange(15, 0, 30);

lineTime(
  "T=0 speaks in turns: header, procedure byte, data, status, and GET RESPONSE for both ways",
  () => {
    assert.equal(turnsOfT0(NOTHING), [5, 2]);
    assert.equal(turnsOfT0(EIGHT_BYTES), [5, 11]);
    assert.equal(turnsOfT0(exchange(0, 8, 0)), [5, 2], "a refusal comes at once");
    assert.equal(turnsOfT0(PROOF), [5, 1, 16, 2]);
    assert.equal(turnsOfT0(SELECT), [5, 1, 15, 2, 5, 33]);
    assert.equal(turnsOfT0(exchange(15, 0, 0)), [5, 1, 15, 2], "nothing to fetch");
  },
);

lineTime("bytes are counted as each line carries them", () => {
  assert.is(contactBytes([EIGHT_BYTES, SELECT]), 16 + 61);
  // Frames of 256 bytes (FSCI 8), and of 16 (FSCI 0), where a command of 21 bytes is chained.
  assert.is(contactlessBytes(Uint8Array.of(5, 0x78), [EIGHT_BYTES, PROOF]), 8 + 13 + 24 + 5);
  assert.is(contactlessBytes(Uint8Array.of(5, 0x70), [PROOF]), 16 + 3 + 11 + 5);
});

lineTime("a character takes 12 bit times, 16 after the other side's", () => {
  const atr = new Uint8Array(17);
  // ATR 17 × 12 + 4 = 208; 16 characters in two turns, 16 × 12 + 2 × 4 = 200.
  assert.is(contactMilliseconds(atr, [EIGHT_BYTES], 1), 408 / 9.6);
  // 61 characters in six turns.
  assert.is(contactMilliseconds(atr, [EIGHT_BYTES, SELECT], 1), (408 + 756) / 9.6);
});

lineTime("a faster line is agreed upon at the slow one", () => {
  const atr = new Uint8Array(17);
  // ATR and PPS: 25 characters in three turns, 312; then 200 bit times of a quarter each.
  assert.is(contactMilliseconds(atr, [EIGHT_BYTES], 4), (312 + 50) / 9.6);
});

lineTime("a frame holds what the ATS allows; a chained block is confirmed", () => {
  assert.equal(framesOf(EIGHT_BYTES, 256), [8, 13]);
  assert.equal(framesOf(exchange(0, 0, 256), 256), [8, 256, 3, 8]);
  assert.equal(framesOf(exchange(255, 0, 0), 256), [256, 3, 11, 5]);
  // 22 bytes of command, 13 in a frame.
  assert.equal(framesOf(exchange(16, 0, 0), 16), [16, 3, 12, 5]);
});

lineTime("106 kbit/s: a bit takes 128 clocks, a byte 9 bits, an answer 1172 clocks", () => {
  const ats = Uint8Array.from([18, 0x78, 0x80, 0x70, 0x02, ...new Uint8Array(13)]);
  // REQA 10, ATQA 20, anticollision 21 and 47, SELECT 84, SAK 29, RATS 39, ATS 182.
  const opening = { bits: 432, frames: 8 };
  const clocks = (bits: number, frames: number) => bits * 128 + frames * 1172;
  const near = (found: number, expected: number) =>
    assert.ok(Math.abs(found - expected / 13_560) < 1e-9, `${found}, not ${expected / 13_560}`);
  near(contactlessMilliseconds(ats, []), clocks(opening.bits, opening.frames));
  // 3 + 8 × 9 and 2 + 13 × 9.
  near(contactlessMilliseconds(ats, [EIGHT_BYTES]), clocks(opening.bits + 194, 10));
});

lineTime.run();
