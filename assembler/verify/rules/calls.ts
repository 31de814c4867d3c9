// The stack is as small as the chip's: its worst case is known before the module runs.

import { findRecursion } from "../call-graph.ts";
import { worstStack } from "../stack.ts";
import type { Rule } from "./rule.ts";

/** No function can be on the stack twice. */
export const noRecursion: Rule = ({ module, graph }) => {
  const cycle = findRecursion(module, graph);
  if (cycle === undefined) return [];
  return [{ function: cycle[0], reason: `is recursive: ${cycle.join(" calls ")}` }];
};

/** The longest path of calls fits the stack. Without a meaning, and silent, under recursion. */
export const stackBudget: Rule = ({ module, graph, limits: { role, stackBytes } }) => {
  if (findRecursion(module, graph) !== undefined) return [];
  const { bytes, depth } = worstStack(module, graph, role);
  if (bytes <= stackBytes) return [];
  return [
    {
      reason:
        `needs ${bytes} bytes of stack, ${depth} calls deep, ${bytes - stackBytes} over its ` +
        `${stackBytes}; raise stack in the profile or call less deeply`,
    },
  ];
};
