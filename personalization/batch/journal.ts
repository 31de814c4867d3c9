// The journal of a batch: what was begun, issued and spoiled, one JSON line each, flushed before
// the next step. The journal decides what is done; the report only tells it.
//
//   { "journal": 1, "batch": sha256, "product": sha256, "keys": { name: check value } }
//   { "begun": row, "blank": serial, "card": number, "at": time }
//   { "issued": row, "blank": serial, "report": { ... }, "at": time }
//   { "spoiled": row, "blank": serial, "reason": text, "at": time }

import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { JournalError } from "../errors.ts";
import { syncFolder } from "../files/atomic-file.ts";
import { readLines } from "../files/lines.ts";
import { type Lock, lock } from "../files/lock.ts";

/** What a journal belongs to: another batch, product or key set cannot go on with it. */
export interface Binding {
  /** SHA-256 in hex. */
  readonly batch: string;
  readonly product: string;
  /** Check values of the master keys by name. */
  readonly keys: Readonly<Record<string, string>>;
}

const Row = v.pipe(v.number(), v.integer(), v.minValue(1));
const Report = v.record(v.string(), v.string());
const HeadSchema = v.strictObject({
  journal: v.literal(1),
  batch: v.string(),
  product: v.string(),
  keys: Report,
});
const common = { blank: v.string(), at: v.string() };
const BegunSchema = v.strictObject({ begun: Row, card: v.string(), ...common });
const IssuedSchema = v.strictObject({ issued: Row, report: Report, ...common });
const SpoiledSchema = v.strictObject({ spoiled: Row, reason: v.string(), ...common });
const EventSchema = v.union([BegunSchema, IssuedSchema, SpoiledSchema]);
export type JournalEvent = v.InferOutput<typeof EventSchema>;
export type FinishedEvent =
  | v.InferOutput<typeof IssuedSchema>
  | v.InferOutput<typeof SpoiledSchema>;

/** Reason of a card that a stopped run left behind. */
export const REASON_INTERRUPTED = "the run stopped before this card was finished";

export class Journal {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #lock: Lock;
  readonly #issued = new Set<number>();
  readonly #blanks = new Set<string>();
  #open: { row: number; blank: string } | undefined;
  #spoiled = 0;

  private constructor(path: string, file: FileHandle, held: Lock) {
    this.#path = path;
    this.#file = file;
    this.#lock = held;
  }

  /**
   * Opens or begins a journal, and tells `onFinished` every card that is finished so far.
   * A last line that a power cut tore is taken back; a card that was begun and not finished
   * becomes spoiled. Throws `JournalError` when the journal is another batch's or in use.
   */
  static async open(
    path: string,
    binding: Binding,
    onFinished: (event: FinishedEvent) => Promise<void> | void,
  ): Promise<Journal> {
    const held = await lock(`${path}.lock`);
    let file: FileHandle | undefined;
    try {
      file = await open(path, "a+", 0o600);
      const journal = new Journal(path, file, held);
      await journal.#recover(binding, onFinished);
      return journal;
    } catch (error) {
      await file?.close();
      await held.release();
      throw error;
    }
  }

  isIssued(row: number): boolean {
    return this.#issued.has(row);
  }
  get issued(): number {
    return this.#issued.size;
  }
  get spoiled(): number {
    return this.#spoiled;
  }
  /** Blanks taken so far, finished or not. */
  get blanks(): number {
    return this.#blanks.size;
  }

  /** Throws when the blank was taken before. */
  mustBeNew(blank: string): void {
    if (this.#blanks.has(blank)) {
      throw new JournalError(`${this.#path}: blank ${blank} was taken before; feed a fresh one`);
    }
  }

  /** A card is begun: from here on its blank is accounted for. Throws when it was used before. */
  async begin(row: number, blank: string, card: string): Promise<void> {
    this.mustBeNew(blank);
    await this.#append({ begun: row, blank, card, at: now() });
  }

