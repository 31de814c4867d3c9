import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { judge, sourceComplaints } from "./guard.ts";
import { checkVectors } from "./vectors.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const HEAD = 'import { suite } from "uvu";\nconst one = suite("one");\n';
const SKIP_HELPER = fileURLToPath(new URL("skip.ts", import.meta.url));

const runner = suite("test runner");

runner("passes good files, counts their tests, and ends with the totals", () => {
  const { lines, exit } = run({
    "a.test.ts": `${HEAD}one("x", () => {}); one("y", () => {}); one.run();`,
    "deep/b.test.ts": `${HEAD}one("z", () => {}); one.run();`,
    "slow.slow.test.ts": `${HEAD}one("z", () => { throw new Error("slow ran"); }); one.run();`,
    "not-a-test.ts": "throw new Error('loaded');",
  });
  assert.is(lines.at(-1), "3 passed, 0 failed");
  assert.is(exit, 0);
});

const BAD: { name: string; source: string; says: RegExp; passed: number; failed: number }[] = [
  { name: "an empty file", source: "", says: /has no \.run\(\)/, passed: 0, failed: 2 },
  {
    name: "a suite without tests",
    source: `${HEAD}one.run();`,
    says: /ran no test/,
    passed: 0,
    failed: 1,
  },
  {
    name: "a suite that is never run beside one that is",
    source: `${HEAD}const two = suite("two");\ntwo("y", () => {}); one("x", () => {}); one.run();`,
    says: /suite "two" is never run/,
    passed: 1,
    failed: 1,
  },
  {
    name: "only()",
    source: `${HEAD}one.only("x", () => {}); one.run();`,
    says: /one\.only\(\) hides/,
    passed: 1,
    failed: 1,
  },
  {
    name: "a skip without a reason",
    source: `${HEAD}one("x", () => {}); one.skip("y", () => {}); one.run();`,
    says: /1 skipped without a reason/,
    passed: 1,
    failed: 1,
  },
  {
    name: "a before hook that throws, which uvu takes for success",
    source: `${HEAD}one.before(() => { throw new Error("no"); }); one("x", () => {}); one.run();`,
    says: /not every test ran/,
    passed: 0,
    failed: 2,
  },
  {
    name: "a file that exits before its summary",
    source: `${HEAD}one("x", () => {}); one.run(); process.exit(0);`,
    says: /ended without a summary/,
    passed: 0,
    failed: 1,
  },
  {
    name: "a promise that is never kept",
    source: `${HEAD}one("x", () => new Promise(() => {})); one.run();`,
    says: /Exiting early/,
    passed: 0,
    failed: 1,
  },
  {
    name: "a failing test, with what it printed",
    source: `${HEAD}one("x", () => { console.log("clue"); throw new Error("reason"); }); one.run();`,
    says: /clue[\s\S]*reason[\s\S]*again: node --import tsx/,
    passed: 0,
    failed: 1,
  },
];

const badFiles = BAD.map(({ source }, i) => [`bad-${i}.test.ts`, source] as const);
const badRun = run(Object.fromEntries(badFiles));

for (const [i, { name, says, passed, failed }] of BAD.entries()) {
  runner(`fails on ${name}`, () => {
    const [head = "", ...rest] = badRun.output.split(`bad-${i}.test.ts  `);
    assert.match(head, /FAIL [^ ]*$/);
    const section = rest.join("").split(/^(?:FAIL|failing:|ok {2}) /m)[0]!;
    assert.match(section, new RegExp(`^${passed} passed, ${failed} failed`));
    assert.match(section, says);
  });
}

runner("fails as a whole when one file fails", () => {
  const sum = (pick: "passed" | "failed") => BAD.reduce((total, bad) => total + bad[pick], 0);
  assert.is(badRun.lines.at(-1), `${sum("passed")} passed, ${sum("failed")} failed`);
  assert.is(badRun.exit, 1);
});

runner("fails when no file matches", () => {
  const { lines, exit } = run({ "a.test.ts": `${HEAD}one("x", () => {}); one.run();` }, ["b"]);
  assert.is(lines.at(-1), "0 passed, 1 failed");
  assert.is(exit, 1);
});

runner("lists a skip with its reason, and refuses it when everything is required", () => {
  const files = {
    "a.test.ts": `${HEAD}import { needing } from ${JSON.stringify(SKIP_HELPER)};
      const there = needing(one, { nodejs: [] });
      const missing = needing(one, { "no-such-package": ["no-such-program-of-wafer"] });
      there("runs", () => {}); missing("is skipped", () => {}); one.run();`,
  };
  const allowed = run(files);
  assert.match(allowed.output, /SKIPPED is skipped: needs: apt-get install no-such-package/);
  assert.is(allowed.lines.at(-1), "1 passed, 0 failed, 1 skipped");
  assert.is(allowed.exit, 0);
  const required = run(files, [], { WAFER_REQUIRE_ALL: "1" });
  assert.match(required.output, /needs: apt-get install no-such-package/);
  assert.is(required.lines.at(-1), "1 passed, 1 failed");
  assert.is(required.exit, 1);
});

runner("judges a skip as a failure when everything is required", () => {
  const output = "SKIPPED x: reason\n  Total:     1\n  Passed:    1\n  Skipped:   1\n";
  assert.is(judge(output, 0, false).failed, 0);
  assert.is(judge(output, 0, true).failed, 1);
});

runner("accepts a file whose text is in order", () => {
  assert.equal(sourceComplaints('const a = suite("a");\na("x", () => {});\na.run();'), []);
});

runner("vectors without cases or without a source are refused", () => {
  assert.throws(() => checkVectors("x", { source: "s", clause: "c", cases: [] }), /no cases/);
  assert.throws(() => checkVectors("x", { clause: "c", cases: [1] }), /"source" is missing/);
});

runner.run();

function run(files: Record<string, string>, names: string[] = [], env: NodeJS.ProcessEnv = {}) {
  // Inside the project, so that the files find uvu.
  mkdirSync(join(PROJECT, "build"), { recursive: true });
  const root = mkdtempSync(join(PROJECT, "build", "runner-"));
  try {
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), source);
    }
    const { WAFER_REQUIRE_ALL: _, ...rest } = process.env;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--import", "tsx", "test/helpers/run.ts", "--root", root, ...names],
      { cwd: PROJECT, encoding: "utf8", env: { ...rest, ...env } },
    );
    return { output: stdout + stderr, lines: stdout.trimEnd().split("\n"), exit: status };
  } finally {
    rmSync(root, { recursive: true });
  }
}
