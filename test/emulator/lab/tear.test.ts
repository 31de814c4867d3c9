// The sweep of power cuts, and that it sees what it must: a test of the test.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Image } from "../../../assembler/image/types.ts";
import { ScenarioError } from "../../../emulator/lab/errors.ts";
import type { Scenario } from "../../../emulator/lab/scenario.ts";
import { type TearOptions, type TearResult, tear } from "../../../emulator/lab/tear.ts";
import { type Change, probeImage } from "../../runtime/probe.ts";
import { host, PUT_KEY, ROUND, STORE, scenarioOf } from "./lab.ts";

const LOG = "runtime/kernel/store/log.ts";
const COLLECTOR = "runtime/kernel/store/collector.ts";

const broken = (...changes: Change[]): Promise<Image> =>
  probeImage({ domain: true, broken: changes });
const image = await broken();

function sweep(
  scenario: Scenario,
  options: Partial<TearOptions> = {},
  on: Image = image,
): Promise<TearResult> {
  return tear(on, scenario, host, { seed: 1, minCuts: 1, ...options });
}

async function faultOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  return assert.unreachable("nothing was wrong") as never;
}

const SMALL = scenarioOf([STORE, PUT_KEY, ROUND, STORE.replace("store", "again")].join("\n"));

const tests = suite("the sweep of power cuts");

tests("finds nothing in a sound store, and cut everything that it names", async () => {
  const { steps, cuts, violations } = await sweep(SMALL, { minCuts: 1500 });
  assert.equal(violations, []);
  assert.ok(cuts >= 1500, `${cuts} cuts`);
  assert.equal(
    steps.map(({ name }) => name),
    ["store", "put key", "again"],
  );
  // Two slots, the commit word; more where a page is opened and the collector runs.
  assert.ok(steps.every(({ operations }) => operations >= 2));
  assert.ok(steps.every(({ states }) => states === 2));
  assert.is(
    steps.reduce((sum, one) => sum + one.cuts, 0),
    cuts,
  );
});

tests("is the same for the same seed, another for another", async () => {
  const scenario = scenarioOf(STORE);
  const cuts = async (seed: number) => (await sweep(scenario, { seed, minCuts: 400 })).cuts;
  assert.is(await cuts(1), await cuts(1));
  assert.is.not(await cuts(1), await cuts(2));
});

tests("sees a commit word that is written before the data", async () => {
  const image = await broken({
    file: LOG,
    from: "  memoryProgram(addressOf(slot), SLOT, SLOT_HEADER_BYTES + length);",
    to: `  store<u32>(WORD, commitWord((log.pending + 1) as u32));
  memoryProgram(addressOf(slot) + SLOT_COMMIT, WORD, 4);
  memoryProgram(addressOf(slot), SLOT, SLOT_HEADER_BYTES + length);`,
  });
  const { violations, steps } = await sweep(SMALL, {}, image);
  assert.ok(violations.length > 10, `${violations.length} violations`);
  for (const { name, violations } of steps) assert.ok(violations > 0, `none in ${name}`);
  const first = violations.find(({ what }) => /boot ends with 6581|not as before/.test(what));
  assert.ok(first, violations[0]!.what);
  // The line that names it finds it again.
  const { step, cut, seed } = first;
  const again = await sweep(SMALL, { step, cut, seed }, image);
  assert.ok(again.violations.some(({ what }) => what === first.what));
  assert.ok(again.violations.every((one) => one.step === step));
});

tests("sees a collector whose moves count too late, and names the object", async () => {
  const image = await broken({
    file: COLLECTOR,
    from: "  log.commitSlots();\n  log.dropTail();",
    to: "  log.dropTail();",
  });
  const often = `  - name: store often
    secure: true
    states: 33
    command: [${Array.from({ length: 32 }, (_, at) => `"80E29000 [ 42 [ ${10 + at} ] ]"`)}]`;
  const { violations } = await sweep(scenarioOf(`${ROUND}\n${often}`), {}, image);
  assert.ok(violations.length > 0, "no violation");
  assert.match(violations[0]!.what, /operation \d+: owner \d+ object [0-9A-F]{4} /);
});

tests("a step that passes through more states than it says is not atomic", async () => {
  const two = (states: number) =>
    scenarioOf(`  - name: store twice
    secure: true
    states: ${states}
    command: ["80E21000 [ 42 [ 1122 ] ]", "80E29000 [ 42 [ 3344 ] ]"]`);
  assert.equal((await sweep(two(3))).violations, []);
  for (const states of [1, 2, 4]) {
    const { violations } = await sweep(two(states));
    assert.is(violations.length, 1);
    const what = `passes through 3 states of the store, the scenario says ${states}; operation`;
    assert.ok(violations[0]!.what.startsWith(what), violations[0]!.what);
  }
});

tests("a card that does not answer after a cut is a violation", async () => {
  const scenario = {
    ...scenarioOf(STORE),
    alive: [Uint8Array.of(0, 0xa4, 4, 0, 5, 1, 2, 3, 4, 5)],
  };
  const { cuts, violations } = await sweep(scenario);
  assert.ok(cuts > 0);
  assert.ok(violations.length > 0);
  for (const { what } of violations) assert.match(what, /^"alive" answers 6A82$/);
  const either = { ...scenario, alive: [...scenario.alive, ...scenarioOf(STORE).alive] };
  assert.equal((await sweep(either)).violations, []);
});

const REFUSED: [name: string, steps: string, reason: RegExp][] = [
  [
    "another status",
    '  - { name: wrong, secure: true, command: "80E29000", data: "99 [ 11 ]" }',
    /^small\.yaml:10: steps\.0: wrong: the card answers 6A80 \(.+\), the scenario says 9000$/,
  ],
  [
    "another status in a list",
    '  - { name: list, secure: true, command: ["80CA0099", "80E29000 [ 42 [ 11 ] ]"] }',
    /^small\.yaml:10: steps\.0: list: the card answers 6A88 \(.+\) to command 1, .* 9000$/,
  ],
  [
    "a command that writes nothing",
    '  - { name: read, secure: true, command: "80CA006600" }',
    /^small\.yaml:10: steps\.0: read: writes nothing, .*sweep: false$/,
  ],
  [
    "secure without a channel",
    '  - { name: reset, reset: contact }\n  - { name: store, secure: true, command: "80E29000" }',
    /^small\.yaml:11: steps\.1: store: is secure, but no channel is open$/,
  ],
  [
    "keys that the card has not",
    "  - { name: open, channel: { keys: other, level: 1 } }",
    /^small\.yaml:10: steps\.0: open: card cryptogram is wrong/,
  ],
];
for (const [name, steps, reason] of REFUSED) {
  tests(`one line for ${name}`, async () => {
    const fault = await faultOf(sweep(scenarioOf(steps)));
    assert.instance(fault, ScenarioError);
    assert.match(fault.message, reason);
  });
}

tests("--only names a step that is there", async () => {
  const fault = await faultOf(sweep(SMALL, { step: "nothing" }));
  assert.match(fault.message, /^small\.yaml: steps: .*"nothing"; it has store, put key, again$/);
  const { steps } = await sweep(SMALL, { step: "put key" });
  assert.equal(
    steps.map(({ name }) => name),
    ["put key"],
  );
});

tests.run();
