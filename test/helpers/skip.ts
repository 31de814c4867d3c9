// Skips with a reason. A skip that does not come through here fails the run (see guard.ts).
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { SKIP_MARK } from "./guard.ts";

interface Skippable<T> {
  (name: string, handler: T): void;
  skip(name?: string, handler?: T): void;
}

/** Programs (or files, by full path) a test needs, by Debian package: `{ opensc: ["opensc-tool"] }`. */
export type Programs = Readonly<Record<string, readonly string[]>>;

/**
 * Registers tests of `tests` when the programs are installed. Else each of them is skipped with one
 * clear line, or, when WAFER_REQUIRE_ALL=1, fails with that line.
 */
export function needing<T>(tests: Skippable<T>, programs: Programs): Skippable<T>["skip"] {
  const missing = Object.keys(programs).filter((name) => !programs[name]!.every(installed));
  if (missing.length === 0) return tests as Skippable<T>["skip"];
  const reason = `needs: apt-get install ${missing.join(" ")}`;
  return (name = "") => {
    if (process.env.WAFER_REQUIRE_ALL === "1") {
      tests(name, (() => {
        throw new Error(reason);
      }) as T);
    } else {
      console.log(`\n${SKIP_MARK}${name}: ${reason}`);
      tests.skip();
    }
  };
}

/** Some programs live where only root's PATH looks. */
const EXTRA_FOLDERS = ["/usr/sbin", "/sbin"];

function installed(program: string): boolean {
  if (isAbsolute(program)) return existsSync(program);
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...EXTRA_FOLDERS];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
