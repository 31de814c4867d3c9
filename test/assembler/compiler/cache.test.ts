import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compileCached } from "../../../assembler/compiler/cache.ts";
import type { CompileRequest } from "../../../assembler/compiler/compile.ts";
import { writeSource, writeTinyCard } from "../tiny-card.ts";

const cache = suite("compiler cache");
const root = writeTinyCard();
const folder = join(root, "cache");
cache.after(() => rmSync(root, { recursive: true }));

const REQUEST: CompileRequest = {
  name: "kernel",
  root,
  entry: "runtime/kernel/index.ts",
  ramBytes: 1024,
  optimize: "speed",
};

/** Compiles, and tells whether the cache had it: a hit writes no new file. */
async function compile(request = REQUEST) {
  const files = () => (existsSync(folder) ? readdirSync(folder).length : 0);
  const before = files();
  const module = await compileCached(request, folder);
  return { ...module, hit: files() === before };
}

cache("compiles once, and again when a source or an option changes", async () => {
  const first = await compile();
  assert.not(first.hit);
  const again = await compile();
  assert.ok(again.hit);
  assert.equal(again.wasm, first.wasm);
  assert.is(again.dataBytes, first.dataBytes);

  writeSource(root, "runtime/kernel/start.ts", "export const START: i32 = 8;\n");
  const changed = await compile();
  assert.not(changed.hit);
  assert.not.equal(changed.wasm, first.wasm);

  writeSource(root, "runtime/kernel/start.ts", "export const START: i32 = 7;\n");
  assert.ok((await compile()).hit, "the old sources are still known");
  assert.not((await compile({ ...REQUEST, ramBytes: 2048 })).hit);
});

cache("compiles again where a file of the cache is damaged", async () => {
  const { wasm } = await compile();
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".cbor"))) {
    const bytes = readFileSync(join(folder, name));
    bytes[20]! ^= 1;
    writeFileSync(join(folder, name), bytes);
  }
  assert.equal((await compile()).wasm, wasm);
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
    writeFileSync(join(folder, name), "{");
  }
  assert.equal((await compile()).wasm, wasm);
});

cache.run();
