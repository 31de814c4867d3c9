// Runs each transcript of this folder on the card that it is about.

import { readdirSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Card } from "../../emulator/card.ts";
import { cardWithFiles } from "../applets/filesystem/file-tree.ts";
import { socialCard } from "../applets/social-security/social-card.ts";
import { freshCard } from "../helpers/card.ts";
import { parseTranscript, runTranscript } from "../helpers/transcript.ts";

const CARDS: Readonly<Record<string, () => Promise<Card>>> = {
  "blank-card": freshCard,
  "file-system-tour": cardWithFiles,
  "terminal-reads-social-security-card": socialCard,
  "verify-blocks-after-three": socialCard,
};

const folder = new URL("./", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".apdu"));
const tests = suite("transcripts");

tests("every transcript has its card, every card its transcript", () => {
  assert.equal(names.map((name) => name.replace(".apdu", "")).sort(), Object.keys(CARDS).sort());
});

for (const [name, makeCard] of Object.entries(CARDS)) {
  tests(name.replaceAll("-", " "), async () => {
    const file = `test/transcripts/${name}.apdu`;
    const text = readFileSync(new URL(`${name}.apdu`, folder), "utf8");
    assert.ok(runTranscript(await makeCard(), file, text) > 5);
  });
}

tests("a transcript that differs, or proves nothing, fails with its line", async () => {
  const card = await freshCard();
  const faults: [string, RegExp][] = [
    ["", /x:1: no command/],
    ["# nothing\nreset\n", /x:1: no command/],
    [">> 00A4\n", /x:1: the last command has no response/],
    [">> 00A4\n>> 00A4\n<< 9000", /x:2: the command before/],
    [">> 00A4\nreset", /x:2: the command before/],
    ["<< 9000", /x:1: a response without a command/],
    [">> 00A\n<< 9000", /x:1: not hex/],
    [">> 00A4\n<< 90", /x:2: a response ends with a status word/],
    ["go", /x:1: "go" is neither/],
    ["\n>> 00A40400 00\n<< 6985", /x:2: 00a4040000: expected 6985, got 6f10/],
    [">> 00A40400 00\n<< .. 6985", /expected \.\. 6985/],
    [">> 00A40400 00\n<< 9000", /expected 9000/],
  ];
  for (const [text, message] of faults) {
    assert.throws(() => runTranscript(card, "x", text), message);
  }
  assert.equal(parseTranscript("x", ">> 00 A4 \\\n 0400 # why\n<< .. 9000"), [
    { line: 1, command: "00a40400", response: "9000", anyData: true },
  ]);
});

tests.run();
