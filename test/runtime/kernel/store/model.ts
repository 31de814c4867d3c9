// What the store promises, as a map: the same operations on it and on a card must end the same.

import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_OFFSET,
} from "../../../../runtime/spec/status-words.ts";
import {
  MAX_SLOTS,
  PAGE_HEADER_BYTES,
  SLOT_BYTES,
  SLOT_DATA_BYTES,
  TRANSACTION_SLOTS,
} from "../../../../runtime/spec/store.ts";
import { hex } from "../../../helpers/bytes.ts";
import type { Dice } from "../../../helpers/random.ts";

/** Data objects that the tests use are numbered from 0 to this, counters from there on. */
export const NUMBERS = 7;
export const COUNTERS = 2;
export const COUNTER_BYTES = 4;

export type Step =
  | { readonly kind: "create"; readonly number: number; readonly size: number }
  | { readonly kind: "delete"; readonly number: number }
  | {
      readonly kind: "write";
      readonly number: number;
      readonly at: number;
      readonly data: Uint8Array;
    }
  | { readonly kind: "resize"; readonly number: number; readonly size: number }
  | { readonly kind: "count" | "up"; readonly number: number }
  | { readonly kind: "wipe" | "begin" | "commit" | "abort" };

type ObjectStep = Exclude<Step, { kind: "wipe" | "begin" | "commit" | "abort" }>;

/** The steps that one command has one applet make. */
export interface Operation {
  readonly probe: number;
  readonly steps: readonly Step[];
}

function chunks(size: number): number {
  return Math.max(1, Math.ceil(size / SLOT_DATA_BYTES));
}

/** Slots that live objects may fill. runtime/STORE.md, "Room". */
export function capacity(pageBytes: number, pageCount: number): number {
  const perPage = Math.min(8, Math.floor((pageBytes - PAGE_HEADER_BYTES) / SLOT_BYTES));
  const slots = (pageCount - (Math.ceil(TRANSACTION_SLOTS / perPage) + 5)) * perPage;
  return Math.min(slots, MAX_SLOTS);
}

export class Model {
  constructor(
    private readonly slots: number,
    readonly objects: ReadonlyMap<string, Uint8Array> = new Map(),
  ) {}

  /** What the operation leaves, and the result that each of its steps must have. */
  run({ probe, steps }: Operation): { after: Model; results: number[] } {
    const run = new Run(new Map(this.objects), this.slots, probe);
    const results = steps.map((step) => run.step(step));
    // A transaction that is open at the end of the command is taken back.
    run.step({ kind: "abort" });
    return { after: new Model(this.slots, run.objects), results };
  }

  /** What a probe's objects are: their number, and the chunks that are promised to them. */
  totals(probe: number): number[] {
    const own = [...this.objects].filter(([name]) => name.startsWith(`${probe}:`));
    return [own.length, own.reduce((sum, [, data]) => sum + chunks(data.length), 0)];
  }

  /** All contents as text, one line an object. */
  toString(): string {
    const lines = [...this.objects].map(([name, data]) => `${name} ${hex(data)}`);
    return lines.sort().join("\n");
  }

  /** Something to do, mostly something that works. */
  choose(dice: Dice): Operation {
    const probe = dice.below(2);
    if (dice.below(3) > 0) return { probe, steps: [this.step(dice, probe)] };
    const inside =
      dice.below(4) === 0
        ? this.squeeze(dice)
        : Array.from({ length: 1 + dice.below(5) }, () => this.step(dice, probe));
    const ends: Step[][] = [[{ kind: "commit" }], [{ kind: "abort" }], []];
    const end = dice.pick([ends[0]!, ends[0]!, ends[0]!, ...ends]);
    return { probe, steps: [{ kind: "begin" }, ...inside, ...end] };
  }

  /** Makes one object smaller and larger again. */
  private squeeze(dice: Dice): Step[] {
    const number = dice.below(NUMBERS);
    const sizes = [dice.below(250), 1 + dice.below(350), dice.below(800)];
    return sizes.map((size) => ({ kind: "resize", number, size }));
  }

  private counterStep(dice: Dice, probe: number): Step {
    const number = NUMBERS + dice.below(COUNTERS);
    if (!this.objects.has(`${probe}:${number}`)) return { kind: "count", number };
    return { kind: dice.pick(["up", "up", "up", "up", "count", "delete"]), number };
  }

  private step(dice: Dice, probe: number): Step {
    if (dice.below(50) === 0) return { kind: "wipe" };
    if (dice.below(8) === 0) return this.counterStep(dice, probe);
    const number = dice.below(NUMBERS);
    const data = this.objects.get(`${probe}:${number}`);
    if (data === undefined || dice.below(40) === 0) {
      const size = dice.pick([0, 1, 20, 99, 100, 101, 200, 350, 777]);
      return { kind: "create", number, size };
    }
    if (dice.below(9) === 0) return { kind: "delete", number };
    if (dice.below(5) === 0) {
      const size = dice.pick([0, 1, 20, 99, 100, 101, 200, 350, 777, data.length + 1, 2500]);
      return { kind: "resize", number, size };
    }
    const at = dice.below(data.length + 1);
    const length = Math.min(data.length - at, dice.pick([1, 3, 100, 250]));
    return { kind: "write", number, at, data: dice.bytes(length) };
  }
}

