// The non-volatile memory of the chip: pages that are erased to FF and programmed from 1 to 0,
// and that can lose power in the middle of either.

import { PowerLoss } from "../errors.ts";

/**
 * What a cut leaves of the operation it hits: bytes as before, as after, erased, or each bit that was
 * to change either way. A program sets no bits, so to it "erased" is the same as "old".
 */
export type Tear = "old" | "new" | "erased" | { random: () => number };

/** Where the power goes: before memory operation number `after` (from 0) ends. */
export interface Cut {
  after: number;
  tear: Tear;
}

/** A state of the memory to come back to, made by `snapshot`. */
export interface MemorySnapshot {
  readonly bytes: Uint8Array;
  readonly erases: Uint32Array;
  readonly operations: number;
}

const ERASED = 0xff;

export class Memory {
  /** The bytes, as far as they were ever written; everything beyond is erased. */
  private bytes: Uint8Array;
  /** Erases of each page since the chip was made. */
  readonly erases: Uint32Array;
  /** Programs and erases since the chip was made. */
  operations = 0;
  /** What pages are dirty against: the snapshot that was taken or restored last. */
  private baseline: MemorySnapshot | undefined;
  private readonly dirty: Uint8Array;
  private readonly dirtyPages: number[] = [];
  private cut: Cut | undefined;

  constructor(
    readonly pageSize: number,
    readonly pages: number,
    content: Uint8Array = new Uint8Array(0),
  ) {
    this.bytes = content.slice();
    this.erases = new Uint32Array(pages);
    this.dirty = new Uint8Array(pages);
  }

  get size(): number {
    return this.pageSize * this.pages;
  }

  /** Bytes of host memory that hold the content. */
  get footprint(): number {
    return this.bytes.length + this.erases.byteLength + this.dirty.byteLength;
  }

  /** Copies `length` bytes from `address` into `to` at `at`. */
  read(address: number, to: Uint8Array, at: number, length: number): void {
    this.check(address, length);
    const { bytes } = this;
    if (address + length > bytes.length) {
      this.readBeyond(address, to, at, length);
      return;
    }
    if (length > 24) {
      to.set(bytes.subarray(address, address + length), at);
      return;
    }
    for (let i = 0; i < length; i++) to[at + i] = bytes[address + i] as number;
  }

  private readBeyond(address: number, to: Uint8Array, at: number, length: number): void {
    const known = Math.max(0, Math.min(length, this.bytes.length - address));
    to.set(this.bytes.subarray(address, address + known), at);
    to.fill(ERASED, at + known, at + length);
  }

  /** Programs `length` bytes of `from`, clearing bits; stays within one page. */
  program(address: number, from: Uint8Array, at: number, length: number): void {
    this.check(address, length);
    const page = Math.floor(address / this.pageSize);
    if (length > 0 && Math.floor((address + length - 1) / this.pageSize) !== page) {
      throw new RangeError(`program of ${length} bytes at ${address} leaves its page`);
    }
    this.touch(page);
    if (this.operations++ === this.cut?.after) this.tearProgram(address, from, at, length);
    const { bytes } = this;
    for (let i = 0; i < length; i++) {
      bytes[address + i] = (bytes[address + i] as number) & (from[at + i] as number);
    }
  }

  erase(page: number): void {
    if (page < 0 || page >= this.pages) throw new RangeError(`erase of page ${page}`);
    this.touch(page);
    if (this.operations++ === this.cut?.after) this.tearErase(page);
    const start = page * this.pageSize;
    this.bytes.fill(ERASED, start, start + this.pageSize);
    this.erases[page] = (this.erases[page] as number) + 1;
  }

  /** Arms a cut `after` operations from now, or none. */
  cutPower(after: number | undefined, tear: Tear = "old"): void {
    this.cut = after === undefined ? undefined : { after: this.operations + after, tear };
  }

  private tearProgram(address: number, from: Uint8Array, at: number, length: number): void {
    const cut = this.takeCut();
    for (let i = 0; i < length; i++) {
      const old = this.bytes[address + i] as number;
      const next = old & (from[at + i] as number);
      this.bytes[address + i] = torn(cut.tear, old, next) & old;
    }
    throw new PowerLoss(cut.after);
  }

  private tearErase(page: number): void {
    const cut = this.takeCut();
    const start = page * this.pageSize;
    for (let i = start; i < start + this.pageSize; i++) {
      this.bytes[i] = torn(cut.tear, this.bytes[i] as number, ERASED);
    }
    throw new PowerLoss(cut.after);
  }

  private takeCut(): Cut {
    const cut = this.cut as Cut;
    this.cut = undefined;
    return cut;
  }

  private check(address: number, length: number): void {
    if (address < 0 || length < 0 || address + length > this.size) {
      throw new RangeError(`memory access of ${length} bytes at ${address} outside ${this.size}`);
    }
  }

  /** Notes a page as changed and makes its bytes real. */
  private touch(page: number): void {
    const end = (page + 1) * this.pageSize;
    if (end > this.bytes.length) this.grow(end);
    if (this.dirty[page] === 0) {
      this.dirty[page] = 1;
      this.dirtyPages.push(page);
    }
  }

  private grow(end: number): void {
    const bytes = new Uint8Array(Math.min(this.size, Math.max(end, this.bytes.length * 2)));
    bytes.set(this.bytes);
    bytes.fill(ERASED, this.bytes.length);
    this.bytes = bytes;
  }

  /** The content up to its last byte that is not erased. */
  content(): Uint8Array {
    let end = this.bytes.length;
    while (end > 0 && this.bytes[end - 1] === ERASED) end--;
    return this.bytes.slice(0, end);
  }

  /** The whole state; from now on changed pages are noted against it. */
  snapshot(): MemorySnapshot {
    const { operations } = this;
    const taken = { bytes: this.bytes.slice(), erases: this.erases.slice(), operations };
    this.forgetChanges(taken);
    return taken;
  }

  /** Comes back to a snapshot of this memory, with no cut armed; quickest to the one used last. */
  restore(snapshot: MemorySnapshot): void {
    if (snapshot === this.baseline) {
      for (const page of this.dirtyPages) this.restorePage(snapshot, page);
    } else {
      this.bytes = snapshot.bytes.slice();
      this.erases.set(snapshot.erases);
    }
    this.operations = snapshot.operations;
    this.cut = undefined;
    this.forgetChanges(snapshot);
  }

  private restorePage({ bytes, erases }: MemorySnapshot, page: number): void {
    const start = page * this.pageSize;
    const end = start + this.pageSize;
    if (end > bytes.length) this.bytes.fill(ERASED, start, end);
    if (start < bytes.length) this.bytes.set(bytes.subarray(start, end), start);
    this.erases[page] = erases[page] as number;
  }

  /** Puts other bytes in place of all, as no operation could; the counters stay. */
  overwrite(content: Uint8Array): void {
    this.bytes = content.slice();
    this.forgetChanges(undefined);
  }

  private forgetChanges(baseline: MemorySnapshot | undefined): void {
    this.baseline = baseline;
    for (const page of this.dirtyPages) this.dirty[page] = 0;
    this.dirtyPages.length = 0;
  }
}

/** One byte that a cut hit on its way from `old` to `next`. */
function torn(tear: Tear, old: number, next: number): number {
  if (tear === "old") return old;
  if (tear === "new") return next;
  if (tear === "erased") return ERASED;
  const reached = tear.random() & 0xff;
  return (old & ~reached) | (next & reached);
}
