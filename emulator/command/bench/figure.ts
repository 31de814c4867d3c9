// One line of what the bench prints.

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What we aim at, in the same unit; undefined where there is no goal. */
  readonly goal?: number;
  readonly better: "more" | "less";
}

export const KIB = 1024;

const withGoal = (goal: number | undefined) => (goal === undefined ? {} : { goal });

/** So many in a second, from the microseconds of one. */
export function rate(name: string, microsecondsEach: number, goal?: number): Figure {
  const value = 1e6 / microsecondsEach;
  return { name, value, unit: "/s", better: "more", ...withGoal(goal) };
}

/** A time in microseconds. */
export function time(name: string, value: number, goal?: number): Figure {
  return { name, value, unit: "µs", better: "less", ...withGoal(goal) };
}

/** The figure as a line of text, with its goal beside it. */
export function line({ name, value, unit, goal, better }: Figure): string {
  const digits = value >= 1000 ? 0 : value >= 10 ? 1 : 2;
  const shown = value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const text = `${name.padEnd(28)} ${shown.padStart(12)} ${unit.padEnd(4)}`;
  if (goal === undefined) return text;
  const met = better === "more" ? value >= goal : value <= goal;
  const ratio = better === "more" ? value / goal : goal / value;
  return `${text}  goal ${goal.toLocaleString("en")}: ${met ? "met" : "MISSED"}, ${ratio.toFixed(2)} ×`;
}
