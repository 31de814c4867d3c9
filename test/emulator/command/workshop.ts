// A folder to run the `wafer` command in, with an image, keys and a batch, as a person has them.
// The command is bundled once, as it ships: a process then starts in a tenth of a second.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";
import * as assert from "uvu/assert";
import { EmulatedBlanks } from "../../../emulator/command/emulated-blanks.ts";
import { issueBatch } from "../../../personalization/batch/issue.ts";
import { socialSecurityCard } from "../../../personalization/definition/load.ts";
import { Keystore } from "../../../personalization/keys/keystore.ts";
import { makeSampleBatch } from "../../../personalization/sample/sample-batch.ts";
import { bytes } from "../../helpers/bytes.ts";
import { referenceImage } from "../../helpers/card.ts";

export const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
export const PRODUCT = join(PROJECT, "personalization/products/social-security.yaml");
export const PASSPHRASE = "a passphrase that nobody prints";
/** Master keys that a test can look for in what was printed. */
export const MASTERS: Readonly<Record<string, [kind: "aes" | "sm4", hex: string]>> = {
  transport: ["aes", "404142434445464748494A4B4C4D4E4F"],
  "card-keys": ["aes", "C0FFEE0102030405060708090A0B0C0D"],
  ...Object.fromEntries(socialSecurityMasters()),
};

/** A value for each master key of the third-generation card, made of its name. */
function socialSecurityMasters(): [name: string, key: ["sm4", string]][] {
  const { applications, extensions } = socialSecurityCard(3);
  const keys = [...applications, ...extensions].flatMap((one) => one.keys);
  const names = keys.flatMap(({ name, versions }) =>
    ["", "-v2", "-v3"].slice(0, versions).map((suffix) => `ssc-${name.toLowerCase()}${suffix}`),
  );
  const value = (name: string) => createHash("sha256").update(name).digest("hex").slice(0, 32);
  return names.map((name) => [name, ["sm4", value(name).toUpperCase()]]);
}
/** scrypt at its least: a test opens many keystores. */
const LOG2_COST = 10;
const TIME_LIMIT_MS = 60_000;

export interface Ran {
  /** Null when a signal ended it. */
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with the process once it runs. */
  readonly during?: (child: ChildProcess) => Promise<void>;
}

export class Workshop {
  readonly folder: string;
  /** What esbuild found on its way from wafer.ts. */
  metafile!: Metafile;

  private constructor() {
    mkdirSync(join(PROJECT, "build"), { recursive: true });
    this.folder = mkdtempSync(join(PROJECT, "build", "workshop-"));
  }

