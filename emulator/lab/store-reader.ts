// A second reader of the store's bytes, written from runtime/STORE.md alone.

import { crc32 } from "node:zlib";

export interface StoredObject {
  readonly owner: number;
  readonly number: number;
  readonly kind: number;
  readonly content: Uint8Array;
}

interface Slot {
  readonly row: number;
  readonly chunk: number;
  readonly owner: number;
  readonly kind: number;
  readonly number: number;
  readonly size: number;
  readonly data: Uint8Array;
  /** Slots that its commit word counts, itself the last; 0 without one. */
  readonly commits: number;
}

const HEADER = 16;
const SLOT = 124;
const CHUNK = 100;
const TOMBSTONE = 0xff;
const OWNER_TOMBSTONE = 0xfe;

/** What the last reading found in each page, so that the next reads again only what has changed. */
export type KnownPages = Map<
  number,
  { readonly bytes: Uint8Array; readonly sequence: number; readonly slots: Slot[] }
>;

/** All objects of a memory that was settled at power-on. Throws on what no store writes. */
export function readStore(
  memory: Uint8Array,
  pageBytes: number,
  pages: number,
  known: KnownPages = new Map(),
): StoredObject[] {
  const whole = new Uint8Array(pageBytes * pages).fill(0xff);
  whole.set(memory);
  const page = (index: number): Uint8Array =>
    whole.subarray(index * pageBytes, (index + 1) * pageBytes);
  const objects = new Map<number, StoredObject>();
  let waiting: Slot[] = [];
  for (const { index, sequence } of ring(page, pages)) {
    for (const slot of slotsOf(page(index), sequence, index, known)) {
      waiting.push(slot);
      if (slot.commits === 0) continue;
      for (const one of waiting.slice(-slot.commits)) apply(objects, one);
      waiting = [];
    }
  }
  return [...objects.values()];
}

/** The slots of a page that are neither blank nor killed. */
function slotsOf(bytes: Uint8Array, sequence: number, index: number, known: KnownPages): Slot[] {
  const before = known.get(index);
  if (before?.sequence === sequence && Buffer.compare(before.bytes, bytes) === 0) {
    return before.slots;
  }
  const slots: Slot[] = [];
  for (let at = HEADER; at + SLOT <= bytes.length && at < HEADER + 8 * SLOT; at += SLOT) {
    const slot = readSlot(bytes.subarray(at, at + SLOT), sequence);
    if (slot !== "blank" && slot !== "killed") slots.push(slot);
  }
  known.set(index, { bytes, sequence, slots });
  return slots;
}

/** Pages from tail to head. */
function ring(page: (index: number) => Uint8Array, pages: number) {
  const headers = Array.from({ length: pages }, (_, index) => {
    const view = viewOf(page(index));
    const holds = view.getUint32(8, true) === crc32(page(index).subarray(0, 8));
    return { index, sequence: holds ? view.getUint32(0, true) : 0, tail: view.getUint16(4, true) };
  });
  const head = headers.reduce((best, one) => (one.sequence > best.sequence ? one : best));
  const length = ((head.index - head.tail + pages) % pages) + 1;
  return Array.from({ length }, (_, nth) => {
    const one = headers[(head.tail + nth) % pages]!;
    if (one.sequence !== head.sequence - (length - 1 - nth)) throw new Error("a page is missing");
    return one;
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readSlot(bytes: Uint8Array, sequence: number): Slot | "blank" | "killed" {
  if (bytes.every((byte) => byte === 0xff)) return "blank";
  const view = viewOf(bytes);
  if (view.getUint32(116, true) === 0) return "killed";
  const data = bytes.slice(16, 16 + bytes[3]!);
  const check = crc32(data, crc32(bytes.subarray(0, 12), sequence));
  if (view.getUint32(12, true) !== check) throw new Error("a slot is damaged");
  const word = view.getUint32(120, true);
  const count = (word >>> 8) & 0xff;
  return {
    row: view.getUint16(0, true),
    chunk: bytes[2]!,
    owner: bytes[4]!,
    kind: bytes[5]!,
    number: view.getUint16(6, true),
    size: view.getUint16(8, true),
    data,
    commits: word >>> 16 === 0x5aa5 && (word & 0xff) === (~count & 0xff) ? count : 0,
  };
}

function apply(objects: Map<number, StoredObject>, slot: Slot): void {
  const { row, chunk, owner, number, kind, size } = slot;
  if (chunk === OWNER_TOMBSTONE) {
    for (const [other, object] of objects) if (object.owner === owner) objects.delete(other);
    return;
  }
  if (chunk === TOMBSTONE) {
    objects.delete(row);
    return;
  }
  if (slot.data.length !== Math.min(CHUNK, size - chunk * CHUNK)) {
    throw new Error("a slot does not fit its object");
  }
  const before = objects.get(row)?.content;
  const content = before?.length === size ? before : new Uint8Array(size);
  if (before !== undefined && before !== content) content.set(before.subarray(0, size));
  content.set(slot.data, chunk * CHUNK);
  objects.set(row, { owner, number, kind, content });
}
