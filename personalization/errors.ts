// The errors of the bureau: one class for each party at fault. The message is one line that says
// what, where and what to do; no message holds a key, a PIN or a cardholder's data.

import { hex16 } from "./bytes.ts";
import { statusWordMeaning } from "./status-word-meaning.ts";

/** Every error a user of the bureau can cause or cure. Whoever prints it prints only `message`. */
export class BureauError extends Error {
  override readonly name: string = "BureauError";
}

/** The card answered with a status word the caller did not accept. */
export class StatusWordError extends BureauError {
  override readonly name = "StatusWordError";
  constructor(
    readonly command: string,
    readonly sw: number,
  ) {
    super(`${command}: card answered ${hex16(sw)} (${statusWordMeaning(sw)})`);
  }
}

/** The card is gone, or the line to it broke: nothing was answered. */
export class TransportError extends BureauError {
  override readonly name = "TransportError";
}

/** The card proved a key other than ours, or a protected message did not verify. */
export class SecureChannelError extends BureauError {
  override readonly name = "SecureChannelError";
}

/** What was read back differs from what was to be written. */
export class VerificationError extends BureauError {
  override readonly name = "VerificationError";
}

/** A file of ours is wrong at a place. `line` counts from 1. */
class PlaceError extends BureauError {
  constructor(
    readonly file: string,
    readonly line: number,
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${file}:${line}: ${path === "" ? "" : `${path}: `}${reason}`);
  }
}

/** The product file is wrong. */
export class ProductError extends PlaceError {
  override readonly name = "ProductError";
}

/** The definition of a card's tree is wrong. */
export class DefinitionError extends PlaceError {
  override readonly name = "DefinitionError";
}

/** One thing wrong in a batch: `row` counts records from 1, `line` lines of the file from 1. */
export interface BatchProblem {
  readonly row: number;
  readonly line: number;
  readonly column: string;
  readonly reason: string;
}

/** Most problems that a `BatchError` spells out. */
export const PROBLEMS_SHOWN = 20;

/** The batch file does not hold what the product needs; no card was touched. */
export class BatchError extends BureauError {
  override readonly name = "BatchError";
  constructor(
    readonly file: string,
    /** The first problems, at most `PROBLEMS_SHOWN`. */
    readonly problems: readonly BatchProblem[],
    readonly count: number,
  ) {
    super(`${file}: ${summary(problems, count)}`);
  }

  /** One line for each problem shown, then how many are not shown. */
  lines(): string[] {
    const lines = this.problems.map((problem) => `${this.file}:${describe(problem)}`);
    const hidden = this.count - this.problems.length;
    if (hidden > 0) lines.push(`${this.file}: and ${hidden} more`);
    return lines;
  }
}

function summary(problems: readonly BatchProblem[], count: number): string {
  const first = problems[0];
  if (first === undefined) return "nothing usable";
  const rest = count > 1 ? ` (and ${count - 1} more)` : "";
  return `${describe(first)}${rest}; no card was begun`;
}

function describe(problem: BatchProblem): string {
  const row = problem.row > 0 ? `row ${problem.row}` : "";
  const column = problem.column === "" ? "" : `column ${problem.column}`;
  const place = [row, column].filter(Boolean).join(", ");
  return `${problem.line}: ${place === "" ? "" : `${place}: `}${problem.reason}`;
}

/** A value that its field cannot hold, or that is not what its kind demands. */
export class FieldError extends BureauError {
  override readonly name = "FieldError";
}

/** The keystore cannot be opened, or lacks a key. */
export class KeystoreError extends BureauError {
  override readonly name = "KeystoreError";
}

/** The journal belongs to something else, is in use, or is damaged. */
export class JournalError extends BureauError {
  override readonly name = "JournalError";
}

/** There is no blank card left to take. */
export class OutOfBlanksError extends BureauError {
  override readonly name = "OutOfBlanksError";
}
