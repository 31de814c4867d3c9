// The probe: a card whose applets do what a test tells them, call by call, and its image.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { buildImage } from "../../assembler/build.ts";
import { defaultCache } from "../../assembler/compiler/cache.ts";
import type { Image } from "../../assembler/image/types.ts";
import { parseProfile } from "../../assembler/profile.ts";
import type { Card } from "../../emulator/card.ts";
import { CARD_OBJECT_CREATE, CARD_OBJECT_WRITE_COMMAND } from "../../runtime/spec/card-api.ts";
import {
  CLA_PROPRIETARY,
  INS_INITIALIZE_UPDATE,
  INS_SELECT,
  P1_SELECT_BY_NAME,
} from "../../runtime/spec/instructions.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { hex } from "../helpers/bytes.ts";
import { accept, apdu, checkStatus, send } from "../helpers/card.ts";
import { onChannel } from "./channel.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

// Operations of the probe's own (test/runtime/applets/hostile/index.ts).
export const PROBE_TRAP_UNREACHABLE = 0x1000;
export const PROBE_TRAP_DIVISION = 0x1001;
export const PROBE_TRAP_MEMORY = 0x1002;
export const PROBE_RETURN = 0x1003;
export const PROBE_KEEP = 0x1004;
export const PROBE_PEEK = 0x1005;
export const PROBE_POKE = 0x1006;
export const PROBE_SCRATCH_AT = 0x1007;
export const PROBE_ARGUMENT = 0x1008;
export const PROBE_LOOP = 0x1009;
export const PROBE_TRAP_OVERFLOW = 0x100a;
export const PROBE_REPEAT = 0x100b;
export const PROBE_FORGET = 0x100c;
/** RAM of a probe, bytes. */
export const PROBE_RAM = 2048;
export const ON_SELECT = 1;
export const ON_DESELECT = 2;

export const PROBE_AIDS = ["F0000000500001", "F0000000500002", "F0000000510003"] as const;
/** The issuer domain of a probe card that has one. */
export const DOMAIN_AID = "A000000151000000";
/** Load file of the probe, and of the one that several channels can select. */
export const PROBE_MODULE = "F0000000500000";
export const PROBE_MANY_MODULE = "F0000000500F00";
const INS_SCRIPT = 0x10;
/** Runs the script that is kept for `select` on any command data. */
export const INS_KEPT = 0x12;
const CALL_BYTES = 20;
export const KEPT_BYTES: number = 1 + 6 * CALL_BYTES;
/** Where a script lies that outlives RAM; the entry is added. */
export const KEPT_OBJECT = 0xee00;

const HOSTILE = "test/runtime/applets/hostile";

/** One call: operation, then up to four words. */
export type Call = readonly [operation: number, ...words: number[]];

export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Fields of an instance in the profile; hex. */
export interface ProbeInstance {
  /** Whether several channels can select it. */
  readonly many?: boolean;
  readonly privileges?: string;
  readonly implicit?: string;
  /** Bytes of the store. */
  readonly quota?: number;
}

export interface ProbeOptions {
  readonly pageBytes?: number;
  readonly pageCount?: number;
  /** Calls that each probe makes while it is installed. */
  readonly install?: readonly Call[];
  /** What follows the calls in the install parameters. */
  readonly payload?: Uint8Array;
  /** Makes the probes security domains. */
  readonly privileged?: boolean;
  /** What is special about each of the three. */
  readonly each?: readonly ProbeInstance[];
  /** Privileges of the issuer domain; without them it holds Card Reset. */
  readonly issuer?: string;
  /** Logical channels of the card; 4 when not given. */
  readonly channels?: number;
  /** Adds an issuer domain, selected at reset. */
  readonly domain?: boolean;
  /** Breaks the card's sources on purpose: in a file, one text in place of another. */
  readonly broken?: readonly Change[];
}

/** The image of a small card with three probes. */
export function probeImage(options: ProbeOptions = {}): Promise<Image> {
  const { pageBytes = 512, pageCount = 24, domain = false, privileged = false } = options;
  const { each = [], channels = 4, issuer = "840000" } = options;
  const parameters = hex(script(options.install ?? [], options.payload));
  const keys = `FF${"404142434445464748494A4B4C4D4E4F".repeat(3)}`;
  const profile = parseProfile(
    `chip: { name: probe, pageBytes: ${pageBytes}, pageCount: ${pageCount}, codeBytes: 262144,
  ramBytes: 65536 }
channels: ${channels}
interfaces: { historicalBytes: "0102030405", atrInterfaceBytes: "600000", atsInterfaceBytes: "78807002" }
kernel: { ram: 12288, stack: 3072 }
applets:
  - { name: probe, aid: "${PROBE_MODULE}", ram: ${PROBE_RAM}, stack: 1024, domain: ${privileged} }
  - { name: probe-many, aid: "${PROBE_MANY_MODULE}", ram: ${PROBE_RAM}, stack: 1024, multiselectable: true }
  ${domain ? '- { name: security-domain, aid: "A0000001515350", ram: 1024, stack: 1024, multiselectable: true, domain: true }' : ""}
instances:
  ${domain ? `- { aid: "${DOMAIN_AID}", module: security-domain, privileges: "${issuer}", parameters: "${keys}" }` : ""}
${PROBE_AIDS.map((aid, index) => {
  const { many = false, privileges = privileged ? "800000" : "000000" } = each[index] ?? {};
  const { implicit = "00", quota = 0 } = each[index] ?? {};
  return `  - { aid: "${aid}", module: ${many ? "probe-many" : "probe"}, privileges: "${privileges}",
    implicit: "${implicit}", quota: ${quota}, parameters: "${parameters}" }`;
}).join("\n")}
`,
    "probe.yaml",
  );
  return buildImage(profile, {
    root: sources(options.broken ?? []),
    cache: defaultCache(PROJECT),
  });
}

