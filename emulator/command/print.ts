// What the command prints: text or JSON on standard output, progress on a terminal's standard error.
// What it shows may come from a card or a service, and neither steers the terminal.

import type { SingleBar } from "cli-progress";

/** Controls and what is not seen: escapes, C1, turns of the writing direction, ends of lines. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export function printJson(value: unknown): void {
  process.stdout.write(`${jsonText(value)}\n`);
}

/** JSON in which all that is not seen is escaped; it says the same. */
export function jsonText(value: unknown): string {
  const escaped = (found: string) =>
    found === "\n" ? found : found.split("").map(unitOf).join("");
  // A line break stands only between values: in a text it is escaped already.
  return JSON.stringify(value, null, 2).replace(UNSEEN, escaped);
}

/** A UTF-16 unit as JSON escapes it. */
function unitOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Text for one line, with a sign in place of each character that is not seen. */
export function cleaned(text: string): string {
  return text.replace(UNSEEN, "\ufffd");
}

/** Lines; all but their breaks is cleaned. */
export function print(text: string): void {
  const lines = text.split("\n").map(cleaned).join("\n");
  process.stdout.write(lines.endsWith("\n") ? lines : `${lines}\n`);
}

/** A line that should be seen but is no part of the result. */
export function note(text: string): void {
  process.stderr.write(`${text.split("\n").map(cleaned).join("\n")}\n`);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").toUpperCase();
}

export interface Progress {
  update(done: number, total: number, what: string): void;
  stop(): void;
}

/** Work shorter than this shows no bar. */
const QUIET_MS = 2000;

/** A bar on standard error, when that is a terminal and the work lasts. */
export async function progress(): Promise<Progress> {
  if (process.stderr.isTTY !== true) return { update() {}, stop() {} };
  const { SingleBar, Presets } = await import("cli-progress");
  const format = "{what} {bar} {value}/{total} {percentage}% {eta_formatted} left";
  // The cursor stays: Ctrl-C would leave it hidden.
  const options = { format, stream: process.stderr, clearOnComplete: true, hideCursor: false };
  const start = Date.now();
  let bar: SingleBar | undefined;
  return {
    update(done, total, what) {
      if (bar === undefined && Date.now() - start >= QUIET_MS) {
        bar = new SingleBar(options, Presets.shades_classic);
        bar.start(total, done, { what });
      }
      bar?.setTotal(total);
      bar?.update(done, { what });
    },
    stop() {
      bar?.stop();
    },
  };
}
