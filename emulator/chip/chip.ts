// The chip: what stands behind the kernel's `chip` imports. One object for each card, nothing shared.

import type { Image, ImageModule } from "../../assembler/image/types.ts";
import {
  APPLET_TRAPPED,
  CIPHER_TDES,
  ENTRY_NAMES,
  MAX_INSTANCES,
  MODE_CBC_MAC,
} from "../../runtime/spec/chip.ts";
import { PowerLoss } from "../errors.ts";
import type { Coprocessor } from "./coprocessor/coprocessor.ts";
import type { Memory } from "./memory.ts";
import type { Random } from "./random.ts";

type Entry = (a: number, b: number, c: number) => number;

/** An instance of an applet: its code bound to its own memory. */
interface Applet {
  readonly module: number;
  readonly ram: Uint8Array;
  /** RAM as it is right after the start. */
  readonly fresh: Uint8Array;
  readonly entries: readonly Entry[];
}

interface KernelExports {
  memory: WebAssembly.Memory;
  boot(): number;
  reset(line: number): number;
  transmit(length: number): number;
  buffer(): number;
  call(instance: number, operation: number, a: number, b: number, c: number, d: number): number;
}

/** Copies of up to this many bytes are quicker byte by byte than through a view. */
const SHORT_COPY = 24;

function copy(from: Uint8Array, at: number, to: Uint8Array, toAt: number, length: number): void {
  if (length > SHORT_COPY) to.set(from.subarray(at, at + length), toAt);
  else for (let i = 0; i < length; i++) to[toAt + i] = from[at + i] as number;
}

export class Chip {
  readonly kernel: KernelExports;
  readonly kernelRam: Uint8Array;
  private readonly kernelFresh: Uint8Array;
  private readonly applets: (Applet | undefined)[] = new Array(MAX_INSTANCES + 1).fill(undefined);
  private readonly codes: (WebAssembly.Module | undefined)[];
  /** The last trap of an applet or the kernel, for whoever looks into the card. */
  trap: Error | undefined;

  constructor(
    readonly image: Image,
    readonly memory: Memory,
    readonly random: Random,
    private readonly coprocessor: Coprocessor,
  ) {
    this.codes = new Array(image.applets.length).fill(undefined);
    const code = new WebAssembly.Module(image.kernel.wasm);
    const instance = new WebAssembly.Instance(code, { chip: this.imports() });
    this.kernel = instance.exports as unknown as KernelExports;
    this.kernelRam = ramOf(this.kernel.memory, image.kernel);
    this.kernelFresh = this.kernelRam.slice();
  }

  /** All RAM as at power-on. */
  clearRam(): void {
    this.kernelRam.set(this.kernelFresh);
    for (const applet of this.applets) applet?.ram.set(applet.fresh);
  }

