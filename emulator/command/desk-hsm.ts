// An HSM on the other end of standard input and output: a step's output goes out as a line, the next
// step's pKey comes in as one. Reader specification 2.0, appendix C.

import type { Interface } from "node:readline";
import { createInterface } from "node:readline";
import type { HsmAnswers } from "../terminal/desk/business-system.ts";
import { UsageError } from "./fail.ts";

/** Shows the output of the step of this name to whoever asks the HSM. */
export type ShowStep = (step: string, output: string) => void;

export class LineHsm implements HsmAnswers {
  readonly #name: string;
  readonly #show: ShowStep;
  #reader: Interface | undefined;
  #lines: AsyncIterator<string> | undefined;

  /** `name`: of the function that is called once the basic information is there. */
  constructor(name: string, show: ShowStep) {
    this.#name = name;
    this.#show = show;
  }

  computeReadCardBas(output: string): Promise<string> {
    return this.#ask("iReadCardBas_HSM_Step1", output);
  }

  computeProof(_card: unknown, output: string): Promise<string> {
    return this.#ask(`${this.#name}_HSM_Step1`, output);
  }

  computeMessage(_card: unknown, output: string): Promise<string> {
    return this.#ask(`${this.#name}_HSM_Step2`, output);
  }

  computeDebit(_card: unknown, output: string): Promise<string> {
    return this.#ask(`${this.#name}_HSM_Step1`, output);
  }

  /** Standard input is let go: the process may end. */
  close(): void {
    this.#reader?.close();
  }

  /** `UsageError` when the input ends before the answer. */
  async #ask(step: string, output: string): Promise<string> {
    this.#reader ??= createInterface({ input: process.stdin });
    this.#lines ??= this.#reader[Symbol.asyncIterator]();
    this.#show(step, output);
    const { value, done } = await this.#lines.next();
    if (done) throw new UsageError(`no pKey on standard input after ${step}`);
    return value.trim();
  }
}
