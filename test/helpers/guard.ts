// What a test file must satisfy to count: pure checks of its text and of what it printed.
// uvu by itself exits with 0 for a file that runs nothing, for a suite without `.run()`, and for a
// suite whose `before` hook threw.

/** Starts a line that announces one skipped test and why. */
export const SKIP_MARK = "SKIPPED ";

export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  /** One line each: what was skipped and what it needs. */
  readonly skips: readonly string[];
  /** Why the file fails beyond its own failing tests; one line each. */
  readonly complaints: readonly string[];
}

/** Faults that the text of a test file shows. */
export function sourceComplaints(source: string): string[] {
  const complaints: string[] = [];
  const suites = [...source.matchAll(/^(?:export )?const (\w+) = suite[(<]/gm)].map(
    (found) => found[1]!,
  );
  if (!/\.run\(\)/.test(source)) {
    complaints.push("has no .run(), so uvu runs nothing of it");
  }
  for (const name of suites) {
    if (!new RegExp(`\\b${name}\\.run\\(\\)`).test(source)) {
      complaints.push(`suite "${name}" is never run: add ${name}.run()`);
    }
  }
  const only = /^\s*(\w+)\.only\(/m.exec(source);
  if (only) complaints.push(`${only[1]}.only() hides the other tests`);
  return complaints;
}

/** Reads uvu's summary. `exit` is the exit code, or null when the process was killed. */
export function judge(output: string, exit: number | null, requireAll: boolean): Verdict {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours start with ESC
  const text = output.replace(/\x1b\[[0-9;]*m/g, "");
  const number = (label: string) => {
    const found = [...text.matchAll(new RegExp(`^ {2}${label}: +(\\d+)$`, "gm"))].at(-1);
    return found ? Number(found[1]) : undefined;
  };
  const [total, passed, skipped] = [number("Total"), number("Passed"), number("Skipped")];
  const skips = [...text.matchAll(new RegExp(`^${SKIP_MARK}(.+)$`, "gm"))].map(
    (found) => found[1]!,
  );
  const complaints: string[] = [];
  if (total === undefined || passed === undefined || skipped === undefined) {
    complaints.push(`ended without a summary (exit code ${exit ?? "none: killed"})`);
    return { passed: 0, failed: 1, skips, complaints };
  }
  if (total + skipped === 0) complaints.push("ran no test");
  if (skipped > skips.length) {
    complaints.push(`${skipped - skips.length} skipped without a reason: use test/helpers/skip.ts`);
  }
  if (requireAll && skipped > 0) complaints.push("skipped, but WAFER_REQUIRE_ALL=1 allows no skip");
  if (exit === 0 && passed < total) complaints.push("not every test ran: a before hook threw");
  if (exit !== 0 && passed === total) complaints.push(`exit code ${exit ?? "none: killed"}`);
  return { passed, failed: total - passed + complaints.length, skips, complaints };
}
