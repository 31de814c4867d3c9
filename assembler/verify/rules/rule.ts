// What a rule of the verifier is.

import type { Refusal } from "../../errors.ts";
import type { CallGraph } from "../call-graph.ts";
import type { Role } from "../imports.ts";
import type { WasmModule } from "../module.ts";

/** What a module may use. Sizes in bytes. */
export interface Limits {
  readonly role: Role;
  readonly ramBytes: number;
  readonly stackBytes: number;
  /** Static data as the compiler counted them, zeros included; 0 if it is not known. */
  readonly dataBytes: number;
}

/** One finding, without the rule's name. */
export type Finding = Omit<Refusal, "rule">;

export interface Subject {
  readonly module: WasmModule;
  readonly graph: CallGraph;
  readonly limits: Limits;
}

/** Looks at a module and names what it refuses; an empty list is consent. */
export type Rule = (subject: Subject) => Finding[];
