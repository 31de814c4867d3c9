// How an example is run from a command line: options, the place, the story, one line when it fails.

import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, CommanderError, Option } from "commander";
import { BureauError } from "../../../../personalization/errors.ts";
import { fail, USAGE_EXIT, watchOutput } from "../../../command/fail.ts";
import { note, print, printJson, progress } from "../../../command/print.ts";
import { projectRoot } from "../../../command/project.ts";
import { meaningOf } from "../../desk/codes.ts";
import { DeskError } from "../../desk/result.ts";
import type { Generation } from "./issue.ts";
import { Place } from "./place.ts";
import { Story } from "./story.ts";

/** Options of every example. */
export interface CommonOptions {
  folder: string;
  fresh?: boolean;
  generation?: "2" | "3";
  json?: boolean;
}

export interface Example<Options extends CommonOptions> {
  /** Script, as a newcomer types it. */
  readonly name: string;
  readonly description: string;
  readonly help: string;
  /** Options of this example alone. */
  define(command: Command): void;
  run(place: Place, options: Options, story: Story): Promise<void>;
}

/** Runs the example when its script was started, and not when a test imports it. */
export async function runIfStarted<Options extends CommonOptions>(
  script: string,
  example: Example<Options>,
): Promise<void> {
  if (!wasStarted(fileURLToPath(script))) return;
  watchOutput();
  try {
    await commandOf(example).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT;
    else process.exitCode = await fail(speaking(error));
  }
}

/** Whether the command line names the file, by whatever way through links, with its suffix or without. */
function wasStarted(file: string): boolean {
  const started = process.argv[1] ?? "";
  return [started, `${started}.ts`].some((path) => existsSync(path) && realpathSync(path) === file);
}

function commandOf<Options extends CommonOptions>(example: Example<Options>): Command {
  const command = new Command(`npx tsx emulator/terminal/examples/${example.name}.ts`)
    .description(example.description)
    .exitOverride()
    .option("--folder <folder>", "cards, keys, books", join(projectRoot(), "build", "examples"))
    .option("--fresh", "make all of it anew")
    .addOption(new Option("--generation <n>", "of the cards that are made").choices(["2", "3"]))
    .option("--json", "print JSON");
  example.define(command);
  command.addHelpText("after", `\n${example.help}`);
  return command.action((options: Options) => runExample(example, options));
}

/** Sets the place up and tells the story. */
async function runExample<Options extends CommonOptions>(
  example: Example<Options>,
  options: Options,
): Promise<void> {
  const bar = await progress();
  let making = false;
  const place = await Place.open(options.folder, {
    ...(options.fresh === undefined ? {} : { fresh: options.fresh }),
    ...(options.generation === undefined ? {} : { generation: generationOf(options.generation) }),
    onProgress: (what, done, total) => {
      if (!making) note(`Cards, a PSAM, keys and books are made in ${options.folder}`);
      making = true;
      bar.update(done, total, what);
    },
  }).finally(() => bar.stop());
  const story = new Story(options.json ? undefined : print);
  await example.run(place, options, story);
  if (options.json) printJson(story.told);
}

function generationOf(text: "2" | "3"): Generation {
  return text === "3" ? 3 : 2;
}

/** What the reader interface has codes for, as a person reads it. */
export function speaking(error: unknown): unknown {
  if (!(error instanceof DeskError)) return error;
  const { code, message } = error;
  return new BureauError(`${code} ${message}: ${meaningOf(code).english}`, { cause: error });
}
