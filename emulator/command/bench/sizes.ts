// What an image takes of the chip.

import { usage } from "../../../assembler/budget.ts";
import type { Image } from "../../../assembler/image/types.ts";
import { type Figure, KIB } from "./figure.ts";

/** The card that the goals speak of, KiB: applets that come later add to it by their own budget. */
const BASE = ["kernel", "security-domain", "filesystem", "social-security"];
const WASM_GOAL = 64;
const RAM_GOAL = 12;

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
  const base = modules.filter(({ name }) => BASE.includes(name));
  const used = modules.reduce((sum, module) => sum + module.dataBytes, 0);
  return [
    ...each,
    size(
      "kernel and three applets: wasm",
      base.reduce((sum, module) => sum + module.codeBytes, 0),
      WASM_GOAL,
    ),
    size(
      "kernel and three applets: RAM",
      base.reduce((sum, module) => sum + module.ramBytes, 0),
      RAM_GOAL,
    ),
    size("all: wasm", codeBytes),
    size("all: RAM, linear memory", linear),
    size("all: static data", used),
    size("all: RAM with stacks", ramBytes),
    size("image", image.bytes.length),
  ];
}
