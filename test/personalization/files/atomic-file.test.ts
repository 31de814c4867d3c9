import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { replaceFile } from "../../../personalization/files/atomic-file.ts";

const BUILD = fileURLToPath(new URL("../../../build", import.meta.url));
mkdirSync(BUILD, { recursive: true });
const folder = mkdtempSync(join(BUILD, "atomic-"));
const target = join(folder, "one.card");

const tests = suite("replaceFile");
tests.after(() => rmSync(folder, { recursive: true, force: true }));

tests("what a killed process left beside the file goes, and lends it no permissions", async () => {
  writeFileSync(`${target}.part`, "half of a card", { mode: 0o666 });
  await replaceFile(target, "a card", 0o600);
  assert.equal(readdirSync(folder), ["one.card"]);
  assert.is(readFileSync(target, "utf8"), "a card");
  assert.is(statSync(target).mode & 0o777, 0o600);
});

tests("a write that fails leaves the old file and nothing beside it", async () => {
  const inTheWay = join(folder, "folder");
  mkdirSync(join(inTheWay, "full"), { recursive: true });
  await replaceFile(inTheWay, "a card", 0o600).then(
    () => assert.unreachable("a folder was replaced"),
    () => {},
  );
  assert.equal(readdirSync(folder).sort(), ["folder", "one.card"]);
});

tests.run();