/** One command's steps on a copy of the objects. */
class Run {
  private before: Map<string, Uint8Array> | undefined;
  private spent = 0;
  /** Whether something did not fit the transaction: nothing of it will count. */
  private over = false;
  /** Slots of objects that a transaction deleted: free only once it is committed. */
  private held = 0;
  /** Slots of objects that it made smaller are free no sooner: the most that each one had. */
  private readonly runs = new Map<string, number>();

  constructor(
    public objects: Map<string, Uint8Array>,
    private readonly slots: number,
    private readonly probe: number,
  ) {}

  step(step: Step): number {
    switch (step.kind) {
      case "begin":
        this.before = new Map(this.objects);
        this.spent = 0;
        return SW_SUCCESS;
      case "commit": {
        const { over } = this;
        if (over) this.objects = this.before ?? this.objects;
        this.settle();
        return over ? SW_NOT_ENOUGH_MEMORY : SW_SUCCESS;
      }
      case "abort":
        this.objects = this.before ?? this.objects;
        this.settle();
        return SW_SUCCESS;
      case "wipe":
        return this.wipe();
      default:
        return this.change(step, `${this.probe}:${step.number}`);
    }
  }

  private settle(): void {
    this.before = undefined;
    this.over = false;
    this.held = 0;
    this.runs.clear();
  }

  private change(step: ObjectStep, name: string): number {
    const data = this.objects.get(name);
    if (step.kind === "create") return this.create(name, step.size);
    if (step.kind === "count") return this.create(name, COUNTER_BYTES);
    if (data === undefined) return SW_REFERENCED_DATA_NOT_FOUND;
    switch (step.kind) {
      case "delete":
        return step.number < NUMBERS ? this.remove(name) : SW_CONDITIONS_NOT_SATISFIED;
      case "resize":
        return step.number < NUMBERS
          ? this.resize(name, data, step.size)
          : SW_REFERENCED_DATA_NOT_FOUND;
      case "up":
        return this.countUp(name, data);
      case "write":
        return this.write(name, data, step.at, step.data);
    }
  }

  private create(name: string, size: number): number {
    if (!this.spend(1)) return SW_NOT_ENOUGH_MEMORY;
    if (this.objects.has(name)) return SW_FILE_EXISTS;
    if (this.promised() + chunks(size) > this.slots) return SW_NOT_ENOUGH_MEMORY;
    this.spent += 1;
    this.objects.set(name, new Uint8Array(size));
    return SW_SUCCESS;
  }

  private remove(name: string): number {
    if (!this.spend(1)) return SW_NOT_ENOUGH_MEMORY;
    this.spent += 1;
    this.forget(name);
    return SW_SUCCESS;
  }

  private wipe(): number {
    if (!this.spend(1)) return SW_NOT_ENOUGH_MEMORY;
    const names = [...this.objects.keys()].filter((name) => name.startsWith(`${this.probe}:`));
    if (names.length > 0) this.spent += 1;
    for (const name of names) this.forget(name);
    return SW_SUCCESS;
  }

  private forget(name: string): void {
    if (this.before !== undefined) this.held += this.runOf(name);
    this.runs.delete(name);
    this.objects.delete(name);
  }

  private resize(name: string, data: Uint8Array, size: number): number {
    if (!this.spend(2)) return SW_NOT_ENOUGH_MEMORY;
    if (size === data.length) return SW_SUCCESS;
    const run = this.runOf(name);
    const most = Math.max(run, chunks(size));
    if (this.promised() + most - run > this.slots) return SW_NOT_ENOUGH_MEMORY;
    this.spent += 2;
    if (this.before !== undefined) this.runs.set(name, most);
    const next = new Uint8Array(size);
    next.set(data.subarray(0, size));
    this.objects.set(name, next);
    return SW_SUCCESS;
  }

  private countUp(name: string, data: Uint8Array): number {
    if (this.before !== undefined) return SW_CONDITIONS_NOT_SATISFIED;
    const next = data.slice();
    const view = new DataView(next.buffer);
    view.setUint32(0, view.getUint32(0, true) + 1, true);
    this.objects.set(name, next);
    return SW_SUCCESS;
  }

  private write(name: string, data: Uint8Array, at: number, source: Uint8Array): number {
    if (at + source.length > data.length) return SW_WRONG_OFFSET;
    if (source.length === 0) return SW_SUCCESS;
    const first = Math.floor(at / SLOT_DATA_BYTES);
    const needed = Math.floor((at + source.length - 1) / SLOT_DATA_BYTES) - first + 1;
    if (!this.spend(needed)) return SW_NOT_ENOUGH_MEMORY;
    this.spent += needed;
    const next = data.slice();
    next.set(source, at);
    this.objects.set(name, next);
    return SW_SUCCESS;
  }

  private spend(slots: number): boolean {
    if (this.before === undefined) return true;
    if (this.spent + slots > TRANSACTION_SLOTS) this.over = true;
    return !this.over;
  }

  private promised(): number {
    let slots = this.held;
    for (const name of this.objects.keys()) slots += this.runOf(name);
    return slots;
  }

  private runOf(name: string): number {
    return this.runs.get(name) ?? chunks(this.objects.get(name)?.length ?? 0);
  }
}