  /** RAM of the kernel, then of each instance by its number; none of those that do not run. */
  *rams(): Iterable<Uint8Array | undefined> {
    yield this.kernelRam;
    for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
      yield this.applets[instance]?.ram;
    }
  }

  /** Module that each instance number runs, by the number; for a snapshot. */
  running(): (number | undefined)[] {
    return this.applets.map((applet) => applet?.module);
  }

  /** Has the instance run this module again, if it was stopped or replaced since a snapshot. */
  ensureRunning(instance: number, module: number | undefined): void {
    if (module !== undefined && this.applets[instance]?.module !== module) {
      this.start(instance, module);
    }
  }

  private imports(): Record<string, WebAssembly.ImportValue> {
    const { memory } = this;
    return {
      memoryRead: (address: number, to: number, length: number) => {
        memory.read(address, this.kernelRam, to, length);
      },
      memoryProgram: (address: number, from: number, length: number) => {
        memory.program(address, this.kernelRam, from, length);
      },
      memoryErase: (page: number) => memory.erase(page),
      configurationRead: (offset: number, to: number, length: number) =>
        this.readConfiguration(offset, to, length),
      cipher: (
        operation: number,
        key: number,
        keyLength: number,
        iv: number,
        from: number,
        to: number,
        length: number,
      ) => this.cipher(operation, key, keyLength, iv, from, to, length),
      random: (to: number, length: number) => {
        this.random.fill(this.kernelRam.subarray(to, to + length));
      },
      appletStart: (instance: number, module: number) => this.start(instance, module),
      appletStop: (instance: number) => {
        this.applets[instance] = undefined;
      },
      appletClear: (instance: number) => {
        const applet = this.applets[instance];
        if (applet) applet.ram.set(applet.fresh);
      },
      appletCall: (instance: number, entry: number, a: number, b: number, c: number) =>
        this.callApplet(instance, entry, a, b, c),
      appletRead: (instance: number, offset: number, to: number, length: number) => {
        copy(this.ram(instance), offset, this.kernelRam, to, length);
      },
      appletWrite: (instance: number, offset: number, from: number, length: number) => {
        copy(this.kernelRam, from, this.ram(instance), offset, length);
      },
    };
  }

  private ram(instance: number): Uint8Array {
    return (this.applets[instance] as Applet).ram;
  }

  private readConfiguration(offset: number, to: number, length: number): number {
    const part = this.image.configuration.subarray(offset, offset + length);
    this.kernelRam.set(part, to);
    return part.length;
  }

  private cipher(
    operation: number,
    key: number,
    keyLength: number,
    iv: number,
    from: number,
    to: number,
    length: number,
  ): void {
    const ram = this.kernelRam;
    const algorithm = operation & 0xff;
    const mode = (operation >> 8) & 0xff;
    const block = algorithm === CIPHER_TDES ? 8 : 16;
    const result = this.coprocessor.cipher(
      algorithm,
      mode,
      (operation >> 16) & 0xff,
      ram.subarray(key, key + keyLength),
      ram.subarray(iv, iv + block),
      ram.subarray(from, from + length),
    );
    copy(result, 0, ram, to, mode === MODE_CBC_MAC ? block : length);
  }

  private start(instance: number, module: number): number {
    const present = this.applets[instance];
    if (present?.module === module) {
      present.ram.set(present.fresh);
      return 0;
    }
    const source = this.image.applets[module];
    if (!source) return APPLET_TRAPPED;
    this.codes[module] ??= new WebAssembly.Module(source.wasm);
    const { call } = this.kernel;
    // Bound here, by the chip: an applet cannot ask in another's name.
    const bound = (operation: number, a: number, b: number, c: number, d: number) =>
      call(instance, operation, a, b, c, d);
    const code = new WebAssembly.Instance(this.codes[module], { card: { call: bound } });
    const exports = code.exports as Record<string, unknown>;
    const ram = ramOf(exports.memory as WebAssembly.Memory, source);
    const entries = ENTRY_NAMES.split(",").map((name) => exports[name] as Entry);
    this.applets[instance] = { module, ram, fresh: ram.slice(), entries };
    return 0;
  }

  private callApplet(instance: number, entry: number, a: number, b: number, c: number): number {
    const run = this.applets[instance]?.entries[entry];
    if (!run) return APPLET_TRAPPED;
    try {
      return run(a, b, c);
    } catch (error) {
      // Running out of stack is a RangeError; anything else that is no trap is not the applet's.
      if (error instanceof PowerLoss || !isTrap(error)) throw error;
      this.trap = error;
      return APPLET_TRAPPED;
    }
  }
}

/** Whether an error is the code's own fault: a trap, or a stack that ran out. */
export function isTrap(error: unknown): error is Error {
  if (error instanceof WebAssembly.RuntimeError) return true;
  return error instanceof RangeError && /call stack/i.test(error.message);
}

/** The part of a linear memory that is the module's RAM. */
function ramOf(memory: WebAssembly.Memory, module: ImageModule): Uint8Array {
  return new Uint8Array(memory.buffer, 0, module.ramBytes);
}
