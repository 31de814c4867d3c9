// npm run bench, all of it: every figure is there and is a number. No time is asserted.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Figure } from "../../../emulator/command/bench/figure.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** What a page or a person looks for by its name. */
const NAMED = [
  "SELECT by AID",
  "READ BINARY 16",
  "READ BINARY 256",
  "UPDATE BINARY 16",
  "UPDATE BINARY 16, SCP03",
  "READ BINARY 16, SCP03",
  "VERIFY",
  "boot of a blank",
  "boot, 20 of one module",
  "SELECT, 20 of one module",
  "warm reset",
  "restore, nothing written",
  "INSTALL",
  "LOAD, blocks that are stored",
  "LOAD, last block and checks",
  "programs of a small write",
  "with headers and collector",
  "write to bare programs",
  "cards personalized",
  "basic read 3.0: commands",
  "basic read 3.0: contact D=1",
  "basic read 2.0: 106 kbit/s",
  "cards alive in one process",
  "kernel and three applets: wasm",
  "all: wasm",
  "all: RAM, linear memory",
];

const bench = suite("npm run bench");

bench("gives every figure as a number, each under a name of its own", () => {
  const args = ["--import", "tsx", "emulator/command/bench.ts", "--json"];
  const output = execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  const { figures }: { figures: Figure[] } = JSON.parse(output);
  const names = figures.map(({ name }) => name);
  assert.is(new Set(names).size, names.length, "a name twice");
  for (const name of NAMED) assert.ok(names.includes(name), `no figure "${name}"`);
  assert.ok(names.some((name) => /^LOAD of \d+ bytes$/.test(name)));
  for (const { name, value, unit } of figures) {
    // What the meter costs is within the noise, and may come out below nothing.
    assert.ok(Number.isFinite(value) && (value > 0 || unit === "%"), `${name}: ${value}`);
  }
});

bench.run();
