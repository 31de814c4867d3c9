// Wear: what a card's pages suffer from a cycle of use, against a count done by hand.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Scenario } from "../../../emulator/lab/scenario.ts";
import { type WearResult, wear } from "../../../emulator/lab/wear.ts";
import { slotsPerPage } from "../../../runtime/spec/store.ts";
import { probeImage } from "../../runtime/probe.ts";
import { host, scenarioOf } from "./lab.ts";

const PAGES = 24;
const image = await probeImage({ domain: true, pageCount: PAGES });
const DOMAIN = "00A4040C [ A000000151000000 ]";
/** INITIALIZE UPDATE counts a sequence up: one slot. */
const CYCLE = `cycle:
  - { name: field, reset: contactless }
  - { name: select, command: "${DOMAIN}" }
  - { name: count, command: "8050FF00 [ 0102030405060708 ] 00" }`;

const run = (scenario: Scenario, cycles: number, eraseCycles = 1000): Promise<WearResult> =>
  wear(image, scenario, host, { cycles, seed: 1, eraseCycles });

async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as Error).message;
  }
  return assert.unreachable("nothing was wrong") as never;
}

const tests = suite("wear");

tests(
  "a cycle of one slot opens a page every few cycles, and a little more for what lives",
  async () => {
    const result = await run(scenarioOf("", CYCLE), 4000);
    const least = 1 / slotsPerPage(512);
    assert.ok(result.erasesPerCycle >= least, `${result.erasesPerCycle} erases a cycle`);
    assert.ok(result.erasesPerCycle < least * 2, `${result.erasesPerCycle} erases a cycle`);
    assert.is(result.pages, PAGES);
    assert.ok(Math.abs(result.mean - (result.erasesPerCycle * 4000) / PAGES) < 1e-9);
    // A ring wears evenly: no page is more than one turn ahead of another.
    assert.ok(result.worst - result.mean <= 1, `worst ${result.worst}, mean ${result.mean}`);
  },
);

tests("life is the cycles until the worst page has had what the chip promises", async () => {
  const [short, long] = [
    await run(scenarioOf("", CYCLE), 4000, 50),
    await run(scenarioOf("", CYCLE), 4000, 5000),
  ];
  assert.is(short.life, Math.floor((50 * 4000) / short.worst));
  assert.ok(Math.abs(long.life - short.life * 100) <= 100);
});

tests("a cycle that writes nothing never wears the card out", async () => {
  const idle = `cycle: [{ name: select, command: "${DOMAIN}" }]`;
  const { worst, life } = await run(scenarioOf("", idle), 100);
  assert.equal([worst, life], [0, Number.POSITIVE_INFINITY]);
});

tests("more writing wears more", async () => {
  const twice = `${CYCLE}\n  - { name: again, command: "8050FF00 [ 0102030405060708 ] 00" }`;
  const once = await run(scenarioOf("", CYCLE), 2000);
  const both = await run(scenarioOf("", twice), 2000);
  const ratio = both.erasesPerCycle / once.erasesPerCycle;
  assert.ok(ratio > 1.9 && ratio < 2.1, `${ratio} ×`);
});

tests("a scenario without a cycle, and one that does not repeat, say so in one line", async () => {
  assert.match(await faultOf(run(scenarioOf(""), 10)), /^small\.yaml: cycle: there is none/);
  const once = `cycle:
  - { name: field, reset: contact }
  - { name: select, command: "${DOMAIN}" }
  - { name: open, channel: { keys: transport, level: 1 } }`;
  const fault = await faultOf(run(scenarioOf("", once), 10));
  assert.match(fault, /^small\.yaml:\d+: cycle\.2: open: in cycle 1 the card answers .* repeat$/);
});

tests.run();
