// A card that plays back a script: each command must be the one expected, or the test ends at once.

import { bytes, hex } from "../../../personalization/bytes.ts";
import type { Card } from "../../../personalization/card.ts";

export class ScriptedCard implements Card {
  readonly #steps: (readonly [command: string, response: string])[];

  constructor(steps: readonly (readonly [command: string, response: string])[]) {
    this.#steps = [...steps];
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const step = this.#steps.shift();
    if (step === undefined) throw new Error(`script ended before ${hex(command)}`);
    if (step[0] !== hex(command)) throw new Error(`expected ${step[0]}, got ${hex(command)}`);
    return bytes(step[1]);
  }

  async reset(): Promise<Uint8Array> {
    return bytes("3B00");
  }

  get left(): number {
    return this.#steps.length;
  }
}
