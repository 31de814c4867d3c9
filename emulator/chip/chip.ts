// The chip: what stands behind the kernel's `chip` imports. One object for each card; cards share
// nothing but compiled code.

import { VerifyError } from "../../assembler/errors.ts";
import type { Image } from "../../assembler/image/types.ts";
import {
  CIPHER_TDES,
  HASH_SHA256,
  MAX_INSTANCES,
  MODE_CBC_MAC,
  PRIVATE_KEY_BYTES,
  SIGNED_DIGEST_BYTES,
} from "../../runtime/spec/chip.ts";
import { type Applet, Applets, ramOf } from "./applets.ts";
import { type Code, codeOf, type ImageCode } from "./code.ts";
import type { Coprocessor } from "./coprocessor/coprocessor.ts";
import type { Memory } from "./memory.ts";
import type { Random } from "./random.ts";

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
  readonly applets: Applets;
  private readonly kernelFresh: Uint8Array;
  private readonly code: ImageCode;
  /** Why the last package that may not run may not. */
  packageRefusal: VerifyError | undefined;

  constructor(
    readonly image: Image,
    readonly memory: Memory,
    readonly random: Random,
    private readonly coprocessor: Coprocessor,
  ) {
    this.code = codeOf(image);
    const instance = new WebAssembly.Instance(this.code.kernel.module, { chip: this.imports() });
    this.kernel = instance.exports as unknown as KernelExports;
    this.kernelRam = ramOf(this.kernel.memory, this.code.kernel);
    this.kernelFresh = this.kernelRam.slice();
    this.applets = new Applets(this.kernel.call, image.manifest.chip.instructionLimit);
  }

  /** All RAM as at power-on. */
  clearRam(): void {
    this.kernelRam.set(this.kernelFresh);
    this.applets.clearAll();
  }

  /** RAM of the kernel, then of each instance by its number; none of those that do not run. */
  *rams(): Iterable<Uint8Array | undefined> {
    yield this.kernelRam;
    for (let instance = 1; instance <= MAX_INSTANCES; instance++) {
      yield this.applets.get(instance)?.ram;
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
      appletStart: (instance: number, module: number) =>
        this.applets.start(instance, this.code.applet(module)),
      appletStop: (instance: number) => this.applets.stop(instance),
      appletClear: (instance: number) => this.applets.clear(instance),
      appletCall: (instance: number, entry: number, a: number, b: number, c: number) =>
        this.applets.call(instance, entry, a, b, c),
      appletRead: (instance: number, offset: number, to: number, length: number) => {
        copy(this.ram(instance), offset, this.kernelRam, to, length);
      },
      appletWrite: (instance: number, offset: number, from: number, length: number) => {
        copy(this.kernelRam, from, this.ram(instance), offset, length);
      },
      hash: (algorithm: number, from: number, length: number, to: number) =>
        this.hash(algorithm, this.kernelRam.subarray(from, from + length), to),
      memoryHash: (algorithm: number, address: number, length: number, to: number) =>
        this.hash(algorithm, this.memoryAt(address, length), to),
      verifySignature: (
        algorithm: number,
        key: number,
        keyLength: number,
        digest: number,
        digestLength: number,
        signature: number,
        signatureLength: number,
      ) => {
        const ram = this.kernelRam;
        return this.coprocessor.verify(
          algorithm,
          ram.subarray(key, key + keyLength),
          ram.subarray(digest, digest + digestLength),
          ram.subarray(signature, signature + signatureLength),
        )
          ? 1
          : 0;
      },
      generateKeyPair: (curve: number, privateKey: number, publicKey: number) => {
        const pair = this.coprocessor.generateKeyPair(curve, this.fill);
        this.kernelRam.set(pair.privateKey, privateKey);
        this.kernelRam.set(pair.publicKey, publicKey);
      },
      sign: (algorithm: number, privateKey: number, digest: number, to: number) => {
        const key = this.kernelRam.subarray(privateKey, privateKey + PRIVATE_KEY_BYTES);
        const signed = this.kernelRam.subarray(digest, digest + SIGNED_DIGEST_BYTES);
        this.kernelRam.set(this.coprocessor.sign(algorithm, key, signed, this.fill), to);
      },
      packageCheck: (address: number, length: number, ram: number, stack: number) =>
        this.packageAt(address, length, ram, stack) ? 0 : 1,
      packageStart: (
        instance: number,
        address: number,
        length: number,
        ram: number,
        stack: number,
      ) => this.applets.start(instance, this.packageAt(address, length, ram, stack)),
    };
  }

  /** The random numbers that the coprocessor asks for. */
  private readonly fill = (to: Uint8Array): void => this.random.fill(to);

  private ram(instance: number): Uint8Array {
    return (this.applets.get(instance) as Applet).ram;
  }

  private memoryAt(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.memory.read(address, bytes, 0, length);
    return bytes;
  }

  private hash(algorithm: number, data: Uint8Array, to: number): void {
    this.kernelRam.set(this.coprocessor.hash(algorithm, data), to);
  }

  /** The package in the memory, made ready to run; undefined when it may not. */
  private packageAt(
    address: number,
    length: number,
    ramBytes: number,
    stackBytes: number,
  ): Code | undefined {
    const wasm = this.memoryAt(address, length);
    const digest = this.coprocessor.hash(HASH_SHA256, wasm);
    const judged = this.code.package(String(digest), wasm, { ramBytes, stackBytes });
    if (!(judged instanceof VerifyError)) return judged;
    this.packageRefusal = judged;
    return undefined;
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
}
