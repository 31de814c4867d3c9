// Cuts the power in a command at every memory operation, and compares what is left with what may be.

import { crc32 } from "node:zlib";
import { SW_MORE_DATA, SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import type { Card, Snapshot } from "../card.ts";
import type { Tear } from "../chip/memory.ts";
import { PowerLoss } from "../errors.ts";
import { difference, type LogicalState, type StateReader, sameState } from "./logical-state.ts";
import type { Step } from "./scenario.ts";
import { EXTREMES, type NamedTear, randomTear } from "./tears.ts";

/** A step as it is cut: where it begins, and the bytes that went over the line. */
export interface SweptStep {
  readonly index: number;
  readonly step: Step;
  readonly before: Snapshot;
  readonly commands: readonly Uint8Array[];
  /** Programs and erases that the whole step takes. */
  readonly operations: number;
}

export interface Violation {
  readonly step: string;
  /** Memory operation of the step, from 0, that the power was cut in. */
  readonly cut: number;
  readonly operations: number;
  readonly tear: string;
  /** The second cut, in a memory operation of the recovery. */
  readonly again?: { readonly cut: number; readonly tear: string } | undefined;
  readonly seed: number;
  /** What is not as it may be. */
  readonly what: string;
}

export interface SweepOptions {
  readonly seed: number;
  /** Commands of which the card must answer one with 9000 after a reset. */
  readonly alive: readonly Uint8Array[];
  /** Only this memory operation of each step. */
  readonly only?: number | undefined;
}

/** Makes the random tears of second cuts others than those of the first. */
const SECOND_CUT = 0x5ec0;

/** Changes of state that a message lists. */
const SHOWN_CHANGES = 4;

/** A command of the step about to be sent: nothing before it has to be done again to cut in it. */
interface Start {
  readonly snapshot: Snapshot;
  /** Operations and commands of the step that went before. */
  readonly operations: number;
  readonly commands: number;
}

/** The sweep of one step: what it may leave, and what it was seen to leave. */
export class Sweep {
  cuts = 0;
  readonly violations: Violation[] = [];
  /** What the memory means before the first operation and after each. */
  private readonly states: readonly LogicalState[];
  private readonly starts: readonly Start[];
  /** Memories that cuts have left so far, by the operation. The same one twice proves nothing. */
  private readonly left: Set<number>[];

  constructor(
    private readonly card: Card,
    readonly swept: SweptStep,
    private readonly options: SweepOptions,
    private readonly reader: StateReader,
  ) {
    this.starts = this.takeStarts();
    this.states = this.readStates();
    this.left = Array.from({ length: swept.operations }, () => new Set());
    this.countStates();
    this.checkUncut();
  }

  /** States that the step passes through. */
  get passed(): number {
    return this.changes().length + 1;
  }

  /** Operations after which the memory means something else, and what. */
  private changes(): string[] {
    return this.states.slice(1).flatMap((state, operation) => {
      const before = this.states[operation] as LogicalState;
      return sameState(state, before)
        ? []
        : [`operation ${operation}: ${difference(state, before)}`];
    });
  }

  /** Round 0: every operation torn in each extreme way. Each round after it: in one more random way. */
  round(round: number): void {
    const { only, seed } = this.options;
    for (let cut = 0; cut < this.swept.operations; cut++) {
      if (only !== undefined && only !== cut) continue;
      const tears = round === 0 ? EXTREMES : [randomTear(round, seed, this.swept.index, cut)];
      for (const tear of tears) this.cutOnce(round, cut, tear);
    }
  }

  private cutOnce(round: number, cut: number, tear: NamedTear): void {
    this.restoreAndCut(cut, tear.tear);
    if (this.isKnown(cut)) return;
    this.cuts += 1;
    const torn = this.card.snapshot();
    if (!this.recover(cut, tear.name)) return;
    const recovery = this.card.memory.operations - torn.memory.operations;
    for (let second = 0; second < recovery; second++) {
      const { seed } = this.options;
      const random = randomTear(round, seed, this.swept.index, cut, SECOND_CUT + second);
      for (const again of round === 0 ? [...EXTREMES, random] : [random]) {
        this.cutRecovery(torn, cut, tear.name, second, again);
      }
    }
  }

  private cutRecovery(
    torn: Snapshot,
    cut: number,
    tear: string,
    second: number,
    again: NamedTear,
  ): void {
    this.card.restore(torn);
    if (!this.losesPower(second, again.tear, () => void this.card.powerOn())) return;
    if (this.isKnown(cut)) return;
    this.cuts += 1;
    this.recover(cut, tear, { cut: second, tear: again.name });
  }

  /** Whether a cut in this operation has left the same memory before. */
  private isKnown(cut: number): boolean {
    const known = this.left[cut] as Set<number>;
    const digest = crc32(this.card.memory.content());
    if (known.has(digest)) return true;
    known.add(digest);
    return false;
  }

  /** Powers up after a cut and compares; whether all is well. */
  private recover(cut: number, tear: string, again?: Violation["again"]): boolean {
    const fault = this.faultAfter(cut);
    if (fault !== "") this.note(cut, tear, fault, again);
    return fault === "";
  }

  private faultAfter(cut: number): string {
    const { card } = this;
    try {
      const status = card.powerOn();
      if (status !== SW_SUCCESS) return `the boot ends with ${word(status)}`;
      const fault = this.faultOfMemory(cut);
      if (fault !== "") return fault;
      const { operations } = card.memory;
      const dead = this.faultAfterReset();
      if (dead !== "") return dead;
      return card.memory.operations === operations ? "" : this.faultOfMemory(cut);
    } catch (error) {
      return (error as Error).message;
    }
  }

  private faultAfterReset(): string {
    const { card } = this;
    card.reset();
    const answers: string[] = [];
    for (const command of this.options.alive) {
      const response = card.exchange(command);
      const sw = ((response.at(-2) ?? 0) << 8) | (response.at(-1) ?? 0);
      const trap = card.takeTrap();
      if (trap !== undefined) return `the card trapped: ${trap.message}`;
      // A response that waits for GET RESPONSE is an answer, too.
      if (sw === SW_SUCCESS || sw >> 8 === SW_MORE_DATA >> 8) return "";
      answers.push(word(sw));
    }
    return `"alive" answers ${answers.join(", ")}`;
  }

  /** How the memory is neither as before the operation that was cut nor as after it. */
  private faultOfMemory(cut: number): string {
    const before = this.states[cut] as LogicalState;
    const after = this.states[cut + 1] ?? before;
    const found = this.reader.read(this.card.memory.content());
    if (sameState(found, before) || sameState(found, after)) return "";
    return `not as before: ${difference(found, before)}; nor as after: ${difference(found, after)}`;
  }

  private note(cut: number, tear: string, what: string, again?: Violation["again"]): void {
    const { step, operations } = this.swept;
    const { seed } = this.options;
    this.violations.push({ step: step.name, cut, operations, tear, again, seed, what });
  }

  /** The reader's view after 0, 1, 2, ... operations: those before a cut are whole, so is the cut one. */
  private readStates(): LogicalState[] {
    this.card.restore(this.swept.before);
    const states = [this.reader.read(this.card.memory.content())];
    for (let cut = 0; cut < this.swept.operations; cut++) {
      this.restoreAndCut(cut, "new");
      try {
        states.push(this.reader.read(this.card.memory.content()));
      } catch (error) {
        this.note(cut, "new", `no reader can read it: ${(error as Error).message}`);
        states.push(states[cut] as LogicalState);
      }
    }
    return states;
  }

  private countStates(): void {
    const { step, operations } = this.swept;
    if (this.passed === step.states) return;
    const what = `passes through ${this.passed} states of the store, the scenario says ${step.states}`;
    this.note(operations, "none", [what, ...this.changes().slice(0, SHOWN_CHANGES)].join("; "));
  }

  /** What was answered is kept. */
  private checkUncut(): void {
    const { operations } = this.swept;
    this.card.restore(this.swept.before);
    this.play(0);
    this.card.powerOff();
    this.recover(operations, "none");
  }

  private takeStarts(): Start[] {
    const { before, commands } = this.swept;
    this.card.restore(before);
    return commands.map((command, at) => {
      const snapshot = at === 0 ? before : this.card.snapshot();
      const operations = snapshot.memory.operations - before.memory.operations;
      this.card.exchange(command);
      return { snapshot, operations, commands: at };
    });
  }

  private restoreAndCut(cut: number, tear: Tear): void {
    const start = this.starts.findLast(({ operations }) => operations <= cut) as Start;
    this.card.restore(start.snapshot);
    if (!this.losesPower(cut - start.operations, tear, () => this.play(start.commands))) {
      throw new Error(`${this.swept.step.name}: the card took another way at operation ${cut}`);
    }
  }

  private play(from: number): void {
    const { commands } = this.swept;
    for (let at = from; at < commands.length; at++) this.card.exchange(commands[at] as Uint8Array);
  }

  private losesPower(cut: number, tear: Tear, action: () => void): boolean {
    this.card.cutPower(cut, tear);
    try {
      action();
      return false;
    } catch (error) {
      if (error instanceof PowerLoss) return true;
      throw error;
    } finally {
      this.card.cutPower(undefined);
    }
  }
}

function word(sw: number): string {
  return (sw & 0xffff).toString(16).toUpperCase().padStart(4, "0");
}
