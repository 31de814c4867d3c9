// Who calls whom. An indirect call may reach each function of its type that a table can hold.

import { type FunctionType, functionName, type WasmModule } from "./module.ts";
import { OP_CALL, OP_CALL_INDIRECT } from "./opcodes.ts";

/** Callees of each function, imports included, by index. */
export type CallGraph = ReadonlyMap<number, ReadonlySet<number>>;

/** Reads the calls of all functions. */
export function callGraph(module: WasmModule): CallGraph {
  const graph = new Map<number, Set<number>>();
  const targetsOf = indirectTargets(module);
  for (const body of module.bodies) {
    const callees = new Set<number>();
    const types = new Set<number>();
    for (const { opcode, immediate } of body.instructions) {
      if (opcode === OP_CALL) callees.add(immediate);
      if (opcode === OP_CALL_INDIRECT) types.add(immediate);
    }
    for (const type of types) for (const target of targetsOf(type)) callees.add(target);
    graph.set(body.index, callees);
  }
  return graph;
}

/** Looks up the functions that an indirect call can reach, by the index of its type. */
export function indirectTargets(module: WasmModule): (typeIndex: number) => readonly number[] {
  const held = [...new Set(module.tableFunctions)];
  const known = new Map<number, readonly number[]>();
  return (typeIndex) => {
    let targets = known.get(typeIndex);
    if (targets === undefined) {
      const type = module.types[typeIndex];
      targets = type ? held.filter((index) => sameType(module.functionTypes[index], type)) : [];
      known.set(typeIndex, targets);
    }
    return targets;
  };
}

function sameType(a: FunctionType | undefined, b: FunctionType): boolean {
  return (
    a !== undefined && a.params.join() === b.params.join() && a.results.join() === b.results.join()
  );
}

/** One cycle of calls as the names along it, or undefined if there is none. */
export function findRecursion(module: WasmModule, graph: CallGraph): string[] | undefined {
  const done = new Set<number>();
  for (const root of graph.keys()) {
    const cycle = cycleFrom(root, graph, done);
    if (cycle !== undefined) return cycle.map((index) => functionName(module, index));
  }
  return undefined;
}

/** Depth first with its own stack: a module cannot make the verifier recurse. */
function cycleFrom(root: number, graph: CallGraph, done: Set<number>): number[] | undefined {
  if (done.has(root)) return undefined;
  const path: { index: number; callees: Iterator<number> }[] = [];
  const open = new Set<number>();
  const enter = (index: number): void => {
    open.add(index);
    path.push({ index, callees: (graph.get(index) ?? new Set<number>()).values() });
  };
  enter(root);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const next = top.callees.next();
    if (next.done) {
      open.delete(top.index);
      done.add(top.index);
      path.pop();
    } else if (open.has(next.value)) {
      const start = path.findIndex((step) => step.index === next.value);
      return [...path.slice(start).map((step) => step.index), next.value];
    } else if (!done.has(next.value)) {
      enter(next.value);
    }
  }
  return undefined;
}

/** Callees before callers. Defined only for a graph without cycles. */
export function calleesFirst(graph: CallGraph): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  for (const root of graph.keys()) {
    const stack = [{ index: root, entered: false }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (top.entered) order.push(top.index);
      else if (!seen.has(top.index)) {
        seen.add(top.index);
        stack.push({ index: top.index, entered: true });
        for (const callee of graph.get(top.index) ?? []) {
          if (!seen.has(callee)) stack.push({ index: callee, entered: false });
        }
      }
    }
  }
  return order;
}
