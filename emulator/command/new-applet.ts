// The files of a new applet, from the templates beside this file. Inside this package they import
// `../../runtime`, in a vendor's own project the package by its name.

import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { FileError } from "./fail.ts";
import { writeWhole } from "./files.ts";
import { hex } from "./print.ts";
import { projectRoot } from "./project.ts";

const TEMPLATES = "emulator/command/templates/applet";
const CARD_SIDE = [
  "index.ts",
  "get-data.ts",
  "put-data.ts",
  "state.ts",
  "spec.ts",
  "package.yaml",
  "README.md",
];
const MIN_AID_BYTES = 5;
const NAME_BYTES_IN_AID = 13;

export interface NewApplet {
  /** AID to select; the load file's is one byte longer. */
  readonly instance: Uint8Array;
  readonly files: readonly string[];
  /** What to type next, in the folder. */
  readonly commands: readonly string[];
}

/** Writes the applet and its test under `root`. `FileError` when either is there already. */
export async function newApplet(
  root: string,
  name: string,
  instance: Uint8Array = proposedAid(name),
): Promise<NewApplet> {
  if (!existsSync(root)) throw new FileError(root, "there is no such folder");
  const ours = realpathSync(root) === realpathSync(projectRoot());
  const folder = `applets/${name}`;
  const test = `test/applets/${name}.test.${ours ? "ts" : "mjs"}`;
  for (const path of [folder, test]) {
    if (existsSync(join(root, path))) {
      const advice = "is there already and is not overwritten; choose another name";
      throw new FileError(join(root, path), advice);
    }
  }
  const commands = [
    `npx wafer package ${folder} -o build/${name}.load`,
    ours ? `node --import tsx ${test}` : `node --test ${test}`,
    "npx wafer build -o build/card.wafer",
    `npx wafer run build/card.wafer --save build/${name}.card < /dev/null`,
    `npx wafer load build/${name}.card build/${name}.load --install ${hex(instance)}`,
    `npx wafer apdu build/${name}.card ${selectCommand(instance)} 00DA010102CAFE 00CA010100`,
  ];
  const words: Record<string, string> = {
    name,
    runtime: ours ? "../../runtime" : "wafer/runtime",
    sdk: ours ? "../../runtime/sdk/README.md" : "../../node_modules/wafer/runtime/sdk/README.md",
    instance: hex(instance),
    module: `${hex(instance)}01`,
    commands: commands.join("\n"),
  };
  const files: string[] = [];
  const write = async (path: string, template: string) => {
    await writeWhole(join(root, path), fill(template, words));
    files.push(path);
  };
  for (const file of CARD_SIDE) await write(`${folder}/${file}`, file);
  await write(test, ours ? "test.ts" : "test.mjs");
  return { instance, files, commands };
}

/** F0, for AIDs that nobody registers, and the name in ASCII. ISO/IEC 7816-4:2020, 12.2.3. */
export function proposedAid(name: string): Uint8Array {
  const letters = Buffer.from(name, "latin1").subarray(0, NAME_BYTES_IN_AID);
  const aid = new Uint8Array(Math.max(MIN_AID_BYTES, 1 + letters.length));
  aid[0] = 0xf0;
  aid.set(letters, 1);
  return aid;
}

function selectCommand(aid: Uint8Array): string {
  return `00A40400${hex(Uint8Array.of(aid.length))}${hex(aid)}`;
}

function fill(template: string, words: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(projectRoot(), TEMPLATES, `${template}.template`), "utf8");
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, word: string) => words[word]!);
}
