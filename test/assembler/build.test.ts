import { rmSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildImage } from "../../assembler/build.ts";
import { BudgetError, CompileError, VerifyError } from "../../assembler/errors.ts";
import { readImage } from "../../assembler/image/read.ts";
import { DEVELOPMENT_TRUSTED } from "../../assembler/keys/development.ts";
import { parseModule } from "../../assembler/verify/parse.ts";
import { APPLET, tinyProfile, writeTinyCard } from "./tiny-card.ts";

const folders: string[] = [];
/** Sources that most tests share are compiled once; the test of determinism does without. */
const cache = join(card(), "cache");
const build = suite("buildImage");
build.after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function card(changes: Record<string, string> = {}): string {
  const root = writeTinyCard(changes);
  folders.push(root);
  return root;
}

/** The error of a build. */
async function failure(root: string, profile = tinyProfile()): Promise<Error> {
  try {
    await buildImage(profile, { root, cache });
  } catch (error) {
    return error as Error;
  }
  throw new Error("the build succeeded");
}

build("the same sources give the same bytes, whatever the folder", async () => {
  const steps: string[] = [];
  const onProgress = (step: string, done: number, total: number) => {
    steps.push(`${done}/${total} ${step}`);
  };
  const first = await buildImage(tinyProfile(), { root: card(), onProgress });
  const second = await buildImage(tinyProfile(), { root: card() });
  assert.equal(first.bytes, second.bytes);
  assert.is(steps[0], "0/3 compile");
  assert.is(steps.at(-1), "3/3 signed");

  const image = readImage(first.bytes, DEVELOPMENT_TRUSTED);
  const [kernel, applet] = image.manifest.modules;
  assert.is(kernel?.name, "kernel");
  assert.is(kernel?.dataBytes, 16 + 64, "statics start at 16");
  assert.is(applet?.dataBytes, 16 + 100);
  assert.ok(applet!.stackUsedBytes > 0);
  for (const module of [image.kernel, ...image.applets]) {
    assert.is(parseModule(module.wasm).names.size, 0, "names stay off the chip");
    assert.not(Buffer.from(module.wasm).includes("waferStaticDataEnd"));
  }
});

build("an image from a Buffer holds no Buffer", async () => {
  const { bytes } = await buildImage(tinyProfile(), { root: card(), cache });
  const image = readImage(Buffer.from(bytes), DEVELOPMENT_TRUSTED);
  for (const view of [image.bytes, image.kernel.wasm, image.kernel.digest, image.configuration]) {
    assert.is(view.constructor, Uint8Array);
  }
});

build("optimizing for size is another image", async () => {
  const root = card();
  const speed = await buildImage(tinyProfile(), { root, cache });
  const size = await buildImage({ ...tinyProfile(), optimize: "size" }, { root, cache });
  assert.ok(size.kernel.wasm.length <= speed.kernel.wasm.length);
});

build("a mistake in a source names module, file and line", async () => {
  const source = APPLET.replace("load<i32>(STATE, 4)", "load<i32>(NOTHING)");
  const error = await failure(card({ "applets/one/index.ts": source }));
  assert.ok(error instanceof CompileError);
  assert.is(error.message, "one: applets/one/index.ts:3: Cannot find name 'NOTHING'.");
});

build("a missing source names the file that wants it", async () => {
  const source = `import { X } from "./absent.ts";\n${APPLET}export const Y = X;`;
  const error = await failure(card({ "applets/one/index.ts": source }));
  assert.ok(error instanceof CompileError);
  assert.match(error.message, /^one: .*absent/);
  const profile = tinyProfile();
  profile.applets[0]!.name = "two";
  assert.match((await failure(card(), profile)).message, /applets\/two\/index\.ts: no such file/);
});

build("sources outside the root are not read", async () => {
  const outside = card({ "applets/one/index.ts": 'export * from "../../../outside";' });
  assert.match((await failure(outside)).message, /^one: .*not found/i);
});

build("recursion and state in globals are refused with the function's name", async () => {
  const hostile = `
let count: i32 = 0;
function fibonacci(n: i32): i32 {
  count += load<i32>(n);
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
${APPLET.replace("+ length", "+ fibonacci(length) + count")}`;
  const error = await failure(card({ "applets/one/index.ts": hostile }));
  assert.ok(error instanceof VerifyError, error.message);
  assert.match(error.message, /one: has 1 mutable globals/);
  assert.match(error.message, /one: applets\/one\/index\/fibonacci: is recursive/);
});

build("allocation is refused", async () => {
  const source = APPLET.replace("load<i32>(STATE, 4)", "new Uint8Array(8).length");
  const error = await failure(card({ "applets/one/index.ts": source }));
  assert.ok(error instanceof VerifyError, error.message);
  assert.match(error.message, /memory\.grow/);
});

build("static data over the module's RAM say by how much", async () => {
  const source = APPLET.replace("memory.data(100)", "memory.data(600)");
  const error = await failure(card({ "applets/one/index.ts": source }));
  assert.ok(error instanceof BudgetError, error.message);
  assert.match(error.message, /^one: static data: 616 bytes, 104 over the budget of 512/);
});

build("code and RAM over the chip's budget say what and by how much", async () => {
  const root = card();
  const profile = tinyProfile();
  profile.chip.codeBytes = 100;
  const code = await failure(root, profile);
  assert.ok(code instanceof BudgetError, code.message);
  assert.match(code.message, /^code on chip tiny: \d+ bytes, \d+ over the budget of 100/);
  profile.chip.ramBytes = 2559;
  const ram = await failure(root, profile);
  assert.match(ram.message, /^RAM on chip tiny: 2560 bytes, 1 over the budget of 2559/);
});

build.run();
