// Verifies a compiled module: the last look before it is signed.

import { type Refusal, VerifyError, WasmError } from "../errors.ts";
import { callGraph } from "./call-graph.ts";
import type { WasmModule } from "./module.ts";
import { parseModule } from "./parse.ts";
import type { Limits } from "./rules/rule.ts";
import { RULES } from "./rules.ts";
import { type StackUse, worstStack } from "./stack.ts";

/** The part of the engine that is used here; `lib` has no types for it without a DOM. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object };

/**
 * Checks a module against all rules and returns its worst case of stack.
 * @param name names the module in messages
 * @throws VerifyError with every refusal, each naming the function where one is at fault
 */
export function verify(name: string, wasm: Uint8Array, limits: Limits): StackUse {
  const module = parse(name, wasm);
  const graph = callGraph(module);
  const refusals: Refusal[] = RULES.flatMap(({ name: rule, rule: check }) =>
    check({ module, graph, limits }).map((finding) => ({ ...finding, rule })),
  );
  if (refusals.length > 0) throw new VerifyError(name, refusals);
  return worstStack(module, graph, limits.role);
}

/** Parses with our own eyes first, then lets V8 check the types, which our parser does not. */
function parse(name: string, wasm: Uint8Array): WasmModule {
  const refuse = (reason: string): VerifyError =>
    new VerifyError(name, [{ rule: "known format", reason }]);
  let module: WasmModule;
  try {
    module = parseModule(wasm);
  } catch (error) {
    if (!(error instanceof WasmError)) throw error;
    throw refuse(error.message);
  }
  try {
    new WebAssembly.Module(wasm);
  } catch (error) {
    throw refuse(`is not valid WebAssembly: ${(error as Error).message}`);
  }
  return module;
}
