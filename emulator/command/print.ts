// What the command prints: text or JSON on standard output, progress on a terminal's standard error.

import type { SingleBar } from "cli-progress";

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** A line that should be seen but is no part of the result. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
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
