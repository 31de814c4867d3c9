import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkBudgets, usage } from "../../assembler/budget.ts";
import { ProfileError } from "../../assembler/errors.ts";
import { parseProfile, readProfile } from "../../assembler/profile.ts";
import { MAX_PAGES } from "../../runtime/spec/store.ts";
import { hex } from "../helpers/bytes.ts";

const PROFILE = `chip:
  name: tiny
  pageBytes: 512
  pageCount: 256
  codeBytes: 4096
  ramBytes: 8192
interfaces:
  historicalBytes: "00 11"
  atrInterfaceBytes: "600000"
  atsInterfaceBytes: "78807002"
kernel:
  ram: 1024
  stack: 512
applets:
  - name: one
    aid: "F057616665720001"
    ram: 1024
    stack: 512
instances:
  - aid: "F05761666572000101"
    module: one
    privileges: "000000"
`;

const profile = suite("profile");

/** The error of a profile with one text replaced. */
function fault(find: string, replacement: string): ProfileError {
  assert.ok(PROFILE.includes(find), `the sample has no ${find}`);
  try {
    parseProfile(PROFILE.replace(find, replacement), "p.yaml");
  } catch (error) {
    assert.ok(error instanceof ProfileError, `${error}`);
    assert.match(error.message, /^p\.yaml(:\d+)?: [^\n]+$/);
    return error;
  }
  throw new Error("accepted");
}

profile("gives sizes as numbers and hex as bytes, with defaults", () => {
  const read = parseProfile(PROFILE, "p.yaml");
  assert.is(read.chip.pageBytes, 512);
  assert.is(hex(read.interfaces.historicalBytes), "0011");
  assert.is(read.optimize, "speed");
  assert.is(hex(read.applets[0]!.aid), "f057616665720001");
  assert.is(read.instances[0]!.parameters.length, 0);
  assert.is(read.chip.packagePages, 0);
  assert.is(read.channels, 4);
  assert.equal(
    read.secureChannels.map(({ protocol, i }) => [protocol, hex(i)]),
    [[3, "70"]],
  );
});

