// The model's operations as calls of a probe, and what a card holds in the model's words.

import type { Card } from "../../../../emulator/card.ts";
import {
  CARD_COUNTER_CREATE,
  CARD_COUNTER_READ,
  CARD_COUNTER_UP,
  CARD_OBJECT_CREATE,
  CARD_OBJECT_DELETE,
  CARD_OBJECT_RESIZE,
  CARD_OBJECT_SIZE,
  CARD_OBJECT_WRITE_COMMAND,
  CARD_REPLY_OBJECT,
  CARD_TRANSACTION_ABORT,
  CARD_TRANSACTION_BEGIN,
  CARD_TRANSACTION_COMMIT,
} from "../../../../runtime/spec/card-api.ts";
import { hex } from "../../../helpers/bytes.ts";
import {
  type Call,
  type Change,
  PROBE_AIDS,
  payloadAt,
  perform,
  selectProbe,
} from "../../probe.ts";
import { COUNTER_BYTES, COUNTERS, NUMBERS, type Operation, type Step } from "./model.ts";

const READ_AT_ONCE = 900;

/** Objects that the kernel of a probe card has itself: a row for each instance, and that they are all there. */
export const KERNEL_OBJECTS: number = PROBE_AIDS.length + 1;

// What no applet can ask: doors that the tests' own kernels have. They name the caller's objects.
/** All are deleted. */
export const WIPE = 0x17;
/** How many there are, and the chunks that are promised to them; with a = 1 slots written. */
export const COUNT_OF = 0x1b;
export const PROMISED_TO = 0x1f;
export const WITH_DOORS: readonly Change[] = [
  {
    file: "runtime/kernel/card-api/store.ts",
    from: "  switch (operation) {",
    to: `  if (operation == ${WIPE}) return objects.removeAllOf(instance);
  if (operation == ${COUNT_OF}) return objects.countOf(instance);
  if (operation == ${PROMISED_TO} && a == 1) return objects.slotsWritten() as i32;
  if (operation == ${PROMISED_TO}) return objects.promisedTo(instance);
  switch (operation) {`,
  },
  // Quotas stand before the store, and would keep the tests from filling it.
  {
    file: "runtime/kernel/work.ts",
    from: "const quota = registry.quotaOf(instance);",
    to: "if (chunks >= 0) return true;\n  const quota = registry.quotaOf(instance);",
  },
];

/** The same operation as a script for the probe. */
export function scriptOf({ steps }: Operation): { calls: Call[]; payload: Uint8Array } {
  const payload: number[] = [];
  const calls = steps.map((step) => {
    const from = payloadAt(steps.length) + payload.length;
    if (step.kind === "write") payload.push(...step.data);
    return callOf(step, from);
  });
  return { calls, payload: Uint8Array.from(payload) };
}

/** A step as a call; the data of a write lie at `from` in the command. */
function callOf(step: Step, from: number): Call {
  switch (step.kind) {
    case "begin":
      return [CARD_TRANSACTION_BEGIN];
    case "commit":
      return [CARD_TRANSACTION_COMMIT];
    case "abort":
      return [CARD_TRANSACTION_ABORT];
    case "create":
      return [CARD_OBJECT_CREATE, step.number, step.size];
    case "delete":
      return [CARD_OBJECT_DELETE, step.number];
    case "write":
      return [CARD_OBJECT_WRITE_COMMAND, step.number, step.at, from, step.data.length];
    case "resize":
      return [CARD_OBJECT_RESIZE, step.number, step.size];
    case "count":
      return [CARD_COUNTER_CREATE, step.number];
    case "up":
      return [CARD_COUNTER_UP, step.number];
    case "wipe":
      return [WIPE];
  }
}

/** What a card really holds, in the words of `Model.toString`. */
export function contentsOf(card: Card): string {
  const lines: string[] = [];
  for (let probe = 0; probe < 2; probe++) {
    selectProbe(card, probe);
    const numbers = Array.from({ length: NUMBERS }, (_, number) => number);
    const sizes = perform(
      card,
      numbers.map((number): Call => [CARD_OBJECT_SIZE, number]),
    ).results;
    for (const number of numbers) {
      const size = sizes[number]!;
      if (size < 0) continue;
      let content = "";
      for (let at = 0; at < size; at += READ_AT_ONCE) {
        const length = Math.min(READ_AT_ONCE, size - at);
        content += hex(perform(card, [[CARD_REPLY_OBJECT, number, at, length]]).data);
      }
      lines.push(`${probe}:${number} ${content}`);
    }
    lines.push(...countersOf(card, probe));
  }
  return lines.sort().join("\n");
}

function countersOf(card: Card, probe: number): string[] {
  const numbers = Array.from({ length: COUNTERS }, (_, index) => NUMBERS + index);
  const calls = numbers.map((number): Call => [CARD_COUNTER_READ, number]);
  return perform(card, calls).results.flatMap((value, index) => {
    if (value < 0) return [];
    const bytes = new Uint8Array(COUNTER_BYTES);
    new DataView(bytes.buffer).setUint32(0, value, true);
    return [`${probe}:${numbers[index]} ${hex(bytes)}`];
  });
}
