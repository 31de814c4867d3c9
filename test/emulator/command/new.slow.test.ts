// A new applet in a checkout of this repository: it passes the same checks as the rest of the tree.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
const SOURCES = ["applets", "assembler", "emulator", "personalization", "runtime", "test"];
const FILES = ["package.json", "tsconfig.json", "biome.json", "README.md"];
/** The longest there can be: what a name makes too long for a line shows here. */
const NAME = "a-name-of-thirty-two-characters0";

const checkout = suite("wafer new in a checkout");
let root = "";
checkout.before(() => {
  mkdirSync(join(PROJECT, "build"), { recursive: true });
  root = mkdtempSync(join(PROJECT, "build", "checkout-"));
  for (const path of [...SOURCES, ...FILES]) {
    cpSync(join(PROJECT, path), join(root, path), { recursive: true });
  }
  symlinkSync(join(PROJECT, "node_modules"), join(root, "node_modules"));
  const made = run(["emulator/command/wafer.ts", "new", "applet", NAME]);
  assert.is(made.status, 0, made.stderr);
});
checkout.after(() => rmSync(root, { recursive: true, force: true }));

function run(args: readonly string[]) {
  const options = { cwd: root, encoding: "utf8", timeout: 120_000 } as const;
  return spawnSync(process.execPath, ["--import", "tsx", ...args], options);
}

/** A tool of node_modules. */
function tool(path: string, ...args: readonly string[]): string {
  const { stdout, stderr } = run([join("node_modules", path), ...args]);
  return stdout + stderr;
}

checkout("its own test passes", () => {
  const { stdout, stderr, status } = run([`test/applets/${NAME}.test.ts`]);
  assert.is(status, 0, stdout + stderr);
  assert.match(stdout, /Passed: +4$/m);
});

checkout("it is in the style of the tree, on both sides of the card", () => {
  const files = [`applets/${NAME}`, `test/applets/${NAME}.test.ts`];
  const checked = tool("@biomejs/biome/bin/biome", "check", "--vcs-enabled=false", ...files);
  assert.match(checked, /Checked \d+ files in .* No fixes applied\.\n$/, checked);
  assert.is(tool("typescript/bin/tsc", "-p", "."), "");
  assert.is(tool("typescript/bin/tsc", "-p", "runtime/tsconfig.json"), "");
  assert.match(run(["test/architecture.test.ts"]).stdout, /Skipped: +0$/m);
  assert.is(run(["test/architecture.test.ts"]).status, 0);
});

checkout("it is packed there", () => {
  const packed = run(["emulator/command/wafer.ts", "package", `applets/${NAME}`]);
  assert.is(packed.stderr, "");
  assert.match(packed.stdout, new RegExp(`^written  build/${NAME}.load`, "m"));
});

checkout.run();
