// Uses a card as its holder does, again and again, and counts what the pages of its store suffer.

import type { Image } from "../../assembler/image/types.ts";
import { Card } from "../card.ts";
import { ScenarioError } from "./errors.ts";
import type { Scenario, Step } from "./scenario.ts";
import { type Host, Session } from "./session.ts";

export interface WearOptions {
  readonly cycles: number;
  readonly seed: number;
  /** Erases of a page that the chip promises to bear. */
  readonly eraseCycles: number;
  readonly onProgress?: (done: number) => void;
}

export interface WearResult {
  readonly cycles: number;
  /** Pages of the store, and their erases during the cycles. */
  readonly pages: number;
  readonly worst: number;
  readonly mean: number;
  readonly erasesPerCycle: number;
  /** What the chip promises for each page, and the cycles until the worst page has had them. */
  readonly eraseCycles: number;
  readonly life: number;
}

/** A step of the cycle as it goes over the line, and how it ended the first time. */
interface Played {
  readonly step: Step;
  readonly reset?: number | undefined;
  readonly commands: readonly Uint8Array[];
  readonly endings: readonly number[];
}

/**
 * Every so many cycles a reset is a power-off: recovery reads the whole log, which takes longer than
 * all the rest of a cycle, and after whole commands it erases nothing. The others are warm resets. A
 * prime, so that it falls on every slot of a page.
 */
const POWER_OFF_EVERY = 17;
/** Cycles between two words about the progress. */
const REPORT = 500;

/**
 * Brings a blank through start and steps of the scenario, then does its cycle `cycles` times. `ScenarioError` when the card does not answer as it says.
 */
export async function wear(
  image: Image,
  scenario: Scenario,
  host: Host,
  { cycles, seed, eraseCycles, onProgress }: WearOptions,
): Promise<WearResult> {
  if (scenario.cycle.length === 0) {
    throw new ScenarioError(scenario.file, 0, "cycle", "there is none, so there is nothing to do");
  }
  const card = Card.boot(image, { seed });
  const session = new Session(card, host);
  await session.start(scenario);
  for (const step of scenario.steps) await session.run(step);
  const played = await firstCycle(session, scenario);
  const { memory } = card;
  const pages = image.manifest.chip.pageCount;
  const before = memory.erases.slice(0, pages);
  for (let done = 1; done <= cycles; done++) {
    for (const one of played) replay(card, one, done);
    if (done % REPORT === 0) onProgress?.(done);
  }
  const erases = Array.from(before, (count, page) => (memory.erases[page] as number) - count);
  const total = erases.reduce((sum, count) => sum + count, 0);
  const worst = Math.max(...erases);
  return {
    cycles,
    pages,
    worst,
    mean: total / pages,
    erasesPerCycle: total / cycles,
    eraseCycles,
    life: worst === 0 ? Number.POSITIVE_INFINITY : Math.floor((eraseCycles * cycles) / worst),
  };
}

/** Does the cycle once as the scenario says it, and writes down what goes over the line. */
async function firstCycle(session: Session, scenario: Scenario): Promise<Played[]> {
  const played: Played[] = [];
  for (const step of scenario.cycle) {
    const endings: number[] = [];
    const commands = await session.run(step, (response) => endings.push(endingOf(response)));
    const reset = step.action.kind === "reset" ? step.action.line : undefined;
    played.push({ step, reset, commands, endings });
  }
  return played;
}

function replay(card: Card, { step, reset, commands, endings }: Played, cycle: number): void {
  if (reset !== undefined) {
    if (cycle % POWER_OFF_EVERY === 0) card.powerOff();
    card.reset(reset);
  }
  for (let at = 0; at < commands.length; at++) {
    const ending = endingOf(card.exchange(commands[at] as Uint8Array));
    if (ending === endings[at]) continue;
    const { file, line, path } = step.place;
    const words = [ending, endings[at] as number].map((one) => one.toString(16).toUpperCase());
    const why = `in cycle ${cycle} the card answers ${words[0]}, in the first ${words[1]}`;
    throw new ScenarioError(file, line, path, `${step.name}: ${why}; a cycle must repeat`);
  }
}

function endingOf(response: Uint8Array): number {
  return ((response.at(-2) ?? 0) << 8) | (response.at(-1) ?? 0);
}
