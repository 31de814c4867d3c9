// Transcripts: exchanges with a card in a plain file that a person reads and a test runs.
//
//   # a comment
//   reset                      power cycle
//   >> 00A40400 ...            a command; a line that ends in \ goes on in the next
//   << 6F.. 9000               the whole response: data, then status word
//   << .. 9000                 any data; ".." stands for what is not looked at, at the beginning only

import type { Card } from "../../emulator/card.ts";
import { bytes, hex } from "./bytes.ts";

export interface Step {
  readonly line: number;
  /** A command in hex, or a reset. */
  readonly command: string | undefined;
  /** What the response must be, or how it must end. */
  readonly response: string;
  readonly anyData: boolean;
}

/** A transcript that does not say what it should. */
export class TranscriptError extends Error {
  override readonly name = "TranscriptError";
  constructor(
    readonly file: string,
    readonly line: number,
    reason: string,
  ) {
    super(`${file}:${line}: ${reason}`);
  }
}

/** Reads a transcript. One without a command, or with a command left unanswered, proves nothing. */
export function parseTranscript(file: string, text: string): Step[] {
  const steps: Step[] = [];
  let command: { line: number; hex: string } | undefined;
  for (const { line, content } of logicalLines(text)) {
    const fail = (reason: string): never => {
      throw new TranscriptError(file, line, reason);
    };
    const [word, ...rest] = content.split(/\s+/);
    if (word === "reset" && rest.length === 0) {
      if (command) fail("the command before this has no response");
      steps.push({ line, command: undefined, response: "", anyData: true });
    } else if (word === ">>") {
      if (command) fail("the command before this has no response");
      command = { line, hex: hexOf(rest.join(""), fail) };
    } else if (word === "<<") {
      if (!command) return fail("a response without a command");
      const anyData = rest[0] === "..";
      const response = hexOf((anyData ? rest.slice(1) : rest).join(""), fail);
      if (response.length < 4) fail("a response ends with a status word");
      steps.push({ line: command.line, command: command.hex, response, anyData });
      command = undefined;
    } else fail(`"${word}" is neither reset, >> nor <<`);
  }
  if (command) throw new TranscriptError(file, command.line, "the last command has no response");
  if (!steps.some((step) => step.command !== undefined)) {
    throw new TranscriptError(file, 1, "no command, so it proves nothing");
  }
  return steps;
}

function* logicalLines(text: string): Iterable<{ line: number; content: string }> {
  let start = 0;
  let content = "";
  for (const [i, raw] of text.split("\n").entries()) {
    const bare = raw.replace(/#.*$/, "").trim();
    if (content === "") start = i + 1;
    content += ` ${bare.replace(/\\$/, "")}`;
    if (bare.endsWith("\\")) continue;
    if (content.trim() !== "") yield { line: start, content: content.trim() };
    content = "";
  }
}

function hexOf(text: string, fail: (reason: string) => never): string {
  try {
    return hex(bytes(text));
  } catch {
    return fail(`not hex: ${text}`);
  }
}

/** Runs a transcript against a card; `TranscriptError` at the first response that differs. */
export function runTranscript(card: Card, file: string, text: string): number {
  const steps = parseTranscript(file, text);
  for (const { line, command, response, anyData } of steps) {
    if (command === undefined) {
      card.powerOff();
      card.reset();
      continue;
    }
    const got = hex(card.exchange(bytes(command)));
    const trap = card.takeTrap();
    if (trap) throw new TranscriptError(file, line, `the card trapped: ${trap.message}`);
    const same = anyData ? got.endsWith(response) : got === response;
    if (!same) {
      const expected = `${anyData ? ".. " : ""}${response}`;
      throw new TranscriptError(file, line, `${command}: expected ${expected}, got ${got}`);
    }
  }
  return steps.length;
}