/** Folders to remove when the tests end. */
const made: string[] = [];

function removeMade(): void {
  for (const root of made) rmSync(root, { recursive: true, force: true });
}

/** A folder with the card's sources, changed, and the probe among its applets. */
function sources(changes: readonly Change[]): string {
  mkdirSync(join(PROJECT, "build"), { recursive: true });
  const root = mkdtempSync(join(PROJECT, "build", "probe-"));
  if (made.length === 0) process.once("exit", removeMade);
  made.push(root);
  for (const folder of ["runtime", "applets", HOSTILE]) {
    cpSync(join(PROJECT, folder), join(root, folder), { recursive: true });
  }
  const entries = "deselect, install, process, select";
  // The compiler takes no suffix in `export ... from`.
  const entry = `import { ${entries} } from "../../${HOSTILE}/index.ts";\nexport { ${entries} };\n`;
  for (const name of ["probe", "probe-many"]) {
    mkdirSync(join(root, "applets", name));
    writeFileSync(join(root, "applets", name, "index.ts"), entry);
  }
  for (const { file, from, to } of changes) {
    const path = join(root, file);
    const text = readFileSync(path, "utf8");
    if (!text.includes(from)) throw new Error(`${file} holds no "${from}": nothing was broken`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
  }
  return root;
}

/** The bytes of a script, as the probe takes them. */
export function script(
  calls: readonly Call[],
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const out = new Uint8Array(payloadAt(calls.length) + payload.length);
  const view = new DataView(out.buffer);
  out[0] = calls.length;
  calls.forEach((words, index) => {
    words.forEach((word, at) => {
      view.setInt32(1 + index * CALL_BYTES + at * 4, word | 0, true);
    });
  });
  out.set(payload, payloadAt(calls.length));
  return out;
}

/** Where the payload of a script of `calls` calls begins in the command data. */
export function payloadAt(calls: number): number {
  return 1 + calls * CALL_BYTES;
}

/** The command that has the selected probe run a script. */
export function scriptCommand(
  calls: readonly Call[],
  payload: Uint8Array = new Uint8Array(0),
  channel = 0,
): Uint8Array {
  const data = script(calls, payload);
  return onChannel(channel, apdu(CLA_PROPRIETARY, INS_SCRIPT, 0, 0, data, 65536, true));
}

export interface Outcome {
  /** Result of each call. */
  readonly results: number[];
  /** What the calls added to the response. */
  readonly data: Uint8Array;
}

/** Has the selected probe make the calls; the command itself must succeed. */
export function perform(
  card: Card,
  calls: readonly Call[],
  payload?: Uint8Array,
  channel = 0,
): Outcome {
  const reply = send(card, scriptCommand(calls, payload, channel));
  checkStatus(card, reply, SW_SUCCESS, "the script");
  return outcome(reply.data, calls.length);
}

/** Takes the response to a script apart. */
export function outcome(data: Uint8Array, calls: number): Outcome {
  const at = data.length - calls * 4;
  const view = new DataView(data.buffer, data.byteOffset + at);
  const results = Array.from({ length: calls }, (_, index) => view.getInt32(index * 4, true));
  return { results, data: data.slice(0, at) };
}

/** Has the selected probe keep a script for its `select` or `deselect`. At most six calls. */
export function keep(card: Card, entry: number, calls: readonly Call[], channel = 0): void {
  const kept = script(calls);
  const call: Call = [PROBE_KEEP, entry, 0, payloadAt(1), kept.length];
  const { results } = perform(card, [call], kept, channel);
  checkStatus(card, { data: kept, sw: results[0]! }, SW_SUCCESS, "keeping a script");
}

/** As `keep`, in an object: the script is there after a reset, too. */
export function keepForGood(card: Card, entry: number, calls: readonly Call[]): void {
  const kept = new Uint8Array(KEPT_BYTES);
  kept.set(script(calls));
  const number = KEPT_OBJECT + entry;
  const make: Call[] = [
    [CARD_OBJECT_CREATE, number, KEPT_BYTES],
    [CARD_OBJECT_WRITE_COMMAND, number, 0, payloadAt(2), KEPT_BYTES],
  ];
  assert.equal(perform(card, make, kept).results, [SW_SUCCESS, SW_SUCCESS], "keeping a script");
}

/** Has the selected probe run the script kept for `select` as INITIALIZE UPDATE with these data. */
export function performKept(card: Card, calls: number, p1: number, data: string): Outcome {
  const reply = send(card, apdu(CLA_PROPRIETARY, INS_INITIALIZE_UPDATE, p1, 0, data, 65536, true));
  checkStatus(card, reply, SW_SUCCESS, "the kept script");
  return outcome(reply.data, calls);
}

/** Makes one call; its result. */
export function ask(card: Card, ...one: Call): number {
  return perform(card, [one]).results[0]!;
}

/** As `ask`, on a logical channel. */
export function askOn(card: Card, channel: number, ...one: Call): number {
  return perform(card, [one], undefined, channel).results[0]!;
}

/** SELECT of probe number `index`. */
export function selectCommand(index: number, channel = 0): Uint8Array {
  return onChannel(channel, apdu(0x00, INS_SELECT, P1_SELECT_BY_NAME, 0x00, PROBE_AIDS[index]!));
}

/** Selects probe number `index`. */
export function selectProbe(card: Card, index = 0, channel = 0): void {
  accept(card, selectCommand(index, channel));
}
