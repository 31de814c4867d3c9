// What the chip has, and whether it is enough.

import { BudgetError } from "./errors.ts";
import type { ManifestChip, ManifestModule } from "./image/types.ts";

/** Bytes in use. */
export interface Usage {
  readonly codeBytes: number;
  readonly ramBytes: number;
}

/**
 * What modules use of a chip. RAM is the linear memory and the stack of every module at once: each
 * of them may be running on a logical channel of its own.
 */
export function usage(
  modules: readonly Pick<ManifestModule, "codeBytes" | "ramBytes" | "stackBytes">[],
): Usage {
  return {
    codeBytes: modules.reduce((sum, module) => sum + module.codeBytes, 0),
    ramBytes: modules.reduce((sum, module) => sum + module.ramBytes + module.stackBytes, 0),
  };
}

/**
 * Holds usage against the chip.
 * @throws BudgetError naming what is too large and by how much
 */
export function checkBudgets(chip: ManifestChip, { codeBytes, ramBytes }: Usage): void {
  if (codeBytes > chip.codeBytes) {
    const advice = "build with optimize: size, or leave an applet out";
    throw new BudgetError(`code on chip ${chip.name}`, codeBytes, chip.codeBytes, advice);
  }
  if (ramBytes > chip.ramBytes) {
    const advice = "lower ram and stack of the modules in the profile";
    throw new BudgetError(`RAM on chip ${chip.name}`, ramBytes, chip.ramBytes, advice);
  }
}
