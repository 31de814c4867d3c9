// The chip boundary and the card API: a module asks for nothing else and offers nothing else.

import {
  ALLOWED_IMPORTS,
  CARD_CALL_PARAMETERS,
  MOST_ENTRY_PARAMETERS,
  REQUIRED_FUNCTIONS,
  REQUIRED_MEMORY,
} from "../imports.ts";
import {
  type FunctionType,
  functionName,
  KIND_FUNCTION,
  KIND_MEMORY,
  TYPE_I32,
} from "../module.ts";
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

/**
 * What passes the boundary of an applet is words: a chip hands an entry three of them, and takes five
 * and a result through `card.call`. The kernel comes with the chip and is not asked.
 */
export const words: Rule = ({ module, limits: { role } }) => {
  if (role !== "applet") return [];
  const calls = module.importedFunctions.flatMap(({ namespace, name }, index) => {
    const type = module.functionTypes[index]!;
    const { params, results } = type;
    if (areWords(type) && params.length === CARD_CALL_PARAMETERS && results.length === 1) return [];
    const wanted = `takes ${CARD_CALL_PARAMETERS} 32-bit integers and gives one`;
    return [{ reason: `imports ${namespace}.${name} with other types; it ${wanted}` }];
  });
  const entries = module.exports.flatMap(({ kind, index }) => {
    const type = module.functionTypes[index];
    if (kind !== KIND_FUNCTION || type === undefined) return [];
    const { params, results } = type;
    if (areWords(type) && params.length <= MOST_ENTRY_PARAMETERS && results.length <= 1) return [];
    const wanted = `takes up to ${MOST_ENTRY_PARAMETERS} 32-bit integers and gives one`;
    return [
      { function: functionName(module, index), reason: `has other types; an entry ${wanted}` },
    ];
  });
  return [...calls, ...entries];
};

function areWords({ params, results }: FunctionType): boolean {
  return [...params, ...results].every((type) => type === TYPE_I32);
}
