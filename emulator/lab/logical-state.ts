// What a memory means: the objects that its store holds, whatever slots and pages they lie in, and the
// packages that some of them name.

import { hex } from "./hex.ts";
import { checkPackages } from "./package-region.ts";
import { type KnownPages, readStore, type StoredObject } from "./store-reader.ts";

/** Objects by owner and number. */
export type LogicalState = ReadonlyMap<number, StoredObject>;

/** Reads one memory again and again, as long as its chip lives. */
export class StateReader {
  private readonly known: KnownPages = new Map();

  constructor(private readonly chip: { readonly pageBytes: number; readonly pageCount: number }) {}

  /** Reads a memory that was settled at power-on. Throws on what no store writes. */
  read(memory: Uint8Array): LogicalState {
    const { pageBytes, pageCount } = this.chip;
    const store = memory.subarray(0, pageBytes * pageCount);
    const state = new Map<number, StoredObject>();
    for (const object of readStore(store, pageBytes, pageCount, this.known)) {
      const key = (object.owner << 16) | object.number;
      if (state.has(key)) throw new Error(`${nameOf(object)} is there twice`);
      state.set(key, object);
    }
    checkPackages(state.values(), memory.subarray(pageBytes * pageCount), pageBytes);
    return state;
  }
}

export function sameState(a: LogicalState, b: LogicalState): boolean {
  if (a.size !== b.size) return false;
  for (const [key, object] of a) {
    const other = b.get(key);
    if (other === undefined || other.kind !== object.kind) return false;
    if (Buffer.compare(other.content, object.content) !== 0) return false;
  }
  return true;
}

/** The first thing in which `found` is not `wanted`; empty when they are the same. */
export function difference(found: LogicalState, wanted: LogicalState): string {
  for (const key of [...new Set([...wanted.keys(), ...found.keys()])].sort((a, b) => a - b)) {
    const [is, should] = [found.get(key), wanted.get(key)];
    if (is === undefined) return `${nameOf(should as StoredObject)} is gone`;
    if (should === undefined) return `${nameOf(is)} is there`;
    if (is.kind !== should.kind) return `${nameOf(is)} is of kind ${is.kind}, not ${should.kind}`;
    if (is.content.length !== should.content.length) {
      return `${nameOf(is)} has ${is.content.length} bytes, not ${should.content.length}`;
    }
    const at = is.content.findIndex((byte, index) => byte !== should.content[index]);
    if (at >= 0) {
      const [got, want] = [is, should].map(({ content }) => hex(content.subarray(at, at + 4)));
      return `${nameOf(is)} has at offset ${at} ${got}, not ${want}`;
    }
  }
  return "";
}

function nameOf({ owner, number }: StoredObject): string {
  return `owner ${owner} object ${number.toString(16).toUpperCase().padStart(4, "0")}`;
}
