// What the store promises, as a map: the same operations on it and on a card must end the same.

import type { Card } from "../../../../emulator/card.ts";
import {
  CARD_OBJECT_CREATE,
  CARD_OBJECT_DELETE,
  CARD_OBJECT_SIZE,
  CARD_OBJECT_WRITE_COMMAND,
  CARD_REPLY_OBJECT,
  CARD_TRANSACTION_ABORT,
  CARD_TRANSACTION_BEGIN,
  CARD_TRANSACTION_COMMIT,
} from "../../../../runtime/spec/card-api.ts";
import {
  SW_FILE_EXISTS,
  SW_NOT_ENOUGH_MEMORY,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
  SW_WRONG_OFFSET,
} from "../../../../runtime/spec/status-words.ts";
import {
  PAGE_HEADER_BYTES,
  SLOT_BYTES,
  SLOT_DATA_BYTES,
  TRANSACTION_SLOTS,
} from "../../../../runtime/spec/store.ts";
import { hex } from "../../../helpers/bytes.ts";
import type { Dice } from "../../../helpers/random.ts";
import { type Call, payloadAt, perform, selectProbe } from "../../probe.ts";

/** Objects that the tests use are numbered from 0 to this. */
const NUMBERS = 7;
const READ_AT_ONCE = 900;

export type Step =
  | { readonly kind: "create"; readonly number: number; readonly size: number }
  | { readonly kind: "delete"; readonly number: number }
  | {
      readonly kind: "write";
      readonly number: number;
      readonly at: number;
      readonly data: Uint8Array;
    }
  | { readonly kind: "begin" | "commit" | "abort" };

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
  return (pageCount - (Math.ceil(TRANSACTION_SLOTS / perPage) + 5)) * perPage;
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

  /** All contents as text, one line an object. */
  toString(): string {
    const lines = [...this.objects].map(([name, data]) => `${name} ${hex(data)}`);
    return lines.sort().join("\n");
  }

  /** Something to do, mostly something that works. */
  choose(dice: Dice): Operation {
    const probe = dice.below(2);
    if (dice.below(3) > 0) return { probe, steps: [this.step(dice, probe)] };
    const inside = Array.from({ length: 1 + dice.below(5) }, () => this.step(dice, probe));
    const ends: Step[][] = [[{ kind: "commit" }], [{ kind: "abort" }], []];
    const end = dice.pick([ends[0]!, ends[0]!, ends[0]!, ...ends]);
    return { probe, steps: [{ kind: "begin" }, ...inside, ...end] };
  }

  private step(dice: Dice, probe: number): Step {
    const number = dice.below(NUMBERS);
    const data = this.objects.get(`${probe}:${number}`);
    if (data === undefined || dice.below(40) === 0) {
      const size = dice.pick([0, 1, 20, 99, 100, 101, 200, 350, 777]);
      return { kind: "create", number, size };
    }
    if (dice.below(9) === 0) return { kind: "delete", number };
    const at = dice.below(data.length + 1);
    const length = Math.min(data.length - at, dice.pick([1, 3, 100, 250]));
    return { kind: "write", number, at, data: dice.bytes(length) };
  }
}

/** One command's steps on a copy of the objects. */
class Run {
  private before: Map<string, Uint8Array> | undefined;
  private spent = 0;
  /** Slots of objects that a transaction deleted: free only once it is committed. */
  private held = 0;

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
        this.held = 0;
        return SW_SUCCESS;
      case "commit":
        this.before = undefined;
        this.held = 0;
        return SW_SUCCESS;
      case "abort":
        this.objects = this.before ?? this.objects;
        this.before = undefined;
        this.held = 0;
        return SW_SUCCESS;
      default:
        return this.change(step, `${this.probe}:${step.number}`);
    }
  }

  private change(
    step: Exclude<Step, { kind: "begin" | "commit" | "abort" }>,
    name: string,
  ): number {
    const data = this.objects.get(name);
    if (step.kind === "create") {
      if (!this.spend(1)) return SW_NOT_ENOUGH_MEMORY;
      if (data !== undefined) return SW_FILE_EXISTS;
      if (this.promised() + chunks(step.size) > this.slots) return SW_NOT_ENOUGH_MEMORY;
      this.spent += 1;
      this.objects.set(name, new Uint8Array(step.size));
      return SW_SUCCESS;
    }
    if (data === undefined) return SW_REFERENCED_DATA_NOT_FOUND;
    if (step.kind === "delete") {
      if (!this.spend(1)) return SW_NOT_ENOUGH_MEMORY;
      this.spent += 1;
      if (this.before !== undefined) this.held += chunks(data.length);
      this.objects.delete(name);
      return SW_SUCCESS;
    }
    const { at, data: source } = step;
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
    return this.before === undefined || this.spent + slots <= TRANSACTION_SLOTS;
  }

  private promised(): number {
    let slots = this.held;
    for (const data of this.objects.values()) slots += chunks(data.length);
    return slots;
  }
}

/** The same operation as a script for the probe. */
export function scriptOf({ steps }: Operation): { calls: Call[]; payload: Uint8Array } {
  const payload: number[] = [];
  const calls = steps.map((step) => {
    const from = payloadAt(steps.length) + payload.length;
    if (step.kind === "write") payload.push(...step.data);
    return callOf(step, from);
  });
  return { calls, payload: Uint8Array.from(payload) };
}

/** A step as a call; the data of a write lie at `from` in the command. */
function callOf(step: Step, from: number): Call {
  switch (step.kind) {
    case "begin":
      return [CARD_TRANSACTION_BEGIN];
    case "commit":
      return [CARD_TRANSACTION_COMMIT];
    case "abort":
      return [CARD_TRANSACTION_ABORT];
    case "create":
      return [CARD_OBJECT_CREATE, step.number, step.size];
    case "delete":
      return [CARD_OBJECT_DELETE, step.number];
    case "write":
      return [CARD_OBJECT_WRITE_COMMAND, step.number, step.at, from, step.data.length];
  }
}

/** What a card really holds, in the words of `Model.toString`. */
export function contentsOf(card: Card): string {
  const lines: string[] = [];
  for (let probe = 0; probe < 2; probe++) {
    selectProbe(card, probe);
    const numbers = Array.from({ length: NUMBERS }, (_, number) => number);
    const sizes = perform(
      card,
      numbers.map((number): Call => [CARD_OBJECT_SIZE, number]),
    ).results;
    for (const number of numbers) {
      const size = sizes[number]!;
      if (size < 0) continue;
      let content = "";
      for (let at = 0; at < size; at += READ_AT_ONCE) {
        const length = Math.min(READ_AT_ONCE, size - at);
        content += hex(perform(card, [[CARD_REPLY_OBJECT, number, at, length]]).data);
      }
      lines.push(`${probe}:${number} ${content}`);
    }
  }
  return lines.sort().join("\n");
}
