import { rmSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../../assembler/compiler/compile.ts";
import { stripCustomSections } from "../../../assembler/strip.ts";
import { writeSource, writeTinyCard } from "../tiny-card.ts";

const compiling = suite("compile");
const root = writeTinyCard();
compiling.after(() => rmSync(root, { recursive: true }));

const source = (where: string) => `
import { replyLength } from "${where}/runtime/sdk/card.ts";
import { SW_SUCCESS } from "${where}/runtime/spec/status-words.ts";
export function process(_header: i32, _lc: i32, _le: i32): i32 {
  return SW_SUCCESS + replyLength();
}
`;

const request = { name: "x", root, ramBytes: 1024, optimize: "speed" } as const;

compiling(
  "sources outside the package import it by its name, and get the same module",
  async () => {
    writeSource(root, "applets/x/index.ts", source("wafer"));
    const byName = await compile({ ...request, entry: "applets/x/index.ts" });
    const PROJECT = new URL("../../..", import.meta.url).pathname;
    const inside = "build/compile-test";
    writeSource(PROJECT, `${inside}/index.ts`, source("../.."));
    try {
      const byPath = await compile({ ...request, root: PROJECT, entry: `${inside}/index.ts` });
      assert.equal(stripCustomSections(byName.wasm), stripCustomSections(byPath.wasm));
    } finally {
      rmSync(`${PROJECT}${inside}`, { recursive: true });
    }
  },
);

compiling.run();
