// Measuring on a noisy machine: processor time of this process, several rounds, the median counts.

const ROUNDS = 5;
/** A round lasts about this long, so that the clock's grain does not matter. */
const ROUND_MS = 150;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Processor time that `run` takes, microseconds; what else the machine does is not in it. */
export function processorTime(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** Median time of one call in microseconds, after a warm-up. */
export function microseconds(run: () => void): number {
  let calls = 1;
  const round = () => {
    for (let i = 0; i < calls; i++) run();
  };
  while (processorTime(round) < (ROUND_MS * 1000) / 2) calls *= 2;
  return median(Array.from({ length: ROUNDS }, () => processorTime(round) / calls));
}

/** How much longer `run` takes than `other`, as a ratio: they take turns, so that both see the same machine. */
export function ratioOf(run: () => void, other: () => void): number {
  const calls = Math.ceil((ROUND_MS * 1000) / microseconds(other));
  const round = (what: () => void) =>
    processorTime(() => {
      for (let i = 0; i < calls; i++) what();
    });
  return median(Array.from({ length: 2 * ROUNDS }, () => round(run) / round(other)));
}

/** Median time of one exchange, for what cannot be done twice: `prepare` makes each round anew. */
export function microsecondsOf(prepare: () => (() => void)[]): number {
  const rounds = Array.from({ length: ROUNDS + 1 }, () => {
    const runs = prepare();
    return (
      processorTime(() => {
        for (const run of runs) run();
      }) / runs.length
    );
  });
  // The first is the warm-up.
  return median(rounds.slice(1));
}
