// Where a number was seen first: an open hash table of 12 bytes a slot, so that finding duplicates
// in a million rows costs tens of megabytes, not hundreds.

export class NumberIndex {
  #keys = new Float64Array(1024).fill(-1);
  #rows = new Uint32Array(1024);
  #used = 0;

  /** The row that came with `key` before, or undefined after remembering this one. `key` ≥ 0. */
  add(key: number, row: number): number | undefined {
    const slot = this.#slot(key);
    if (this.#keys[slot] === key) return this.#rows[slot];
    this.#keys[slot] = key;
    this.#rows[slot] = row;
    this.#used++;
    if (this.#used * 2 > this.#keys.length) this.#grow();
    return undefined;
  }

  /** Slot of the key, or the free one where it belongs. */
  #slot(key: number): number {
    const mask = this.#keys.length - 1;
    const mixed =
      Math.imul(key % 0x1_0000_0000, 0x9e3779b1) ^ Math.imul(key / 0x1_0000_0000, 0x85ebca6b);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    while (this.#keys[slot] !== -1 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [keys, rows] = [this.#keys, this.#rows];
    this.#keys = new Float64Array(keys.length * 2).fill(-1);
    this.#rows = new Uint32Array(rows.length * 2);
    for (let at = 0; at < keys.length; at++) {
      if (keys[at] === -1) continue;
      const slot = this.#slot(keys[at]!);
      this.#keys[slot] = keys[at]!;
      this.#rows[slot] = rows[at]!;
    }
  }
}
