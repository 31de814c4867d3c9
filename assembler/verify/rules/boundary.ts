// The chip boundary and the card API: a module asks for nothing else and offers nothing else.

import { ALLOWED_IMPORTS, REQUIRED_FUNCTIONS, REQUIRED_MEMORY } from "../imports.ts";
import { KIND_FUNCTION, KIND_MEMORY } from "../module.ts";
import type { Rule } from "./rule.ts";

/** Imports are functions of the module's own boundary. */
export const imports: Rule = ({ module, limits: { role } }) =>
  module.imports
    .map((item) => ({ name: `${item.namespace}.${item.name}`, kind: item.kind }))
    .filter(({ name, kind }) => kind !== KIND_FUNCTION || !ALLOWED_IMPORTS[role].has(name))
    .map(({ name }) => ({
      reason: `imports ${name}; the ${role} may import ${[...ALLOWED_IMPORTS[role]].join(", ")}`,
    }));

/** Exports are the entries of the role and the memory, all of them and no others. */
export const exports: Rule = ({ module, limits: { role } }) => {
  const wanted = new Map([
    [REQUIRED_MEMORY, KIND_MEMORY],
    ...REQUIRED_FUNCTIONS[role].map((name): [string, number] => [name, KIND_FUNCTION]),
  ]);
  const extra = module.exports
    .filter(({ name, kind }) => wanted.get(name) !== kind)
    .map(({ name }) => ({ reason: `exports ${name}, which is no entry of the ${role}` }));
  const missing = [...wanted]
    .filter(([name, kind]) => !module.exports.some((e) => e.name === name && e.kind === kind))
    .map(([name]) => ({ reason: `does not export ${name}` }));
  return [...missing, ...extra];
};
