// Runs test files, each in its own process, two or more at a time, and judges them (guard.ts).
//
//   node --import tsx test/helpers/run.ts [--slow] [--root FOLDER] [NAME ...]
//
// NAME is a part of a path: `npm test -- vpcd`. Files named *.slow.test.ts run with --slow only.
// With WAFER_REQUIRE_ALL=1 a skipped test is a failure. The last line is `N passed, N failed`.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { judge, SKIP_MARK, sourceComplaints, type Verdict } from "./guard.ts";

interface Result extends Verdict {
  readonly file: string;
  readonly output: string;
  readonly seconds: number;
}

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const TIME_LIMIT_MS = { quick: 120_000, slow: 1_800_000 };

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { slow: { type: "boolean", default: false }, root: { type: "string" } },
});
const requireAll = process.env.WAFER_REQUIRE_ALL === "1";
const root = options.root ?? join(PROJECT, "test");

const files = testFiles(root);
if (files.length === 0) {
  console.log(`no test file under ${root} matches ${names.join(" ") || "*.test.ts"}`);
  finish([], 1);
} else {
  const results: Result[] = [];
  const queue = [...files];
  const worker = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const result = await runFile(file);
      results.push(result);
      report(result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  finish(results, 0);
}

function testFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => path.endsWith(".slow.test.ts") === options.slow)
    .filter((path) => names.length === 0 || names.some((name) => path.includes(name)))
    .sort()
    .map((path) => join(folder, path));
}

async function runFile(path: string): Promise<Result> {
  const started = performance.now();
  const faults = sourceComplaints(readFileSync(path, "utf8"));
  const { output, exit } = await runProcess(path);
  const verdict = judge(output, exit, requireAll);
  return {
    ...verdict,
    failed: verdict.failed + faults.length,
    complaints: [...faults, ...verdict.complaints],
    file: relative(PROJECT, path),
    output,
    seconds: (performance.now() - started) / 1000,
  };
}

function runProcess(path: string): Promise<{ output: string; exit: number | null }> {
  return new Promise((resolve) => {
    const limit = options.slow ? TIME_LIMIT_MS.slow : TIME_LIMIT_MS.quick;
    const child = spawn(process.execPath, ["--import", "tsx", path], {
      cwd: PROJECT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? "1" : "0" },
    });
    let output = "";
    const collect = (text: string) => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    const timer = setTimeout(() => {
      output += `\nstopped after ${limit / 1000} s\n`;
      child.kill("SIGKILL");
    }, limit);
    child.on("close", (exit) => {
      clearTimeout(timer);
      resolve({ output, exit });
    });
  });
}

function report({ file, passed, failed, skips, complaints, output, seconds }: Result): void {
  const counts = [
    `${passed} passed`,
    failed && `${failed} failed`,
    skips.length && `${skips.length} skipped`,
  ];
  console.log(
    `${failed ? "FAIL" : "ok  "} ${file}  ${counts.filter(Boolean).join(", ")}  ${seconds.toFixed(1)} s`,
  );
  for (const skip of skips) console.log(`     ${SKIP_MARK}${skip}`);
  if (failed === 0) return;
  console.log(output.trimEnd());
  for (const complaint of complaints) console.log(`     ${file} ${complaint}`);
  console.log(`     again: node --import tsx ${file}\n`);
}

function finish(results: readonly Result[], extraFailures: number): void {
  const sum = (pick: (result: Result) => number) =>
    results.reduce((total, result) => total + pick(result), 0);
  const failed = sum((result) => result.failed) + extraFailures;
  const skipped = sum((result) => result.skips.length);
  const broken = results.filter((result) => result.failed > 0).map((result) => result.file);
  if (broken.length > 0) console.log(`failing: ${broken.sort().join(" ")}`);
  console.log(
    `${sum((result) => result.passed)} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}
