// From the sources of one module to its verified code.

import { compileCached } from "./compiler/cache.ts";
import type { CompileRequest } from "./compiler/compile.ts";
import { stripCustomSections } from "./strip.ts";
import type { Role } from "./verify/imports.ts";
import { verify } from "./verify/verify.ts";

/** What to compile, and what it may use. */
export interface ModuleRequest extends CompileRequest {
  readonly role: Role;
  readonly stackBytes: number;
}

export interface VerifiedModule {
  /** Without names. */
  readonly wasm: Uint8Array;
  readonly dataBytes: number;
  readonly stackUsedBytes: number;
}

/**
 * Compiles and verifies a module.
 * @param cache folder for compiled modules, undefined for none
 * @throws CompileError, VerifyError or BudgetError
 */
export async function buildModule(
  request: ModuleRequest,
  cache: string | undefined,
): Promise<VerifiedModule> {
  const { name, role, ramBytes, stackBytes } = request;
  const { wasm, dataBytes } = await compileCached(request, cache);
  const { bytes } = verify(name, wasm, { role, ramBytes, stackBytes, dataBytes });
  return { wasm: stripCustomSections(wasm), dataBytes, stackUsedBytes: bytes };
}