/** [what, text of the sample, its replacement, path, line, words of the reason] */
const MISTAKES: [string, string, string, string, number, RegExp][] = [
  [
    "a size that is no number",
    "pageBytes: 512",
    "pageBytes: many",
    "chip.pageBytes",
    3,
    /must be a number/,
  ],
  [
    "a size out of range",
    "pageCount: 256",
    "pageCount: 70000",
    "chip.pageCount",
    4,
    new RegExp(`${MAX_PAGES} or less`),
  ],
  [
    "a page without room for a slot",
    "pageBytes: 512",
    "pageBytes: 128",
    "chip.pageBytes",
    3,
    /140 or more/,
  ],
  [
    "fewer pages than the store keeps free",
    "pageCount: 256",
    "pageCount: 16",
    "chip.pageCount",
    4,
    /must be 17 or more/,
  ],
  ["a fraction", "ram: 1024", "ram: 10.5", "kernel.ram", 12, /whole number/],
  ["an unknown field", "  stack: 512", "  stacks: 512", "kernel.stack", 11, /missing/],
  [
    "a field too many",
    "  pageBytes: 512",
    "  pageBytes: 512\n  color: red",
    "chip.color",
    4,
    /no field/,
  ],
  ["a missing group", "kernel:\n  ram: 1024\n  stack: 512\n", "", "kernel", 1, /missing/],
  ["hex without quotes", '"600000"', "600000", "interfaces.atrInterfaceBytes", 9, /in quotes/],
  ["half a byte", '"00 11"', '"001"', "interfaces.historicalBytes", 8, /pairs of hex/],
  ["no hex", '"00 11"', '"zz"', "interfaces.historicalBytes", 8, /pairs of hex/],
  [
    "too many historical bytes",
    '"00 11"',
    `"${"00".repeat(16)}"`,
    "interfaces.historicalBytes",
    8,
    /0 to 15 bytes/,
  ],
  [
    "privileges of two bytes",
    '"000000"',
    '"0000"',
    "instances.0.privileges",
    22,
    /must be 3 bytes/,
  ],
  [
    "an AID of four bytes",
    '"F057616665720001"',
    '"F0576166"',
    "applets.0.aid",
    16,
    /5 to 16 bytes/,
  ],
  ["a name with a path in it", "name: one", "name: ../one", "applets.0.name", 15, /must be a name/],
  [
    "an instance of no applet",
    "module: one",
    "module: two",
    "instances.0.module",
    21,
    /there is no applet two/,
  ],
  [
    "an AID twice",
    '"F05761666572000101"',
    '"F057616665720001"',
    "instances.0.aid",
    20,
    /used twice/,
  ],
  ["an applet named kernel", "name: one", "name: kernel", "applets.0.name", 15, /used twice/],
  [
    "a list that is none",
    "applets:\n",
    "applets: none\nothers:\n",
    "applets",
    14,
    /must be a list/,
  ],
  ["another optimization", "kernel:", "optimize: best\nkernel:", "optimize", 11, /speed or size/],
  ["no channel", "kernel:", "channels: 0\nkernel:", "channels", 11, /1 or more/],
  ["too many channels", "kernel:", "channels: 21\nkernel:", "channels", 11, /20 or less/],
  [
    "a secure channel of no standard",
    "kernel:",
    'secureChannels: [{ protocol: 1, i: "05" }]\nkernel:',
    "secureChannels.0.protocol",
    11,
    /2 or more/,
  ],
  [
    "a parameter i of another protocol",
    "kernel:",
    'secureChannels:\n  - { protocol: 2, i: "70" }\nkernel:',
    "secureChannels.0.i",
    12,
    /must be one of 15, 55 for protocol 2/,
  ],
  [
    "a card that speaks nothing",
    "kernel:",
    "secureChannels: []\nkernel:",
    "secureChannels",
    11,
    /one secure channel at least/,
  ],
  [
    "an instruction limit beyond 32 bits",
    "  ramBytes: 8192",
    "  ramBytes: 8192\n  instructionLimit: 2000000000",
    "chip.instructionLimit",
    7,
    /or less/,
  ],
  [
    "a quota that is no number",
    '"000000"',
    '"000000"\n    quota: all',
    "instances.0.quota",
    23,
    /must be a number/,
  ],
  [
    "an implicit selection of two bytes",
    '"000000"',
    '"000000"\n    implicit: "8000"',
    "instances.0.implicit",
    23,
    /must be 1 bytes/,
  ],
  ["the same field twice", "  name: tiny", "  name: tiny\n  name: tiny", "", 3, /unique/],
  ["no YAML", "chip:", "chip: [", "", 22, /./],
];

for (const [what, find, replacement, path, line, reason] of MISTAKES) {
  profile(`refuses ${what} with its path and line`, () => {
    const error = fault(find, replacement);
    assert.is(error.path, path);
    if (what !== "no YAML") assert.is(error.line, line);
    assert.ok(error.line > 0);
    assert.match(error.reason, reason);
  });
}

profile("refuses aliases, so that a small file cannot become a large one", () => {
  const error = fault("ram: 1024\n  stack: 512", "ram: &size 1024\n  stack: *size");
  assert.match(error.reason, /aliases/);
});

profile("refuses a file that is not there, and an empty one", () => {
  assert.throws(() => readProfile("/nowhere/p.yaml"), /cannot be read/);
  assert.throws(() => parseProfile("", "p.yaml"), /^p\.yaml/);
});

profile("the reference profile holds, and its RAM fits its chip", () => {
  const path = new URL("../../assembler/profiles/reference.yaml", import.meta.url);
  const reference = readProfile(fileURLToPath(path));
  assert.is(reference.chip.pageBytes * reference.chip.pageCount, 128 * 1024);
  assert.is(reference.interfaces.historicalBytes.length, 13);
  const modules = [reference.kernel, ...reference.applets];
  checkBudgets(
    reference.chip,
    usage(modules.map(({ ram, stack }) => ({ codeBytes: 0, ramBytes: ram, stackBytes: stack }))),
  );
  assert.equal(
    reference.applets.map(({ domain = false }) => domain),
    [true, false, false, false],
  );
  assert.is(hex(reference.instances[0]!.aid), "a000000151000000");
  assert.is(reference.instances[0]!.parameters.length, 1 + 3 * 16, "version and three keys");
});

profile.run();