  /** The open card is verified and saved: only now is it issued. */
  async issue(report: Record<string, string>): Promise<FinishedEvent> {
    const { row, blank } = this.#opened();
    const event = { issued: row, blank, report, at: now() };
    await this.#append(event);
    return event;
  }

  async spoil(reason: string): Promise<FinishedEvent> {
    const { row, blank } = this.#opened();
    const event = { spoiled: row, blank, reason, at: now() };
    await this.#append(event);
    return event;
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#lock.release();
  }

  async #recover(
    binding: Binding,
    onFinished: (event: FinishedEvent) => Promise<void> | void,
  ): Promise<void> {
    let kept = 0;
    let number = 0;
    for await (const line of readLines(this.#path)) {
      number++;
      const value = line.complete ? parseLine(line.text) : undefined;
      if (value === undefined) {
        if (line.last) break;
        throw new JournalError(`${this.#path}:${number}: damaged line; restore the backup`);
      }
      if (number === 1) this.#checkHead(value, binding);
      else {
        const event = this.#accept(value, number);
        if (!("begun" in event)) await onFinished(event);
      }
      kept = line.end;
    }
    await this.#file.truncate(kept);
    if (kept === 0) await this.#write({ journal: 1, ...binding });
    await syncFolder(dirname(this.#path));
    if (this.#open !== undefined) await onFinished(await this.spoil(REASON_INTERRUPTED));
  }

  #checkHead(value: unknown, binding: Binding): void {
    const head = v.safeParse(HeadSchema, value);
    if (!head.success) throw new JournalError(`${this.#path}: not a journal; name another file`);
    for (const part of ["batch", "product"] as const) {
      if (head.output[part] === binding[part]) continue;
      throw new JournalError(
        `${this.#path}: belongs to another ${part} file; use that one, or another journal`,
      );
    }
    for (const [name, value] of Object.entries(binding.keys)) {
      if (head.output.keys[name] === value) continue;
      throw new JournalError(
        `${this.#path}: was begun with another key "${name}"; use the keystore of that run`,
      );
    }
  }

  /** One line into the state; refuses what cannot follow what came before. */
  #accept(value: unknown, number: number): JournalEvent {
    const parsed = v.safeParse(EventSchema, value);
    const refuse = (reason: string): never => {
      throw new JournalError(`${this.#path}:${number}: ${reason}; restore the backup`);
    };
    if (!parsed.success) return refuse("not an entry of a journal");
    const event = parsed.output;
    if (!this.#follows(event)) return refuse("entry out of order");
    this.#apply(event);
    return event;
  }

  #follows(event: JournalEvent): boolean {
    if ("begun" in event) {
      const fresh = !this.#blanks.has(event.blank) && !this.#issued.has(event.begun);
      return this.#open === undefined && fresh;
    }
    const row = "issued" in event ? event.issued : event.spoiled;
    return this.#open?.row === row && this.#open.blank === event.blank;
  }

  #apply(event: JournalEvent): void {
    if ("begun" in event) {
      this.#blanks.add(event.blank);
      this.#open = { row: event.begun, blank: event.blank };
      return;
    }
    if ("issued" in event) this.#issued.add(event.issued);
    else this.#spoiled++;
    this.#open = undefined;
  }

  #opened(): { row: number; blank: string } {
    if (this.#open === undefined) throw new Error("no card is begun");
    return this.#open;
  }

  async #append(event: JournalEvent): Promise<void> {
    if (!this.#follows(event)) throw new Error("journal entry out of order");
    await this.#write(event);
    this.#apply(event);
  }

  async #write(value: object): Promise<void> {
    try {
      await this.#file.appendFile(`${JSON.stringify(value)}\n`);
      await this.#file.datasync();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new JournalError(`${this.#path}: cannot write (${code}); make room and run again`);
    }
  }
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function now(): string {
  return new Date().toISOString();
}
