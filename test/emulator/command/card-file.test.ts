// A card file is a card: one at a time works with it, and what a command changed is in it for good.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AID_SSSE, PIN_SSSE } from "../../../applets/social-security/spec.ts";
import { INS_SELECT, INS_VERIFY } from "../../../runtime/spec/instructions.ts";
import { swTriesLeft } from "../../../runtime/spec/status-words.ts";
import { hex8, hex16 } from "../../helpers/secure-channel.ts";
import { Workshop } from "./workshop.ts";

const shop = await Workshop.open(1);
const [file = ""] = await shop.issue();
const issued = shop.bytes(file);

const select = `00${hex8(INS_SELECT)}0400${hex8(AID_SSSE.length / 2)}${AID_SSSE}00`;
const wrongPin = `00${hex8(INS_VERIFY)}00${hex8(PIN_SSSE)}03999999`;
/** Tries of the PIN of the sample product. */
const TRIES = 6;
const left = (tries: number) => hex16(swTriesLeft(tries)).toUpperCase();

const tests = suite("card file");
tests.before.each(() => shop.write(file, issued));
tests.after(() => shop.close());

async function spendOne(): Promise<string> {
  const ran = await shop.wafer(["apdu", file, select, wrongPin, "--json"]);
  assert.is(ran.exit, 0, ran.err);
  return JSON.parse(ran.out).exchanges[1].response;
}

tests("a try that one command spent is spent for the next", async () => {
  assert.is(await spendOne(), left(TRIES - 1));
  assert.is(await spendOne(), left(TRIES - 2));
});

tests("--no-keep leaves the file as it was", async () => {
  const ran = await shop.wafer(["apdu", file, select, wrongPin, "--no-keep"]);
  assert.is(ran.exit, 0);
  assert.equal(shop.bytes(file), issued);
});

tests("a spent try is in the file before the answer is out, also when run is killed", async () => {
  // The pipe stays open, so that run waits for more when it is killed.
  const line =
    `mkfifo p; exec 3<>p; wafer run ${file} <&3 >out.txt & echo ${select} >p; echo ${wrongPin} >p; ` +
    `until grep -q ${left(TRIES - 1)} out.txt; do sleep 0.02; done; kill -KILL $!; wait $! || true`;
  await shop.shell(line);
  assert.is(await spendOne(), left(TRIES - 2));
});

tests(
  "while run has the card, nobody else changes it; looking without keeping is free",
  async () => {
    const line =
      `rm -f p; mkfifo p; exec 3<>p; wafer run ${file} <&3 >out2.txt & ` +
      "until grep -q ATR out2.txt; do sleep 0.02; done; " +
      `wafer apdu ${file} ${select} 2>refused.txt; echo $? >exit.txt; ` +
      `wafer apdu ${file} ${select} --no-keep >/dev/null; echo $? >>exit.txt; kill -INT $!; wait $!`;
    await shop.shell(line);
    assert.is(shop.text("exit.txt"), "1\n0\n");
    assert.match(shop.text("refused.txt"), /^wafer: \S+\.card\.lock: process \d+ works on this; /);
    assert.not.ok(shop.has(`${file}.lock`), "the lock is left behind");
  },
);

tests.run();
