// Reads a scenario: the YAML file that says what is done to a card while its power is cut, or worn out.

import { readFileSync } from "node:fs";
import * as v from "valibot";
import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { INTERFACE_CONTACT, INTERFACE_CONTACTLESS } from "../../runtime/spec/chip.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import type { BytesText } from "./bytes-text.ts";
import { ScenarioError } from "./errors.ts";
import {
  type KeySet,
  type PackageSource,
  scenarioSchema,
  type WrittenScenario,
  type WrittenStep,
} from "./scenario-schema.ts";

/** What a step does. */
export type Action =
  | { readonly kind: "reset"; readonly line: number }
  | { readonly kind: "channel"; readonly keys: KeySet; readonly level: number }
  | CommandAction;

export interface CommandAction {
  readonly kind: "command";
  /** Whole commands, sent one after the other; with `data` the header of one. */
  readonly commands: readonly BytesText[];
  readonly data?: BytesText | undefined;
  readonly le?: number | undefined;
  /** The package whose load file's blocks are the data, `blockBytes` in each. */
  readonly loadFile?: string | undefined;
  readonly blockBytes: number;
  /** Whether it goes through the secure channel. */
  readonly secure: boolean;
  /** Status word of the last command; those before it end with 9000. */
  readonly status: number;
  /** Status words that any of them may end with as well. */
  readonly tolerated: readonly number[];
}

export interface Step {
  readonly name: string;
  /** Where it stands in the scenario, for messages. */
  readonly place: Place;
  readonly action: Action;
  /** Whether the power is cut in it. */
  readonly sweep: boolean;
  /** Logical states of the store that it passes through, the first and the last counted. */
  readonly states: number;
  readonly repeat: number;
  /** Repeated until this many pages were erased since the chip was made, `repeat` times at most. */
  readonly untilErases?: number | undefined;
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly path: string;
}

export interface Scenario {
  readonly file: string;
  /** Packages that the steps load, by name. */
  readonly packages: Readonly<Record<string, PackageSource>>;
  /** Brings a blank of the image to where the steps begin; the power stays. */
  readonly start: readonly Step[];
  /** Commands of which a sound card answers one with 9000 right after a reset. */
  readonly alive: readonly Uint8Array[];
  readonly steps: readonly Step[];
  /** Steps behind these that leave a card of no use; `wear` does not do them. */
  readonly end: readonly Step[];
  /** What `wear` does again and again. */
  readonly cycle: readonly Step[];
}

const MOST_REPEATS = 1_000_000;

type Path = readonly (string | number)[];

/** Reads a scenario from a file. Throws `ScenarioError` with the path in the scenario and the line. */
export function readScenario(file: string): Scenario {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch {
    throw new ScenarioError(file, 0, "", "cannot be read; give a scenario such as reference.yaml");
  }
  return parseScenario(content, file);
}

/** Reads a scenario from its text. Throws `ScenarioError` as `readScenario` does. */
export function parseScenario(content: string, file: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const place = (path: Path): Place => {
    const line = lines.linePos(offsetOf(document, path)).line;
    return { file, line, path: path.join(".") };
  };
  const fail = ({ line, path }: Place, reason: string): never => {
    throw new ScenarioError(file, line, path, reason);
  };
  const [syntax] = document.errors;
  if (syntax) {
    fail({ file, line: lines.linePos(syntax.pos[0]).line, path: "" }, firstLine(syntax.message));
  }
  const result = v.safeParse(scenarioSchema, plainContent(document, file));
  if (!result.success) {
    const issue = result.issues[0];
    const path = (issue.path ?? []).map((item) => item.key as string | number);
    return fail(place(path), reason(issue));
  }
  const written = result.output;
  const read = (list: "start" | "steps" | "end" | "cycle"): Step[] =>
    written[list].map((step, index) => {
      const at = place([list, index]);
      const action = actionOf(step, written, (why) => fail(at, `${step.name}: ${why}`));
      const { name, states, untilErases } = step;
      const isSwept = list === "steps" || list === "end";
      const sweep = isSwept && (step.sweep ?? action.kind === "command");
      if (!isSwept && step.sweep === true) fail(at, `${name}: only steps are swept`);
      if (sweep && (step.repeat ?? untilErases) !== undefined) {
        fail(at, `${name}: what is swept is not repeated`);
      }
      const repeat = step.repeat ?? (untilErases === undefined ? 1 : MOST_REPEATS);
      return { name, place: at, action, sweep, states, repeat, untilErases };
    });
  const scenario = { file, alive: written.alive, packages: written.packages };
  const lists = { start: read("start"), steps: read("steps"), end: read("end") };
  const whole = { ...scenario, ...lists, cycle: read("cycle") };
  const names = new Set<string>();
  for (const { name, place: at } of sweptSteps(whole)) {
    if (names.has(name)) fail(at, `${name}: two steps that are swept have this name`);
    names.add(name);
  }
  return whole;
}

/** The steps that the power is cut in. */
export function sweptSteps({ steps, end }: Pick<Scenario, "steps" | "end">): Step[] {
  return [...steps, ...end].filter(({ sweep }) => sweep);
}

function plainContent(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    const why = "aliases (*name) are not used in scenarios; write it out";
    throw new ScenarioError(file, 0, "", why);
  }
}

function actionOf(
  step: WrittenStep,
  { keys, packages }: WrittenScenario,
  fail: (reason: string) => never,
): Action {
  const { reset, channel, command, loadFile, blockBytes, secure, data, le, tolerated } = step;
  if ([reset, channel, command].filter((one) => one !== undefined).length !== 1) {
    return fail("a step has one of reset, channel and command");
  }
  if (command === undefined && (data ?? le ?? loadFile ?? step.status) !== undefined) {
    return fail("data, le, loadFile and status belong to a command");
  }
  if (reset !== undefined) {
    const line = reset === "contact" ? INTERFACE_CONTACT : INTERFACE_CONTACTLESS;
    return { kind: "reset", line };
  }
  if (channel !== undefined) {
    const set = keys[channel.keys];
    if (set === undefined) return fail(`there is no key set ${channel.keys} among the keys`);
    return { kind: "channel", keys: set, level: channel.level };
  }
  const { list, texts } = command as NonNullable<typeof command>;
  if (list && (data ?? le ?? loadFile) !== undefined) {
    return fail("data, le and loadFile go with a single command");
  }
  if (data !== undefined && loadFile !== undefined) return fail("has data and a loadFile");
  if (loadFile !== undefined && packages[loadFile] === undefined) {
    return fail(`there is no package ${loadFile} among the packages`);
  }
  const status = step.status ?? SW_SUCCESS;
  const words = { status, tolerated };
  return { kind: "command", commands: texts, data, le, loadFile, blockBytes, secure, ...words };
}

function reason(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== "strict_object") return issue.message;
  if (issue.expected === "never") return "is no field that a scenario has; check its spelling";
  return issue.received === "undefined" ? "is missing" : "must be a group of fields";
}

/** Offset of a place in the scenario; of the nearest group around it if the place is missing. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === last);
      if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, length), true) as { range?: number[] } | undefined;
    if (node?.range?.[0] !== undefined) return node.range[0];
  }
  return 0;
}

function firstLine(message: string): string {
  return (message.split("\n")[0] as string).replace(/:$/, "");
}
