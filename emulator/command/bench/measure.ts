// Measuring on a noisy machine: several rounds, the median counts.

const ROUNDS = 5;
/** A round lasts about this long, so that the clock's grain does not matter. */
const ROUND_MS = 150;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Median time of one call in microseconds, after a warm-up. */
export function microseconds(run: () => void): number {
  let calls = 1;
  for (;;) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    if (performance.now() - start > ROUND_MS / 2) break;
    calls *= 2;
  }
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    rounds.push(((performance.now() - start) * 1000) / calls);
  }
  return median(rounds);
}
