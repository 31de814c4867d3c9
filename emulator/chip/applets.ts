// The instances of applets that run on a chip: each its own memory, its calls bound to its number.

import { APPLET_TRAPPED, MAX_INSTANCES } from "../../runtime/spec/chip.ts";
import { ENTRY_NAMES } from "../../runtime/spec/entry-names.ts";
import { PowerLoss } from "../errors.ts";
import type { Code } from "./code.ts";

type Entry = (a: number, b: number, c: number) => number;
/** The kernel's entry for the requests of applets. */
export type KernelCall = (
  instance: number,
  operation: number,
  a: number,
  b: number,
  c: number,
  d: number,
) => number;

/** An instance of an applet: its code bound to its own memory. */
export interface Applet {
  readonly code: Code;
  readonly ram: Uint8Array;
  /** RAM as it is right after the start. */
  readonly fresh: Uint8Array;
  readonly entries: readonly Entry[];
  /** What it may still spend on the call under way; the module takes from it. assembler/meter. */
  readonly fuel: WebAssembly.Global;
  /** Whether an entry is under way. */
  called: boolean;
}

const ENTRIES = ENTRY_NAMES.split(",");

export class Applets {
  private readonly running: (Applet | undefined)[] = new Array(MAX_INSTANCES + 1).fill(undefined);
  /** What was stopped last under each number: quicker to start again than a new one. */
  private readonly parked: (Applet | undefined)[] = [];
  /** Requests of applets that the kernel has taken and not yet answered. */
  private requests = 0;
  /** The last trap of an applet. */
  trap: Error | undefined;

  /** @param limit fuel of each call of an entry */
  constructor(
    private readonly kernelCall: KernelCall,
    private readonly limit: number,
  ) {}

  get(instance: number): Applet | undefined {
    return this.running[instance];
  }

  /** Gives an instance a fresh memory and this code. */
  start(instance: number, code: Code | undefined): number {
    if (!code) return APPLET_TRAPPED;
    const present = this.running[instance];
    if (present?.code === code) {
      present.ram.set(present.fresh);
      return 0;
    }
    const parked = this.parked[instance];
    const applet = parked?.code === code ? parked : this.instantiate(instance, code);
    if (!applet) return APPLET_TRAPPED;
    applet.ram.set(applet.fresh);
    this.running[instance] = applet;
    return 0;
  }

  /** Undefined for a module that does not count what it spends. */
  private instantiate(instance: number, code: Code): Applet | undefined {
    const { kernelCall } = this;
    // Bound here, by the chip: an applet cannot ask in another's name.
    const call = (operation: number, a: number, b: number, c: number, d: number): number => {
      this.requests += 1;
      const result = kernelCall(instance, operation, a, b, c, d);
      this.requests -= 1;
      return result;
    };
    const { exports } = new WebAssembly.Instance(code.module, { card: { call } });
    const { fuel } = exports;
    if (!(fuel instanceof WebAssembly.Global)) return undefined;
    const ram = ramOf(exports.memory as WebAssembly.Memory, code);
    const entries = ENTRIES.map((name) => exports[name] as Entry);
    return { code, ram, fresh: ram.slice(), entries, fuel, called: false };
  }

  stop(instance: number): void {
    this.parked[instance] = this.running[instance];
    this.running[instance] = undefined;
  }

  /** RAM as after the start. */
  clear(instance: number): void {
    const applet = this.running[instance];
    if (applet) applet.ram.set(applet.fresh);
  }

  clearAll(): void {
    for (const applet of this.running) applet?.ram.set(applet.fresh);
  }

  /**
   * Calls an entry. A trap of the applet is its result; a trap of the kernel while it works for the
   * applet is not, since the kernel was stopped half way: it goes on up, and ends the card's session.
   */
  call(instance: number, entry: number, a: number, b: number, c: number): number {
    const applet = this.running[instance];
    const run = applet?.entries[entry];
    if (!run) return APPLET_TRAPPED;
    const { requests } = this;
    const { called } = applet;
    // A call within a call of the same instance goes on with what that has left.
    if (!called) applet.fuel.value = this.limit;
    applet.called = true;
    try {
      return run(a, b, c);
    } catch (error) {
      if (this.requests !== requests || error instanceof PowerLoss || !isTrap(error)) throw error;
      this.trap = applet.fuel.value < 0 ? outOfFuel() : error;
      return APPLET_TRAPPED;
    } finally {
      applet.called = called;
    }
  }

  /** The instances by their numbers; for a snapshot. */
  all(): readonly (Applet | undefined)[] {
    return this.running.slice();
  }

  /** Has those run again that ran then; what was started since is left to be started anew. */
  resume(then: readonly (Applet | undefined)[]): void {
    for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
      const applet = then[instance];
      if (applet !== undefined) this.running[instance] = applet;
    }
  }
}

/** Whether an error is the code's own fault: a trap, or a stack that ran out. */
export function isTrap(error: unknown): error is Error {
  if (error instanceof WebAssembly.RuntimeError) return true;
  return error instanceof RangeError && /call stack/i.test(error.message);
}

function outOfFuel(): Error {
  return new WebAssembly.RuntimeError("instruction limit reached");
}

/** The part of a linear memory that is the module's RAM. */
export function ramOf(memory: WebAssembly.Memory, { ramBytes }: Code): Uint8Array {
  return new Uint8Array(memory.buffer, 0, ramBytes);
}
