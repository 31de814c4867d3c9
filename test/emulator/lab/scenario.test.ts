// Scenario files: the one that comes along, and one line with file, line and path for each mistake.

import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeBytes } from "../../../emulator/lab/bytes-text.ts";
import { ScenarioError } from "../../../emulator/lab/errors.ts";
import {
  parseScenario,
  readScenario,
  type Scenario,
  sweptSteps,
} from "../../../emulator/lab/scenario.ts";
import * as content from "../../../runtime/spec/content.ts";
import * as instructions from "../../../runtime/spec/instructions.ts";
import { SW_SUCCESS } from "../../../runtime/spec/status-words.ts";

const REFERENCE = fileURLToPath(
  new URL("../../../emulator/lab/scenarios/reference.yaml", import.meta.url),
);

const KEYS = `keys:
  transport:
    version: "FF"
    enc: "000102030405060708090A0B0C0D0E0F"
    mac: "000102030405060708090A0B0C0D0E0F"
    dek: "000102030405060708090A0B0C0D0E0F"
`;
const HEAD = `${KEYS}alive: "00A40400"\n`;

const tests = suite("scenario files");

/** The instructions that write nothing in any application of the reference image. All others are swept. */
const READING = [
  ...["INS_SELECT", "INS_MANAGE_CHANNEL", "INS_GET_RESPONSE", "INS_GET_CHALLENGE"],
  ...["INS_READ_BINARY", "INS_READ_RECORD", "INS_GET_DATA", "INS_GET_DATA_ODD", "INS_GET_STATUS"],
  "INS_INTERNAL_AUTHENTICATE",
  // What INITIALIZE begins lies in RAM.
  ...["INS_INITIALIZE_TRANSACTION", "INS_GET_BALANCE", "INS_GET_TRANSACTION_PROOF"],
  // No application of the image knows it; those of the tests do.
  "INS_PUT_DATA",
];
/** Forms of INSTALL that write nothing: what they say lies in RAM. */
const READING_INSTALLS = ["INSTALL_FOR_LOAD", "INSTALL_FOR_PERSONALIZATION"];
/** Kinds that SET STATUS does not know: load files have one state only. */
const READING_STATES = ["STATUS_LOAD_FILES", "STATUS_LOAD_FILES_AND_MODULES"];

/** Class, instruction and P1 of the commands that are swept. */
function sweptHeaders(scenario: Scenario): { cla: number; ins: number; p1: number }[] {
  const context = { last: new Uint8Array(), dek: new Uint8Array(16) };
  return sweptSteps(scenario).flatMap(({ action }) => {
    // Opening a channel is INITIALIZE UPDATE, which counts, and EXTERNAL AUTHENTICATE.
    if (action.kind !== "command") return [];
    return action.commands.map((command) => {
      const [cla = 0, ins = 0, p1 = 0] = encodeBytes(command, context);
      return { cla, ins, p1 };
    });
  });
}

const named = (constants: object, prefix: string): [name: string, value: number][] =>
  Object.entries(constants).filter(([name]) => name.startsWith(prefix)) as [string, number][];

tests(
  "the reference scenario sweeps every instruction that there is but those that only read",
  () => {
    const headers = sweptHeaders(readScenario(REFERENCE));
    const all = named(instructions, "INS_");
    for (const name of READING) {
      assert.ok(
        all.some(([known]) => known === name),
        `${name} is no instruction`,
      );
    }
    const writing = all.filter(([name]) => !READING.includes(name));
    for (const [name, value] of writing) {
      // Two instructions of one byte are told apart by their class, proprietary or not.
      const alike = writing.filter(([, other]) => other === value).length;
      const classes = new Set(
        headers.filter(({ ins }) => ins === value).map(({ cla }) => cla >> 7),
      );
      assert.ok(classes.size >= alike, `no ${name} is swept`);
    }
  },
);

tests("the reference scenario sweeps each form of INSTALL and each kind of SET STATUS", () => {
  const headers = sweptHeaders(readScenario(REFERENCE));
  const has = (wanted: number, form: number): boolean =>
    headers.some(({ ins, p1 }) => ins === wanted && p1 === form);
  for (const [name, form] of named(content, "INSTALL_")) {
    if (READING_INSTALLS.includes(name)) continue;
    assert.ok(has(instructions.INS_INSTALL, form), `no ${name} is swept`);
  }
  for (const [name, kind] of named(content, "STATUS_")) {
    if (READING_STATES.includes(name)) continue;
    assert.ok(has(instructions.INS_SET_STATUS, kind), `no ${name} is swept`);
  }
});

tests("the reference scenario sweeps what one instruction does in different ways", () => {
  const scenario = readScenario(REFERENCE);
  const swept = sweptSteps(scenario).map(({ name }) => name);
  for (const command of [
    ...["VERIFY right", "VERIFY wrong", "EXTERNAL AUTHENTICATE right", "open a channel"],
    ...[
      "STORE DATA a key",
      "STORE DATA a PIN",
      "STORE DATA domain",
      "STORE DATA to an application",
    ],
    ...["PUT KEY add", "PUT KEY replace", "PUT KEY first of a domain", "LOAD again"],
    ...["INSTALL domain", "INSTALL refused", "UPDATE RECORD 4 times, full store"],
    ...["DELETE instance", "DELETE domain", "DELETE package and instance", "DELETE keys"],
    ...["SET STATUS lock", "SET STATUS unlock", "SET STATUS card is terminated"],
    ...["STORE DATA a key of three versions", "STORE DATA a medical account"],
    ...["CHANGE PIN", "CHANGE PIN wrong", "CHANGE PIN away", "CHANGE PIN from none"],
    ...["PIN CHANGE/UNBLOCK gives tries back", "PIN CHANGE/UNBLOCK sets a PIN"],
    ...["UPDATE RECORD adds by number", "UPDATE RECORD adds by identifier"],
    ...["UPDATE RECORD with MAC", "UPDATE RECORD with MAC adds to a cyclic file"],
    ...["UPDATE BINARY with MAC", "CREDIT FOR LOAD", "DEBIT FOR PURCHASE", "UPDATE STARTING DAY"],
    ...["APPLICATION BLOCK", "CARD BLOCK"],
  ]) {
    assert.ok(
      swept.some((name) => name.startsWith(command)),
      `no ${command}`,
    );
  }
  assert.is(scenario.cycle[0]!.action.kind, "reset");
});