  /** With card.wafer, keystore.json, vendor.pem, vendor-public.pem, and a batch of `rows`. */
  static async open(rows = 3): Promise<Workshop> {
    const shop = new Workshop();
    await shop.#bundle();
    shop.write("card.wafer", (await referenceImage()).bytes);
    await shop.keystore("keystore.json");
    const { privateKey } = generateKeyPairSync("ed25519");
    shop.write("vendor.pem", privateKey.export({ format: "pem", type: "pkcs8" }));
    const open = createPublicKey(createPrivateKey(shop.text("vendor.pem")));
    shop.write("vendor-public.pem", open.export({ format: "pem", type: "spki" }));
    await makeSampleBatch({ n: rows, seed: 1, directory: shop.path("sample") });
    return shop;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }
  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }
  bytes(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.path(name)));
  }
  text(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }
  has(name: string): boolean {
    return existsSync(this.path(name));
  }
  files(name: string): string[] {
    return this.has(name) ? readdirSync(this.path(name)).sort() : [];
  }
  /** Objects of a file of JSON lines. */
  lines(name: string): Record<string, unknown>[] {
    return this.text(name)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  /** A keystore of the known keys, some of them replaced. */
  async keystore(name: string, changes: Readonly<Record<string, string>> = {}): Promise<Keystore> {
    const keystore = new Keystore(
      Object.entries(MASTERS).map(([key, [kind, value]]) => {
        return { name: key, kind, value: bytes(changes[key] ?? value) };
      }),
    );
    await keystore.save(this.path(name), PASSPHRASE, LOG2_COST);
    return keystore;
  }

  /** Issues the batch in process to `issued`; the names of the cards in the order of the batch. */
  async issue(): Promise<string[]> {
    const keystore = await this.keystore("keystore.json");
    mkdirSync(this.path("issued"), { recursive: true });
    await issueBatch({
      productPath: PRODUCT,
      batchPath: this.path("sample/batch.csv"),
      keyService: keystore.service(),
      cards: new EmulatedBlanks(await referenceImage(), this.path("issued/cards"), { seed: 1 }),
      reportPath: this.path("issued/report.jsonl"),
      journalPath: this.path("issued/journal.jsonl"),
    });
    return this.lines("issued/report.jsonl").map(({ card }) => `issued/cards/${card}.card`);
  }

  /** Runs `wafer` in the folder. */
  wafer(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return this.#run(process.execPath, [this.path("bin/wafer.js"), ...args], options);
  }

  /** Runs a line of shell that says `wafer` as a person types it. */
  shell(line: string, options: RunOptions = {}): Promise<Ran> {
    return this.#run("bash", ["-c", line], options);
  }

  async #run(program: string, args: readonly string[], options: RunOptions): Promise<Ran> {
    const child = spawn(program, args, {
      cwd: this.folder,
      env: {
        ...process.env,
        PATH: `${this.path("bin")}:${process.env.PATH}`,
        WAFER_PASSPHRASE: PASSPHRASE,
        ...options.env,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.stdin.on("error", () => {}).end(options.input ?? "");
    const timer = setTimeout(() => child.kill("SIGKILL"), TIME_LIMIT_MS);
    const closed = once(child, "close");
    await options.during?.(child);
    const [exit] = await closed;
    clearTimeout(timer);
    return { exit, out, err };
  }

  /** As `npm run build:code` does it. */
  async #bundle(): Promise<void> {
    const { metafile } = await build({
      absWorkingDir: PROJECT,
      entryPoints: ["emulator/command/wafer.ts"],
      outdir: this.path("bin"),
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      packages: "external",
      metafile: true,
      logLevel: "silent",
    });
    this.metafile = metafile;
    copyFileSync(join(PROJECT, "assembler/compiler/worker.mjs"), this.path("bin/worker.mjs"));
    const script = `#!/bin/sh\nexec "${process.execPath}" "${this.path("bin/wafer.js")}" "$@"\n`;
    writeFileSync(this.path("bin/wafer"), script);
    chmodSync(this.path("bin/wafer"), 0o755);
  }
}

/** It ended with `exit`, printed no result, and one line for each pattern, none of them a surprise. */
export function refused(ran: Ran, exit: number, ...patterns: readonly RegExp[]): void {
  const all = `exit ${ran.exit}\nout: ${ran.out}\nerr: ${ran.err}`;
  assert.is(ran.exit, exit, all);
  assert.is(ran.out, "", all);
  const lines = ran.err.split("\n").filter((line) => line !== "");
  assert.is(lines.length, patterns.length, all);
  for (const [at, pattern] of patterns.entries()) {
    assert.match(lines[at]!, /^wafer: /, all);
    assert.match(lines[at]!, pattern, all);
  }
  noSurprise(ran);
}

/** It ended well; gives what it printed. */
export function done(ran: Ran): string {
  assert.is(ran.exit, 0, `exit ${ran.exit}\nout: ${ran.out}\nerr: ${ran.err}`);
  noSurprise(ran);
  return ran.out;
}

export function noSurprise({ out, err }: Ran): void {
  const text = out + err;
  assert.not.match(text, /internal error/);
  assert.not.match(text, /^\s+at .+:\d+/m, "a stack trace");
  assert.not.match(text, /Unhandled|node:internal/);
}

/** Each row of the batch has its card, each person once, in the order of the batch. */
export function complete(shop: Workshop, rows: number): void {
  const batch = shop.text("sample/batch.csv").trim().split("\n").slice(1);
  const numbers = batch.map((row) => row.split(",")[9]);
  const issued = shop.lines("issued/report.jsonl").filter(({ status }) => status === "issued");
  assert.equal(
    issued.map(({ card }) => card),
    numbers,
  );
  assert.is(issued.length, rows);
  assert.equal(shop.files("issued/cards"), numbers.map((number) => `${number}.card`).sort());
}
