// Runs the blocks of README.md that are marked for it, and of the pages on which its session goes on,
// so that no page can promise what does not work:
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

const PAGES = ["README.md", "emulator/terminal/README.md"];

const blocks: string[] = [];
for (const page of PAGES) {
  const found = markedBlocks(readFileSync(join(PROJECT, page), "utf8"));
  if (found.length === 0) {
    console.error(`${page}: no block is marked with <!-- ci -->, so nothing of it is proved`);
    process.exit(1);
  }
  blocks.push(...found);
}
const { status } = spawnSync("bash", ["-euo", "pipefail", "-x", "-c", blocks.join("\n")], {
  cwd: PROJECT,
  stdio: ["ignore", "inherit", "inherit"],
});
process.exitCode = status ?? 1;
