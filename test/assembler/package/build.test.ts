// Packages built from sources: what they say, that a chip would run them, and mistakes.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BudgetError, CompileError, ProfileError, VerifyError } from "../../../assembler/errors.ts";
import { signer } from "../../../assembler/keys/public-key.ts";
import { meter } from "../../../assembler/meter/meter.ts";
import { type BuiltPackage, buildPackage } from "../../../assembler/package/build.ts";
import { readLoadFile } from "../../../assembler/package/load-file.ts";
import {
  type PackageProfile,
  parsePackageProfile,
  readPackageProfile,
} from "../../../assembler/package/profile.ts";
import { runnablePackage } from "../../../assembler/package/runnable.ts";
import { bytes, hex } from "../../helpers/bytes.ts";
import { APPLET, writeSource, writeTinyCard } from "../tiny-card.ts";

const TEXT = `aid: "F0636F756E74657201"
ram: 512
stack: 256
`;
const folders: string[] = [];
const packages = suite("buildPackage");
packages.after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function sources(changes: Record<string, string> = {}): string {
  const root = writeTinyCard(changes);
  folders.push(root);
  return root;
}

const root = sources({ "applets/one/package.yaml": TEXT });
const cache = join(root, "cache");
const profile = (): PackageProfile => readPackageProfile(join(root, "applets/one/package.yaml"));

async function failure(building: Promise<BuiltPackage>): Promise<Error> {
  return building.then(
    () => assert.unreachable("the build succeeded") as never,
    (error: Error) => error,
  );
}

packages("a profile is named by its folder, and has defaults", () => {
  const { name, aid, ram, stack, multiselectable, optimize } = profile();
  assert.equal(
    { name, aid: hex(aid), ram, stack, multiselectable, optimize },
    {
      name: "one",
      aid: "f0636f756e74657201",
      ram: 512,
      stack: 256,
      multiselectable: false,
      optimize: "speed",
    },
  );
  const other = parsePackageProfile(`${TEXT}multiselectable: true\noptimize: size\n`, "p", "one");
  assert.is(other.multiselectable, true);
  assert.is(other.optimize, "size");
});

packages("a mistake in a profile names path and line", () => {
  const wrong: [string, string, number, RegExp][] = [
    [TEXT.replace("stack: 256", "stack: 1"), "stack", 3, /64 or more/],
    [TEXT.replace("ram: 512\n", ""), "ram", 1, /missing/],
    [`${TEXT}domain: true\n`, "domain", 4, /no field/],
    [`${TEXT}multiselectable: 1\n`, "multiselectable", 4, /true or false/],
    [TEXT.replace("F0636F756E74657201", "F063"), "aid", 1, /5 to 16 bytes/],
  ];
  for (const [text, path, line, reason] of wrong) {
    assert.throws(
      () => parsePackageProfile(text, "package.yaml", "one"),
      (error: unknown) => {
        assert.instance(error, ProfileError);
        const { path: at, line: found, message } = error as ProfileError;
        assert.is(at, path);
        if (path !== "ram") assert.is(found, line);
        assert.match(message, reason);
        return true;
      },
    );
  }
  assert.throws(() => parsePackageProfile(TEXT, "p", "My Applet"), /folder's name must be a name/);
  assert.throws(() => readPackageProfile("/nowhere/package.yaml"), /cannot be read/);
});

packages("holds the verified module, without names and not metered, and its sizes", async () => {
  const built = await buildPackage(profile(), { root, cache });
  const read = readLoadFile(built.bytes);
  assert.is(hex(read.wasm), hex(built.wasm));
  assert.is(hex(read.hash), hex(built.hash));
  assert.is(built.name, "one");
  assert.is(built.codeBytes, built.wasm.length);
  assert.is(built.dataBytes, 16 + 100);
  assert.ok(built.stackUsedBytes > 0 && built.stackUsedBytes <= 256);
  assert.is(read.ramBytes, 512);
  assert.is(read.stackBytes, 256);
  const runs = runnablePackage(built.wasm, read, 768);
  assert.is(hex(runs), hex(meter(built.wasm)), "as an image would hold it");
  assert.throws(() => runnablePackage(built.wasm, read, 767), /the chip has 767/);
});

packages("the same sources, profile and key give the same bytes, whatever the folder", async () => {
  const key = signer("vendor", "ES256", new Uint8Array(32).fill(7));
  const daps = [{ domain: bytes("A000000151000001"), key }];
  const other = sources();
  const [one, two] = [
    await buildPackage(profile(), { root, daps }),
    await buildPackage(profile(), { root: other, daps, cache }),
  ];
  assert.is(hex(one.bytes), hex(two.bytes));
  assert.is(readLoadFile(one.bytes).daps.length, 1);
});

packages("is built from any entry file below its root", async () => {
  writeSource(root, "elsewhere/card.ts", APPLET);
  const built = await buildPackage(profile(), { root, cache, entry: "elsewhere/card.ts" });
  const same = await buildPackage(profile(), { root, cache });
  assert.is(hex(built.bytes), hex(same.bytes));
});

packages("imports a library by its name, as a vendor's project does", async () => {
  writeSource(root, "node_modules/cardware/one.ts", "export const ONE: i32 = 1;\n");
  const entry = `import { ONE } from "cardware/one.ts";\n${APPLET.replace("+ length", "+ ONE")}`;
  writeSource(root, "applets/two/index.ts", entry);
  await buildPackage({ ...profile(), name: "two" }, { root, cache });
});

packages("mistakes are told as in an image", async () => {
  const build = (change: Partial<PackageProfile>, at = root) =>
    failure(buildPackage({ ...profile(), ...change }, { root: at, cache }));
  assert.instance(await build({ name: "nobody" }), CompileError);
  assert.instance(await build({ ram: 112 }), BudgetError);
  const fibonacci = "(n: i32): i32 { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }";
  const loop = `function fibonacci${fibonacci}\n${APPLET.replace("+ length", "+ fibonacci(length)")}`;
  const recursive = await build({}, sources({ "applets/one/index.ts": loop }));
  assert.instance(recursive, VerifyError);
  assert.match(recursive.message, /one: .*recursive/);
});

packages.run();
