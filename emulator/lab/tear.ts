// The sweep of a whole scenario: every step that writes, every operation of it, every way to tear.

import type { Image } from "../../assembler/image/types.ts";
import { Card, type Snapshot } from "../card.ts";
import { ScenarioError } from "./errors.ts";
import { StateReader } from "./logical-state.ts";
import type { Scenario } from "./scenario.ts";
import { type Host, Session } from "./session.ts";
import { Sweep, type SweptStep, type Violation } from "./sweep.ts";

export interface TearOptions {
  readonly seed: number;
  /** Random ways to tear are added until this many cuts were made. */
  readonly minCuts: number;
  /** Only the step of this name. */
  readonly step?: string | undefined;
  /** Only this memory operation of it. */
  readonly cut?: number | undefined;
  readonly onProgress?: (cuts: number) => void;
}

export interface StepResult {
  readonly name: string;
  readonly operations: number;
  readonly states: number;
  readonly cuts: number;
  readonly violations: number;
}

export interface TearResult {
  readonly steps: readonly StepResult[];
  readonly cuts: number;
  readonly violations: readonly Violation[];
}

/** A short step runs out of new ways to tear. */
const MOST_ROUNDS = 2000;

/**
 * Sweeps the steps of a scenario. `ScenarioError` when the card does not answer as it says, or nothing
 * would be cut.
 */
export async function tear(
  image: Image,
  scenario: Scenario,
  host: Host,
  options: TearOptions,
): Promise<TearResult> {
  const { seed, minCuts, step, cut: only, onProgress } = options;
  const card = Card.boot(image, { seed });
  const recorded = await record(card, scenario, host);
  const chosen = step === undefined ? recorded : recorded.filter((one) => one.step.name === step);
  if (chosen.length === 0) {
    const names = recorded.map((one) => one.step.name).join(", ");
    const why = step === undefined ? "sweeps no step" : `sweeps no step "${step}"; it has ${names}`;
    throw new ScenarioError(scenario.file, 0, "steps", why);
  }
  const most = Math.max(...chosen.map(({ operations }) => operations));
  if (only !== undefined && only >= most) {
    const { name, place } = (chosen[0] as SweptStep).step;
    const why = `${name}: there is no operation ${only} to cut, only 0 to ${most - 1}`;
    throw new ScenarioError(place.file, place.line, place.path, why);
  }
  const sweepOptions = { seed, alive: scenario.alive, only };
  const reader = new StateReader(image.manifest.chip);
  const sweeps = chosen.map((one) => new Sweep(card, one, sweepOptions, reader));
  let cuts = 0;
  for (let round = 0; round < MOST_ROUNDS && cuts < minCuts; round++) {
    for (const sweep of sweeps) {
      const before = sweep.cuts;
      sweep.round(round);
      cuts += sweep.cuts - before;
      onProgress?.(cuts);
      // The first round is always whole: every operation is cut.
      if (round > 0 && cuts >= minCuts) break;
    }
  }
  const violations = sweeps.flatMap((one) => one.violations);
  return { steps: sweeps.map(resultOf), cuts, violations };
}

function resultOf({ swept, passed, cuts, violations }: Sweep): StepResult {
  const { step, operations } = swept;
  return { name: step.name, operations, states: passed, cuts, violations: violations.length };
}

/** Does the scenario once, uncut. */
async function record(card: Card, scenario: Scenario, host: Host): Promise<SweptStep[]> {
  const session = new Session(card, host);
  await session.start(scenario);
  const recorded: SweptStep[] = [];
  const { steps, end } = scenario;
  let used: Snapshot | undefined;
  for (const [index, step] of [...steps, ...end].entries()) {
    if (index === steps.length) used = card.snapshot();
    // A card has more than one end: a reset among them begins with the card that the steps left.
    if (used !== undefined && step.action.kind === "reset") card.restore(used);
    const before = card.snapshot();
    const commands = await session.run(step);
    const operations = card.memory.operations - before.memory.operations;
    if (!step.sweep) continue;
    if (operations === 0) {
      const { file, line, path } = step.place;
      const why = `${step.name}: writes nothing, so there is nothing to cut; say sweep: false`;
      throw new ScenarioError(file, line, path, why);
    }
    recorded.push({ index, step, before, commands, operations });
  }
  return recorded;
}
