import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));

/** A program of someone else. The line that must not type-check proves that there are types. */
const CONSUMER = `
import { DEVELOPMENT_TRUSTED, type Image, readImage } from "wafer/assembler";
import { type Coprocessor, NodeCoprocessor } from "wafer/emulator";
import type { Card } from "wafer/personalization";

const chip: Coprocessor = new NodeCoprocessor();
const zeros = new Uint8Array(16);
// @ts-expect-error bytes are not text
export const text: string = chip.cipher(1, 0, 0, zeros, zeros, zeros);
export const card: Card = { transmit: async (command) => command, reset: async () => zeros };
try {
  const image: Image = readImage(zeros, DEVELOPMENT_TRUSTED);
  console.log(image.digest);
} catch (error) {
  console.log((error as Error).name);
}
`;

const packaging = suite("packaging");
let folder = "";
let installed = "";

packaging.before(() => {
  mkdirSync(join(PROJECT, "build"), { recursive: true });
  // Inside the project, so that the package finds the dependencies that are installed here.
  folder = mkdtempSync(join(PROJECT, "build", "packaging-"));
  installed = join(folder, "node_modules", "wafer");
  // A package of its own, or Node would take "wafer" for the project around it.
  writeFileSync(join(folder, "package.json"), '{ "name": "consumer", "type": "module" }');
  if (!existsSync(join(PROJECT, "dist", "wafer.js"))) {
    throw new Error("dist/ is not built: npm run build");
  }
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  execFileSync("npm", pack, { cwd: PROJECT, stdio: ["ignore", "ignore", "pipe"] });
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["xzf", join(folder, archive), "-C", installed, "--strip-components=1"]);
});

packaging.after(() => rmSync(folder, { recursive: true, force: true }));

packaging("holds what wafer build compiles, and neither tests nor our own TypeScript", () => {
  for (const path of [
    "runtime/spec/chip.ts",
    "runtime/kernel",
    "applets",
    "assembler/profiles/reference.yaml",
    "personalization/products/social-security.yaml",
    "emulator/command/templates/applet/index.ts.template",
    "runtime/sdk/README.md",
  ]) {
    assert.ok(existsSync(join(installed, path)), `${path} is missing`);
  }
  for (const path of ["test", "node_modules", "build", "emulator/card.ts", "assembler/build.ts"]) {
    assert.not(existsSync(join(installed, path)), `${path} is in the package`);
  }
});

packaging("the command starts, from anywhere", () => {
  const help = spawnSync(process.execPath, [join(installed, "dist", "wafer.js"), "--help"], {
    cwd: "/",
    encoding: "utf8",
  });
  assert.is(help.stderr, "");
  assert.match(help.stdout, /Usage: wafer/);
  assert.is(help.status, 0);
});

for (const [resolution, module] of [
  ["nodenext", "nodenext"],
  ["bundler", "esnext"],
] as const) {
  packaging(`another project type-checks against it under moduleResolution ${resolution}`, () => {
    const home = join(folder, resolution);
    mkdirSync(home);
    writeFileSync(join(home, "use.ts"), CONSUMER);
    const compilerOptions = {
      module,
      moduleResolution: resolution,
      strict: true,
      noEmit: true,
      target: "es2022",
      types: [],
      skipLibCheck: false,
    };
    writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    const tsc = join(PROJECT, "node_modules", "typescript", "bin", "tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", home], { encoding: "utf8" });
    assert.is(stdout, "");
  });
}

packaging("the library runs as plain JavaScript", () => {
  const program = join(folder, "run.mjs");
  writeFileSync(
    program,
    `import { readImage } from "wafer/assembler";
     import { NobleCoprocessor, NodeCoprocessor } from "wafer/emulator";
     import "wafer/personalization";
     const zeros = new Uint8Array(16);
     for (const chip of [new NobleCoprocessor(), new NodeCoprocessor()]) {
       console.log(chip.name, chip.cipher(1, 0, 0, zeros, zeros, zeros)[0]);
     }
     try { readImage(zeros, []); } catch (error) { console.log(error.name); }`,
  );
  const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  assert.is(stderr, "");
  assert.is(stdout, "noble 102\nnode 102\nImageError\n");
});

packaging("the packed library compiles the packed card code into the same image as ours", () => {
  const program = join(folder, "build-image.mjs");
  writeFileSync(
    program,
    `import { buildFromProfile } from "wafer/assembler";
     import { bytesToHex } from "@noble/hashes/utils.js";
     const root = process.argv[2];
     const image = await buildFromProfile(root + "/assembler/profiles/reference.yaml", { root });
     console.log(bytesToHex(image.digest));`,
  );
  const build = (root: string) =>
    spawnSync(process.execPath, [program, root], { cwd: "/", encoding: "utf8" });
  const ours = build(PROJECT);
  const packed = build(installed);
  assert.is(packed.stderr, "");
  assert.match(packed.stdout, /^[0-9a-f]{64}\n$/);
  assert.is(packed.stdout, ours.stdout);
});

packaging(
  "a vendor begins an applet there, and does what it is told: it builds, loads, answers",
  () => {
    const vendor = join(folder, "vendor");
    mkdirSync(join(vendor, "node_modules", ".bin"), { recursive: true });
    // As npm leaves an installed package.
    symlinkSync(installed, join(vendor, "node_modules", "wafer"));
    symlinkSync("../wafer/dist/wafer.js", join(vendor, "node_modules", ".bin", "wafer"));
    writeFileSync(join(vendor, "package.json"), '{ "name": "vendor", "private": true }');
    const shell = (line: string) => {
      const ran = spawnSync("bash", ["-c", line], { cwd: vendor, encoding: "utf8" });
      assert.is(ran.status, 0, `${line}\n${ran.stdout}${ran.stderr}`);
      return ran.stdout;
    };
    const { next } = JSON.parse(shell("npx wafer new applet tally --json")) as { next: string[] };
    assert.is(next.length, 6);
    const [said = ""] = next.map(shell).slice(-1);
    assert.match(said, /<< CAFE9000 {2}success\n$/);
  },
);

packaging.run();
