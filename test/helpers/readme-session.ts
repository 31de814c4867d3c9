// Runs the blocks of README.md that are marked for it, so that the README cannot promise what does
// not work:
//
//   <!-- ci -->
//   ```sh
//   npx wafer build
//   ```
//
// One shell runs all of them, in order, in the project's folder, and stops at the first failure.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { markedBlocks } from "./readme-blocks.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

const blocks = markedBlocks(readFileSync(join(PROJECT, "README.md"), "utf8"));
if (blocks.length === 0) {
  console.error("README.md: no block is marked with <!-- ci -->, so nothing of it is proved");
  process.exit(1);
}
const { status } = spawnSync("bash", ["-euo", "pipefail", "-x", "-c", blocks.join("\n")], {
  cwd: PROJECT,
  stdio: ["ignore", "inherit", "inherit"],
});
process.exitCode = status ?? 1;
