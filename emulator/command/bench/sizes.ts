// What an image takes of the chip.

import { usage } from "../../../assembler/budget.ts";
import type { Image } from "../../../assembler/image/types.ts";
import { type Figure, KIB } from "./figure.ts";

/** Goals for all modules together, KiB: what a small card has to spare. */
const WASM_GOAL = 80;
const RAM_GOAL = 13;

function size(name: string, bytes: number, goal?: number): Figure {
  const value = bytes / KIB;
  return { name, value, unit: "KiB", better: "less", ...(goal === undefined ? {} : { goal }) };
}

/** Code and linear memory of each module and of all; RAM with stacks as `wafer inspect` counts it. */
export function sizeFigures(image: Image): Figure[] {
  const { modules } = image.manifest;
  const each = modules.flatMap(({ name, codeBytes, ramBytes }) => [
    size(`${name}: wasm`, codeBytes),
    size(`${name}: RAM`, ramBytes),
  ]);
  const { codeBytes, ramBytes } = usage(modules);
  const linear = modules.reduce((sum, module) => sum + module.ramBytes, 0);
  const used = modules.reduce((sum, module) => sum + module.dataBytes, 0);
  return [
    ...each,
    size("all: wasm", codeBytes, WASM_GOAL),
    size("all: RAM, linear memory", linear, RAM_GOAL),
    size("all: static data", used),
    size("all: RAM with stacks", ramBytes),
    size("image", image.bytes.length),
  ];
}
