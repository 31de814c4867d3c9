// State lives in RAM, where snapshots and resets see it, and code runs when the kernel calls it.

import type { Rule } from "./rule.ts";

/** No code at instantiation. */
export const noStart: Rule = ({ module }) =>
  module.start === undefined
    ? []
    : [{ reason: "has a start function; initialize with constants or in an entry" }];

/** No state outside linear memory. */
export const noMutableGlobals: Rule = ({ module }) => {
  const count = module.globals.filter((global) => global.mutable).length;
  if (count === 0) return [];
  const reason = `has ${count} mutable globals (module-level let); keep state in memory.data`;
  return [{ reason }];
};
