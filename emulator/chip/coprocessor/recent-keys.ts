// A few expanded keys, most recently used first. Expanding a key costs more than a short cipher run.

interface Entry<T> {
  readonly purpose: number;
  readonly key: Uint8Array;
  readonly value: T;
}

/**
 * Finds what was made of a key by the key's own bytes and a purpose number, so a hit can never give
 * one key's work to another. Bounded; the copy of a key that falls out is overwritten.
 */
export class RecentKeys<T> {
  readonly #entries: Entry<T>[] = [];

  constructor(readonly capacity: number) {}

  get size(): number {
    return this.#entries.length;
  }

  get(purpose: number, key: Uint8Array, make: (key: Uint8Array) => T): T {
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      if (entry.purpose !== purpose || !sameBytes(entry.key, key)) continue;
      for (let j = i; j > 0; j--) entries[j] = entries[j - 1]!;
      entries[0] = entry;
      return entry.value;
    }
    const copy = key.slice();
    const value = make(copy);
    if (entries.length === this.capacity) entries.pop()?.key.fill(0);
    entries.unshift({ purpose, key: copy, value });
    return value;
  }

  /** Forgets everything: after a failure that leaves what was kept in doubt, or to drop secrets. */
  clear(): void {
    for (const entry of this.#entries) entry.key.fill(0);
    this.#entries.length = 0;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
