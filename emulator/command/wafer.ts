#!/usr/bin/env node
// The `wafer` command: one verb, one file beside this one.

import { Command, CommanderError } from "commander";
import * as apdu from "./apdu.ts";
import * as build from "./build.ts";
import * as ca from "./ca.ts";
import * as remove from "./delete.ts";
import * as desk from "./desk.ts";
import * as enrol from "./enrol.ts";
import { fail, USAGE_EXIT, watchOutput } from "./fail.ts";
import * as inspect from "./inspect.ts";
import * as install from "./install.ts";
import * as issue from "./issue.ts";
import * as list from "./list.ts";
import * as load from "./load.ts";
import * as lock from "./lock.ts";
import * as login from "./login.ts";
import * as begin from "./new.ts";
import * as newPin from "./new-pin.ts";
import * as pack from "./package.ts";
import { version } from "./project.ts";
import * as read from "./read.ts";
import * as reportLost from "./report-lost.ts";
import * as run from "./run.ts";
import * as sampleBatch from "./sample-batch.ts";
import * as sampleKeystore from "./sample-keystore.ts";
import * as tear from "./tear.ts";
import * as wear from "./wear.ts";

const VERBS = [
  ...[build, inspect, begin, pack],
  ...[run, apdu, list, load, install, remove, lock],
  ...[issue, read, desk, sampleBatch, sampleKeystore],
  ...[ca, enrol, login, newPin, reportLost],
  ...[tear, wear],
];

function program(): Command {
  const wafer = new Command("wafer")
    .description(
      "Card operating system toolkit: build chip images, run them, issue and read cards.",
    )
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageLine(text)) });
  for (const verb of VERBS) verb.define(wafer);
  wafer.addHelpText(
    "after",
    `
A first session:
  $ wafer build -o card.wafer
  $ wafer sample-batch -n 3 --seed 1 -o sample
  $ wafer sample-keystore -o sample/keystore.json
  $ wafer issue social-security sample/batch.csv --image card.wafer \\
      --keystore sample/keystore.json -o issued
  $ wafer read issued/cards/W00000003.card --keystore sample/keystore.json

Exit codes: 0 done, 1 refused or failed (one line says what, where and what to
do), 2 wrong usage.`,
  );
  return wafer;
}

/** Commander's complaint as one line, like every other of ours. */
function usageLine(text: string): string {
  const complaint = text
    .replace(/^error: /, "")
    .replace(/^unknown option '-[^-].*/, "$&; a value that begins with a hyphen stands behind --")
    .trim()
    .replaceAll("\n", " ");
  const advice = "dd --help for what it takes, with an example";
  return `wafer: ${complaint}${/[.?)]$/.test(complaint) ? " A" : "; a"}${advice}\n`;
}

watchOutput();
try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT;
  } else {
    process.exitCode = await fail(error);
  }
}
