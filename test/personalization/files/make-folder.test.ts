// Folders are made with those above; what cannot be made ends, and with the system's error.

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeFolder } from "../../../personalization/files/make-folder.ts";
import { rejection } from "../helpers/rejection.ts";

const folders = suite("make a folder");
const root = mkdtempSync(join(tmpdir(), "wafer-folder-"));
folders.after(() => rmSync(root, { recursive: true }));

const codeOf = async (folder: string) =>
  ((await rejection(makeFolder(folder))) as NodeJS.ErrnoException).code;

folders("with the folders above it, again, and many at once", async () => {
  const folder = join(root, "a", "b", "c");
  await makeFolder(folder);
  await makeFolder(folder);
  assert.ok(statSync(folder).isDirectory());
  const many = ["1", "2", "3"].map((name) => makeFolder(join(root, "x", "y", name)));
  await Promise.all(many);
  assert.ok(statSync(join(root, "x", "y", "3")).isDirectory());
});

folders("not over a file or below one, and not where the system makes none", async () => {
  writeFileSync(join(root, "file"), "");
  assert.is(await codeOf(join(root, "file")), "EEXIST");
  assert.is(await codeOf(join(root, "file", "below")), "ENOTDIR");
  if (process.platform === "linux") {
    assert.match((await codeOf("/proc/nothing/here")) ?? "", /^(ENOENT|EACCES)$/);
  }
});

folders.run();
