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
