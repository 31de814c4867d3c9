// A card for tests: the reference image on an emulated chip, and commands that leave a trace to read.

import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { buildFromProfile, buildImage } from "../../assembler/build.ts";
import { defaultCache } from "../../assembler/compiler/cache.ts";
import type { Image } from "../../assembler/image/types.ts";
import { type Profile, readProfile } from "../../assembler/profile.ts";
import { Card } from "../../emulator/card.ts";
import type { Tear } from "../../emulator/chip/memory.ts";
import { PowerLoss } from "../../emulator/errors.ts";
import { statusWordMeaning } from "../../personalization/status-word-meaning.ts";
import { SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import { bytes, hex } from "./bytes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROFILE = `${ROOT}assembler/profiles/reference.yaml`;
const cache = defaultCache(ROOT);

let reference: Promise<Image> | undefined;

/** The reference image; built once in a process, from the compiler's cache where it can be. */
export function referenceImage(): Promise<Image> {
  reference ??= buildFromProfile(PROFILE, { root: ROOT, cache });
  return reference;
}

/** The reference profile with changes, built. */
export function imageWith(change: (profile: Profile) => Profile, root = ROOT): Promise<Image> {
  return buildImage(change(readProfile(PROFILE)), { root, cache });
}

/** A blank of the reference image, booted and reset. The same seed gives the same random numbers. */
export async function freshCard(seed = 1, image?: Image): Promise<Card> {
  const card = Card.boot(image ?? (await referenceImage()), { seed });
  card.reset();
  return card;
}

/**
 * A blank on which the issuer domain is selected at reset, as on cards without another default: after
 * a reset its commands are at hand.
 */
export async function domainCard(): Promise<Card> {
  const image = await imageWith((profile) => ({
    ...profile,
    instances: profile.instances.map((instance) => ({
      ...instance,
      privileges: new Uint8Array(
        bytes(instance.module === "security-domain" ? "840000" : "000000"),
      ),
    })),
  }));
  return freshCard(1, image);
}

export interface Reply {
  readonly data: Uint8Array;
  readonly sw: number;
}

const TRACE_LINES = 24;
const traces = new WeakMap<Card, string[]>();

function note(card: Card, line: string): void {
  const trace = traces.get(card) ?? [];
  trace.push(line.length > 160 ? `${line.slice(0, 150)}... (${line.length} characters)` : line);
  if (trace.length > TRACE_LINES) trace.shift();
  traces.set(card, trace);
}

/** The last exchanges with the card, for messages. */
export function traceOf(card: Card): string {
  return (traces.get(card) ?? []).map((line) => `    ${line}`).join("\n");
}

/** Sends a command given as bytes or hex. A trap that nobody asked for is a failure. */
export function send(card: Card, command: string | Uint8Array): Reply {
  const request = typeof command === "string" ? bytes(command) : command;
  note(card, `>> ${hex(request)}`);
  const response = card.exchange(request);
  note(card, `<< ${hex(response)}`);
  const trap = card.takeTrap();
  if (trap) assert.unreachable(`the card trapped: ${trap.message}\n${traceOf(card)}`);
  assert.ok(response.length >= 2, `response of ${response.length} bytes\n${traceOf(card)}`);
  return { data: response.slice(0, -2), sw: (response.at(-2)! << 8) | response.at(-1)! };
}

/** Resets the card; its ATR or ATS. */
export function reset(card: Card, line?: number): Uint8Array {
  note(card, "-- reset");
  return card.reset(line);
}

function word(sw: number): string {
  return sw.toString(16).toUpperCase().padStart(4, "0");
}

/** Fails with the trace unless the reply ends with this status word. */
export function checkStatus(card: Card, reply: Reply, sw: number, what = ""): void {
  if (reply.sw === sw) return;
  const got = `${word(reply.sw)} (${statusWordMeaning(reply.sw)})`;
  assert.unreachable(`${what} expected ${word(sw)}, card answered ${got}\n${traceOf(card)}`);
}

/** Sends; the answer must be 9000, or `sw`. Gives the data. */
export function accept(
  card: Card,
  command: string | Uint8Array,
  sw: number = SW_SUCCESS,
): Uint8Array {
  const reply = send(card, command);
  checkStatus(card, reply, sw);
  return reply.data;
}

/** Sends; the answer must be this status word and no data. */
export function refuse(card: Card, command: string | Uint8Array, sw: number, what = ""): void {
  const reply = send(card, command);
  checkStatus(card, reply, sw, what);
  assert.is(hex(reply.data), "", `data with a refusal\n${traceOf(card)}`);
}

/** Sends; the answer must be these data (hex) and 9000, or `sw`. */
export function answers(
  card: Card,
  command: string | Uint8Array,
  data: string,
  sw: number = SW_SUCCESS,
): void {
  const got = hex(accept(card, command, sw));
  assert.is(got, hex(bytes(data)), `other data\n${traceOf(card)}`);
}

/**
 * A command APDU. Data are bytes or hex; `le` 0 asks for all there is. Short, or extended when the
 * data or `le` need it or `extended` asks for it.
 */
export function apdu(
  cla: number,
  ins: number,
  p1: number,
  p2: number,
  data: string | Uint8Array = "",
  le?: number,
  extended = false,
): Uint8Array {
  const body = typeof data === "string" ? bytes(data) : data;
  const header = [cla, ins, p1, p2];
  if (!extended && body.length < 256 && (le === undefined || le <= 256)) {
    const lc = body.length > 0 ? [body.length] : [];
    return Uint8Array.from([...header, ...lc, ...body, ...(le === undefined ? [] : [le & 0xff])]);
  }
  const lc = body.length > 0 ? [0, body.length >> 8, body.length & 0xff] : [];
  const lead = body.length > 0 ? [] : [0];
  const tail = le === undefined ? [] : [...lead, (le >> 8) & 0xff, le & 0xff];
  return Uint8Array.from([...header, ...lc, ...body, ...tail]);
}

/** A command with its data cut into chained commands of at most `part` bytes. */
export function chained(
  cla: number,
  ins: number,
  p1: number,
  p2: number,
  data: Uint8Array,
  part: number,
): Uint8Array[] {
  const commands: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += part) {
    const last = at + part >= data.length;
    commands.push(apdu(last ? cla : cla | 0x10, ins, p1, p2, data.subarray(at, at + part)));
  }
  return commands;
}

/** What a cut may leave of the memory operation that it hits. The last is repeatable noise. */
function tears(): Tear[] {
  let state = 0x2545f491;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  return ["old", "new", "erased", { random }];
}

/**
 * Cuts the power before every memory operation of `operation`, in each way that one can tear, powers
 * up again and hands the card to `check`; each run starts from the state that the card has now. Gives
 * the number of operations that were cut; the card ends with the operation done.
 */
export function everyPowerCut(
  card: Card,
  operation: () => void,
  check: (cut: string) => void,
): number {
  const start = card.snapshot();
  for (let cut = 0; ; cut++) {
    for (const tear of tears()) {
      card.restore(start);
      card.cutPower(cut, tear);
      const lost = powerWasLost(operation);
      card.cutPower(undefined);
      if (!lost) return cut;
      card.powerOff();
      reset(card);
      check(`power cut at operation ${cut}, ${typeof tear === "string" ? tear : "torn at random"}`);
    }
  }
}

function powerWasLost(operation: () => void): boolean {
  try {
    operation();
    return false;
  } catch (error) {
    if (error instanceof PowerLoss) return true;
    throw error;
  }
}