tests("defaults: swept, two states, 9000, in clear, once", () => {
  const { steps } = parseScenario(
    `${HEAD}steps:\n  - { name: a, command: "00D60000 [ 01 ]" }`,
    "a",
  );
  const [{ action, sweep, states, repeat }] = steps as [(typeof steps)[0]];
  assert.equal({ sweep, states, repeat }, { sweep: true, states: 2, repeat: 1 });
  assert.ok(action.kind === "command" && !action.secure && action.status === SW_SUCCESS);
});

tests("a reset or a channel is swept only when it says so", () => {
  const { steps } = parseScenario(
    `${HEAD}steps:
  - { name: a, reset: contact }
  - { name: b, channel: { keys: transport, level: 0x33 } }
  - { name: c, channel: { keys: transport, level: 1 }, sweep: true }`,
    "a",
  );
  assert.equal(
    steps.map(({ sweep }) => sweep),
    [false, false, true],
  );
});

/** A mistake in one step, on line 8. */
const STEPS: [step: string, line: RegExp][] = [
  ['name: a, command: "00", frob: 1', /^x\.yaml:9: steps\.0\.frob: is no field .* spelling$/],
  ['command: "00"', /^x\.yaml:9: steps\.0\.name: is missing$/],
  ["name: a", /^x\.yaml:9: steps\.0: a: a step has one of reset, channel and command$/],
  ['name: a, reset: contact, command: "00"', /a step has one of reset, channel and command$/],
  ["name: a, reset: warm", /steps\.0\.reset: must be contact or contactless$/],
  [
    'name: a, command: "00", tolerated: "6A84"',
    /steps\.0\.tolerated: must be a list of status words$/,
  ],
  [
    'name: a, command: "00", tolerated: ["6A"]',
    /steps\.0\.tolerated\.0: must be two bytes in quotes/,
  ],
  ["name: a, command: 20", /steps\.0\.command: must be bytes in quotes$/],
  ['name: a, command: "0"', /steps\.0\.command: cannot be read from "0" on$/],
  ['name: a, command: ["00", "[ 00"]', /steps\.0\.command\.1: has a \[ or \( .* closed$/],
  ["name: a, command: []", /steps\.0\.command: is an empty list$/],
  ['name: a, command: ["00"], data: "00"', /data, le and loadFile go with a single command$/],
  ['name: a, command: "00", data: "00", loadFile: b', /has data and a loadFile$/],
  ['name: a, command: "00", loadFile: b', /there is no package b among the packages$/],
  ['name: a, reset: contact, status: "9000"', /status belong to a command$/],
  ['name: a, command: "00", status: 9000', /steps\.0\.status: must be bytes in quotes$/],
  ['name: a, command: "00", status: "90"', /must be two bytes in quotes, like "9000"$/],
  ['name: a, command: "00", states: 0', /steps\.0\.states: must be 1 or more$/],
  ['name: a, command: "00", repeat: 3', /a: what is swept is not repeated$/],
  ["name: a, channel: { keys: mine, level: 1 }", /there is no key set mine among the keys$/],
  ["name: a, channel: { keys: transport }", /steps\.0\.channel\.level: is missing$/],
];
for (const [step, line] of STEPS) {
  tests(`one line for { ${step} }`, () => refuses(`${HEAD}steps:\n  - { ${step} }`, line));
}

const FILES: [text: string, line: RegExp][] = [
  ["frob: 1", /^x\.yaml:1: alive: is missing$/],
  ['alive: "00"\nfrob: 1', /^x\.yaml:2: frob: is no field that a scenario has/],
  ['alive: "00"\nsteps: 3', /^x\.yaml:2: steps: must be a list of steps$/],
  ['alive: "00"\nsteps:\n  - name: "a', /^x\.yaml:3: /],
  [KEYS.replace('"FF"', '"FFFF"'), /^x\.yaml:3: keys\.transport\.version: must be one byte/],
  [KEYS.replace("0E0F", "0E"), /^x\.yaml:4: keys\.transport\.enc: must be 16, 24 or 32 bytes$/],
  [`${HEAD}packages: { a: { applet: b } }`, /^x\.yaml:8: packages\.a: must have file, or applet/],
  [`${HEAD}start:\n  - { name: a, command: "00", sweep: true }`, /a: only steps are swept$/],
  [
    `${HEAD}steps:\n  - { name: a, command: "00" }\n  - { name: a, command: "00" }`,
    /^x\.yaml:10: steps\.1: a: two steps that are swept have this name$/,
  ],
];
for (const [text, line] of FILES) tests(`one line for ${line}`, () => refuses(text, line));

tests("a scenario that is not there", () => {
  assert.throws(() => readScenario("/nowhere/x.yaml"), /^\/nowhere\/x\.yaml: cannot be read/);
});

function refuses(text: string, line: RegExp): void {
  let fault: unknown;
  try {
    parseScenario(text, "x.yaml");
  } catch (error) {
    fault = error;
  }
  assert.instance(fault, ScenarioError);
  assert.match((fault as Error).message, line);
}

tests.run();
