// A small generator of pseudo-random numbers for samples: same seed, same numbers, on any machine.
// Not for keys. The mixing is the "lowbias32" integer hash over a counter.

export class Random {
  #counter: number;

  constructor(seed: number) {
    this.#counter = Math.imul(seed, 0x9e3779b1) >>> 0;
  }

  /** 0 to 2^32 − 1. */
  next(): number {
    this.#counter = (this.#counter + 0x6d2b79f5) >>> 0;
    let x = this.#counter;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return (x ^ (x >>> 16)) >>> 0;
  }

  /** 0 to `limit` − 1. */
  below(limit: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** One of the pairs' values, each as likely as its weight. */
  weighted<T>(pairs: readonly (readonly [value: T, weight: number])[]): T {
    let at = this.below(pairs.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [value, weight] of pairs) {
      at -= weight;
      if (at < 0) return value;
    }
    throw new RangeError("an empty list has nothing to choose");
  }
}
