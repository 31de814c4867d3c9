// What the command says of itself, and that every example in it works as it stands.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULT_RUN, examplesOf, verbsOf } from "./examples.ts";
import { done, type Ran, refused, Workshop } from "./workshop.ts";

const help = suite("wafer --help");
let shop: Workshop;
let verbs: string[];

help.before(async () => {
  shop = await Workshop.open();
  verbs = verbsOf(done(await shop.wafer(["--help"])));
});
help.after(() => shop.close());

help("names the verbs of the product", () => {
  for (const verb of ["build", "inspect", "run", "apdu", "issue", "read", "tear", "wear"]) {
    assert.ok(verbs.includes(verb), `no ${verb} among ${verbs}`);
  }
});

help("every verb has --help with an example, no line wider than a terminal", async () => {
  assert.ok(verbs.length >= 8, `hardly any verb: ${verbs}`);
  for (const verb of verbs) {
    const ran = await shop.wafer([verb, "--help"]);
    const text = done(ran);
    assert.is(ran.err, "");
    assert.match(text, /^Example:$/m, verb);
    assert.match(text, /--json/, verb);
    assert.not.match(text, /default: \[\]/, verb);
    assert.is(await shop.wafer(["help", verb]).then(({ out }) => out), text);
    for (const line of text.split("\n")) assert.ok(line.length <= 80, `${verb}: ${line}`);
  }
});

help("every example runs as it stands", async () => {
  const run = async (line: string): Promise<Ran> => {
    const ran = await shop.shell(line);
    assert.is(ran.exit, 0, `${line}\n${ran.out}${ran.err}`);
    return ran;
  };
  const examples = async (verb: string) => {
    const text = done(await shop.wafer([verb, "--help"]));
    const found = examplesOf(text).filter((line) => line.includes("wafer "));
    assert.ok(found.length > 0, `${verb} has no example`);
    return found;
  };
  // The session on the front page makes what the verbs' own examples speak of.
  for (const line of examplesOf(done(await shop.wafer(["--help"])))) await run(line);
  const card = shop.bytes("card.wafer");
  for (const line of await examples("build")) await run(line);
  for (const line of await examples("inspect")) await run(line);
  shop.write("card.wafer", card);
  for (const line of await examples("apdu")) await run(line);
  for (const verb of ["new", "package", "load", "list", "install", "delete", "lock", "unlock"]) {
    for (const line of await examples(verb)) await run(line);
  }
  for (const line of await examples("sample-batch")) await run(line.replace("1000000", "5"));
  await shop.shell("rm keystore.json");
  for (const line of await examples("sample-keystore")) await run(line);
  await shop.shell("cp sample/keystore.json .");
  for (const line of await examples("issue")) await run(line);
  for (const line of await examples("read")) await run(line);
  assert.ok(shop.bytes("face.jpg").length > 1000);
  for (const line of await examples("desk")) await run(line);
  for (const verb of ["ca", "enrol", "login", "new-pin", "report-lost"]) {
    for (const line of await examples(verb)) await run(line.replace("WAFER_PASSPHRASE=trial ", ""));
  }
  // The verbs of the laboratory work for as long as they are told to.
  for (const line of await examples("tear")) await run(`${line} --min-cuts 200`);
  for (const line of await examples("wear")) await run(line.replace("100000", "100"));
  for (const line of await examples("run")) {
    if (!DEFAULT_RUN.test(line)) await run(line);
    // Nobody listens there, whatever runs on this machine.
    else refused(await shop.shell(line.replace(DEFAULT_RUN, "--vpcd 127.0.0.1:1")), 1, /vpcd 127/);
  }
});

help("prints its version", async () => {
  assert.match(done(await shop.wafer(["--version"])), /^\d+\.\d+\.\d+\n$/);
});

help("without a verb: the same help on standard error, wrong usage", async () => {
  const ran = await shop.wafer([]);
  assert.is(ran.exit, 2);
  assert.is(ran.out, "");
  assert.is(ran.err, done(await shop.wafer(["--help"])));
});

help("--help loads the command line and nothing that works", () => {
  const { inputs, outputs } = shop.metafile;
  const reached = new Set<string>();
  const pending = ["emulator/command/wafer.ts"];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const { path, kind, external } of inputs[file]?.imports ?? []) {
      if (kind === "import-statement") pending.push(external ? `package ${path}` : path);
    }
  }
  const foreign = [...reached].filter((file) => !file.startsWith("emulator/command/"));
  assert.equal(
    foreign.filter((file) => !file.startsWith("package node:")).sort(),
    // Besides the command line itself, the words for system errors: a leaf that imports nothing.
    ["package commander", "personalization/files/system-reason.ts"],
  );
  // The test sees what is loaded late, too: else it proves nothing.
  assert.ok(Object.keys(inputs).some((file) => file.startsWith("assembler/")));
  assert.ok(Object.keys(outputs).length > 10, "the bundle is not split");
});

help.run();
