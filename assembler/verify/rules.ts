// All rules of the verifier, in the order in which their refusals are told.

import { exports, imports, words } from "./rules/boundary.ts";
import { noRecursion, stackBudget } from "./rules/calls.ts";
import { integers } from "./rules/integers.ts";
import { noGrowth, onePage, smallTable, staticData } from "./rules/memory.ts";
import type { Rule } from "./rules/rule.ts";
import { noMutableGlobals, noStart } from "./rules/state.ts";

export const RULES: readonly { readonly name: string; readonly rule: Rule }[] = [
  { name: "imports", rule: imports },
  { name: "exports", rule: exports },
  { name: "words", rule: words },
  { name: "integers", rule: integers },
  { name: "one page", rule: onePage },
  { name: "small table", rule: smallTable },
  { name: "no growth", rule: noGrowth },
  { name: "static data", rule: staticData },
  { name: "no start", rule: noStart },
  { name: "no mutable globals", rule: noMutableGlobals },
  { name: "no recursion", rule: noRecursion },
  { name: "stack budget", rule: stackBudget },
];
