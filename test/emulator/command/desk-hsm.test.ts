// wafer desk --hsm: the card library stands on the other end of standard input and output.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type CardLibrary,
  type LibraryCard,
  libraryCardOf,
} from "../../../emulator/terminal/desk/hsm.ts";
import { libraryOf } from "../terminal/desk/desk-cards.ts";
import { done, type Ran, refused, Workshop } from "./workshop.ts";

const desk = suite("wafer desk --hsm");
let shop: Workshop;
let file = "";
let library: CardLibrary;

desk.before(async () => {
  shop = await Workshop.open(1);
  [file = ""] = await shop.issue();
  library = libraryOf((await shop.keystore("keystore.json")).service());
});
desk.after(() => shop.close());

/** What an integrator's program does: it knows the names of the steps and the strings, nothing else. */
async function answered(...args: string[]): Promise<Ran & { steps: string[] }> {
  const line = [shop.path("bin/wafer.js"), "desk", ...args, "--card", file, "--hsm"];
  const env = { ...process.env, WAFER_PIN: "123456", WAFER_NEW_PIN: "654321" };
  const child = spawn(process.execPath, line, { cwd: shop.folder, env });
  let [out, err] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const closed = once(child, "close");
  const steps: string[] = [];
  let card: LibraryCard | undefined;
  for await (const text of createInterface({ input: child.stdout })) {
    const [, step = "", output = ""] = /^(i\w+_HSM_Step[12]) (.*)$/.exec(text) ?? [];
    if (step === "") {
      out += `${text}\n`;
      continue;
    }
    steps.push(step);
    if (step.startsWith("iReadCardBas")) card = libraryCardOf(output);
    child.stdin.write(`${await answerTo(step, output, card!)}\n`);
  }
  // Its standard input is still open: the process ends all the same.
  const [exit] = await closed;
  return { exit, out, err, steps };
}

function answerTo(step: string, output: string, card: LibraryCard): Promise<string> {
  if (step.startsWith("iReadCardBas")) return library.computeReadCardBas(output);
  if (step.startsWith("iDoDebit")) return library.computeDebit(card, output);
  if (step.endsWith("2")) return library.computeMessage(card, output);
  return library.computeProof(card, output);
}

desk("another program's answers read the card", async () => {
  const ran = await answered("iReadCardBas");
  assert.is(done(ran).split("|").length, 12);
  assert.equal(ran.steps, ["iReadCardBas_HSM_Step1"]);
  assert.is(ran.err, "");
});

desk("a function that names the card: the basic information's steps come first", async () => {
  const written = await answered(
    "iWriteCard",
    "DF01EF08|2B|$DF01EF07|29|$",
    "DF01EF08|2|$DF01EF07|3|$",
  );
  assert.is(done(written), "");
  const write = "iWriteCard_HSM_Step1";
  assert.equal(written.steps, ["iReadCardBas_HSM_Step1", write, write]);
  const read = await answered("iReadCard", "DF01EF08|2B|$DF01EF07|29|$", "--auth", "2");
  assert.is(done(read), "DF01EF08|2|$DF01EF07|3|$\n");
});

desk("a purchase, and a new PIN in three steps", async () => {
  const paid = await answered("iDoDebit", "1.00|0.00|20271123101500|");
  assert.match(done(paid), /^[0-9A-F]{8}\|03\|00B5\|/);
  const reloaded = await answered("iReloadPIN");
  done(reloaded);
  assert.equal(reloaded.steps.slice(1), ["iReloadPIN_HSM_Step1", "iReloadPIN_HSM_Step2"]);
});

desk("answers that are none, or do not come, end it", async () => {
  const call = (args: string[], input = "") =>
    shop.wafer(["desk", "iReadCardBas", "--card", file, ...args], { input });
  const nothing = await call(["--hsm"]);
  assert.is(nothing.exit, 2);
  assert.match(nothing.err, /^wafer: no pKey on standard input after iReadCardBas_HSM_Step1\n$/);
  const nonsense = await call(["--hsm"], "nonsense\n");
  assert.is(nonsense.exit, 1);
  assert.match(nonsense.err, /iReadCardBas: -23 /);
  const both = await call(["--hsm", "--keystore", "keystore.json"]);
  refused(both, 2, /either by --hsm or by --keystore/);
});

desk("with --json each step is a line of JSON", async () => {
  const { out } = await shop.wafer(["desk", "iReadCardBas", "--card", file, "--hsm", "--json"]);
  const { step, output } = JSON.parse(out.split("\n")[0]!);
  assert.is(step, "iReadCardBas_HSM_Step1");
  assert.is(output.split("|").length, 9);
});

desk.run();
