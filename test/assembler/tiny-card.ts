// A card of a few lines in AssemblyScript, in a folder of the test's own.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Profile, parseProfile } from "../../assembler/profile.ts";

const KERNEL = `import { START } from "./start.ts";
const BUFFER: usize = memory.data(64);
export function boot(): i32 { return START; }
export function reset(interface_: i32): i32 { return interface_; }
export function transmit(length: i32): i32 { return length + load<u8>(BUFFER); }
export function buffer(): usize { return BUFFER; }
export function call(a: i32, b: i32): i32 { return a + b; }
`;

export const APPLET = `const STATE: usize = memory.data(100);
export function install(): i32 { return load<i32>(STATE); }
export function select(): i32 { return load<i32>(STATE, 4); }
export function deselect(): void { store<i32>(STATE, 0); }
export function process(length: i32): i32 { return load<i32>(STATE) + length; }
`;

const SOURCES: Readonly<Record<string, string>> = {
  "runtime/kernel/index.ts": KERNEL,
  "runtime/kernel/start.ts": "export const START: i32 = 7;\n",
  "applets/one/index.ts": APPLET,
};

const BUILD = fileURLToPath(new URL("../../build", import.meta.url));

/** Writes the sources, some of them changed, to a new folder under `build/`, and returns it. */
export function writeTinyCard(changes: Readonly<Record<string, string>> = {}): string {
  mkdirSync(BUILD, { recursive: true });
  const root = mkdtempSync(join(BUILD, "tiny-card-"));
  for (const [path, text] of Object.entries({ ...SOURCES, ...changes })) {
    writeSource(root, path, text);
  }
  return root;
}

export function writeSource(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** The chip of the tiny card. */
export function tinyProfile(): Profile {
  return parseProfile(
    `chip: { name: tiny, pageBytes: 512, pageCount: 256, codeBytes: 4096, ramBytes: 8192 }
interfaces: { historicalBytes: "00", atrInterfaceBytes: "600000", atsInterfaceBytes: "78807002" }
kernel: { ram: 1024, stack: 512 }
applets:
  - { name: one, aid: "F057616665720001", ram: 512, stack: 512 }
instances:
  - { aid: "F05761666572000101", module: one, privileges: "000000" }
`,
    "tiny.yaml",
  );
}
