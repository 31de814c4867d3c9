// The reader's side of a scenario, against a card that only writes down what it is sent.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Card } from "../../../emulator/card.ts";
import { parseScenario } from "../../../emulator/lab/scenario.ts";
import { type Host, Session } from "../../../emulator/lab/session.ts";
import { bytes, hex } from "../../helpers/bytes.ts";

const HASH = "ab".repeat(32);
const host: Host = {
  open: async () => assert.unreachable("no channel is opened here") as never,
  loadFile: async () => ({ bytes: bytes("0102030405060708090a"), hash: bytes(HASH) }),
  meaning: () => "no meaning",
};

/** Does the steps on a card that gives these responses in turn, then 9000; the commands it was sent. */
async function sent(steps: string, ...responses: string[]): Promise<string[]> {
  const card = {
    memory: { erases: new Uint32Array(1) },
    powerOff: () => {},
    reset: () => new Uint8Array(),
    takeTrap: () => undefined,
    exchange: () => bytes(responses.shift() ?? "9000"),
  } as unknown as Card;
  const text = `alive: "00"\npackages: { demo: { file: demo.load } }\nsteps:\n${steps}`;
  const scenario = parseScenario(text, "x.yaml");
  const session = new Session(card, host);
  await session.start(scenario);
  const commands: string[] = [];
  for (const step of scenario.steps) commands.push(...(await session.run(step)).map(hex));
  return commands;
}

const tests = suite("the session of a scenario");

tests("data and Le make a short command", async () => {
  assert.equal(
    await sent(`  - { name: a, command: "80E20000", data: "42 [ 11 22 ]", le: 0 }
  - { name: b, command: "80CA0066", le: 256 }
  - { name: c, command: ["00A40400", "00B0000001"] }`),
    ["80e2000004420211220" + "0", "80ca006600", "00a40400", "00b0000001"],
  );
});

tests("LOAD: blocks of the load file, counted, the last one marked", async () => {
  const step = '  - { name: load, command: "80E80000", loadFile: demo, blockBytes: 4 }';
  assert.equal(await sent(step), ["80e800000401020304", "80e800010405060708", "80e8800202090a"]);
});

tests("the load file's hash stands where hash( ) is", async () => {
  const step = '  - { name: a, command: "80E60200", data: "[ hash( demo ) ]" }';
  assert.equal(await sent(step), [`80e602002120${HASH}`]);
  const unknown = '  - { name: a, command: "80E60200", data: "[ hash( other ) ]" }';
  let fault = "";
  await sent(unknown).catch((error: Error) => {
    fault = error.message;
  });
  assert.is(fault, "x.yaml:4: steps.0: a: there is no package other");
});

tests("what waits is fetched with GET RESPONSE, on the channel of the command", async () => {
  const step = `  - { name: a, command: "01CA0066" }\n  - { name: b, command: "00D60000", data: "answer( ${"00".repeat(16)} )" }`;
  const [first, second, third] = await sent(step, "6102", "aabb9000");
  assert.equal([first, second], ["01ca0066", "01c0000002"]);
  assert.is(third!.length, 2 * (5 + 16));
});

tests("a step that tolerates a status word goes on behind it, and behind no other", async () => {
  const step =
    '  - { name: a, command: ["00D60000", "00D60001", "00D60002"], tolerated: ["6A84"] }';
  assert.is((await sent(step, "6a84", "9000", "6a84")).length, 3);
  let fault = "";
  await sent(step, "9000", "6a82").catch((error: Error) => {
    fault = error.message;
  });
  assert.match(fault, /the card answers 6A82 \(no meaning\) to command 2, the scenario says 9000$/);
});

tests("a step is repeated, or until pages were erased", async () => {
  const commands = await sent('  - { name: a, command: "00D60000", repeat: 3, sweep: false }');
  assert.is(commands.length, 3);
  let fault = "";
  const never = "repeat: 3, untilErases: 2, sweep: false";
  await sent(`  - { name: a, command: "00D60000", ${never} }`).catch((error: Error) => {
    fault = error.message;
  });
  assert.is(fault, "x.yaml:4: steps.0: a: 0 erases after 3 times, not 2");
});

tests.run();
