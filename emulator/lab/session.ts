// The reader's side of a scenario: does its steps on a card, and tells which bytes went over the line.

import { INS_GET_RESPONSE } from "../../runtime/spec/instructions.ts";
import { SW_MORE_DATA, SW_SUCCESS } from "../../runtime/spec/status-words.ts";
import type { Card } from "../card.ts";
import { type BytesText, encodeBytes } from "./bytes-text.ts";
import { ScenarioError } from "./errors.ts";
import type { CommandAction, Scenario, Step } from "./scenario.ts";
import type { KeySet, PackageSource } from "./scenario-schema.ts";

/** What a host sees of a card. */
export interface Line {
  transmit(command: Uint8Array): Promise<Uint8Array>;
  reset(): Promise<Uint8Array>;
}

export interface Reply {
  readonly data: Uint8Array;
  readonly sw: number;
}

/** An open secure channel, the host's side. */
export interface Channel {
  wrap(plain: Uint8Array): Uint8Array;
  unwrap(reply: Reply): Reply;
}

export interface LoadFile {
  readonly bytes: Uint8Array;
  /** SHA-256 of its data block. GPC 2.3.1, C.2. */
  readonly hash: Uint8Array;
}

/** What a session cannot do by itself: it knows cards, not the bureau and its keys. */
export interface Host {
  /** Opens a channel to the selected application; the same card gives the same bytes each time. */
  open(line: Line, keys: KeySet, level: number): Promise<Channel>;
  /** The load file of a package; `scenario` is the file that speaks of it. */
  loadFile(source: PackageSource, scenario: string): Promise<LoadFile>;
  /** What a status word means, for messages. */
  meaning(sw: number): string;
}

/** P1 of LOAD: this block is the last. GPC 2.3.1, 11.6.2.1. */
const LAST_BLOCK = 0x80;

/** Rounds of GET RESPONSE after which a card is taken to be broken. */
const MAX_GET_RESPONSE = 256;
/** Most data of a short command, bytes. */
const MAX_DATA = 255;

export class Session {
  private channel: Channel | undefined;
  private dek: Uint8Array | undefined;
  private last: Uint8Array = new Uint8Array();
  private sent: Uint8Array[] = [];
  private readonly loadFiles = new Map<string, LoadFile>();
  private onResponse: (response: Uint8Array) => void = () => {};

  constructor(
    private readonly card: Card,
    private readonly host: Host,
  ) {}

  /** A fresh card of the image, brought to where the steps of the scenario begin. */
  async start(scenario: Scenario): Promise<void> {
    this.card.powerOff();
    this.card.reset();
    for (const [name, source] of Object.entries(scenario.packages)) {
      this.loadFiles.set(name, await this.host.loadFile(source, scenario.file));
    }
    for (const step of scenario.start) await this.run(step);
  }

  /** Does a step; the commands as they went over the line. `ScenarioError` when it cannot be done. */
  async run(
    step: Step,
    onResponse: (response: Uint8Array) => void = () => {},
  ): Promise<readonly Uint8Array[]> {
    this.sent = [];
    this.onResponse = onResponse;
    const { untilErases = Number.POSITIVE_INFINITY } = step;
    for (let left = step.repeat; left > 0 && this.erases() < untilErases; left--) {
      await this.runOnce(step);
    }
    if (this.erases() < (step.untilErases ?? 0)) {
      const why = `${this.erases()} erases after ${step.repeat} times, not ${step.untilErases}`;
      throw refusal(step, why);
    }
    return this.sent;
  }

  private erases(): number {
    return this.card.memory.erases.reduce((sum, count) => sum + count, 0);
  }

  private async runOnce(step: Step): Promise<void> {
    const { action } = step;
    switch (action.kind) {
      case "reset":
        this.card.powerOff();
        this.card.reset(action.line);
        this.channel = undefined;
        return;
      case "channel":
        this.channel = await this.open(step, action.keys, action.level);
        this.dek = action.keys.dek;
        return;
      case "command":
        return this.send(step, action);
    }
  }

  private async open(step: Step, keys: KeySet, level: number): Promise<Channel> {
    const line = {
      transmit: async (command: Uint8Array) => this.exchange(command),
      reset: async () => this.card.reset(),
    };
    try {
      return await this.host.open(line, keys, level);
    } catch (error) {
      throw refusal(step, (error as Error).message);
    }
  }

  private send(step: Step, action: CommandAction): void {
    const commands = this.commandsOf(step, action);
    for (const [index, plain] of commands.entries()) {
      const wanted = index === commands.length - 1 ? action.status : SW_SUCCESS;
      const { data, sw } = this.converse(step, plain, action.secure);
      if (sw !== wanted && !action.tolerated.includes(sw)) {
        const which = commands.length > 1 ? ` to command ${index + 1}` : "";
        const got = `${word(sw)} (${this.host.meaning(sw)})`;
        throw refusal(step, `the card answers ${got}${which}, the scenario says ${word(wanted)}`);
      }
      this.last = data;
    }
  }

  private converse(step: Step, plain: Uint8Array, secure: boolean): Reply {
    if (!secure) return this.collect(plain);
    if (this.channel === undefined) throw refusal(step, "is secure, but no channel is open");
    try {
      return this.channel.unwrap(this.collect(this.channel.wrap(plain)));
    } catch (error) {
      throw refusal(step, (error as Error).message);
    }
  }

  /** The whole response, fetched with GET RESPONSE as far as it waits. ISO/IEC 7816-4:2020, 5.3.4. */
  private collect(command: Uint8Array): Reply {
    let { data, sw } = replyOf(this.exchange(command));
    for (let round = 0; sw >> 8 === SW_MORE_DATA >> 8 && round < MAX_GET_RESPONSE; round++) {
      const channel = (command[0] ?? 0) & 0x03;
      const next = Uint8Array.of(channel, INS_GET_RESPONSE, 0, 0, sw & 0xff);
      const more = replyOf(this.exchange(next));
      data = Uint8Array.from([...data, ...more.data]);
      sw = more.sw;
    }
    return { data, sw };
  }

  private exchange(command: Uint8Array): Uint8Array {
    this.sent.push(command);
    const response = this.card.exchange(command);
    this.card.takeTrap();
    this.onResponse(response);
    return response;
  }

  private commandsOf(step: Step, action: CommandAction): Uint8Array[] {
    const commands = action.commands.map((text) => this.encode(step, text));
    const first = commands[0]!;
    if (action.loadFile !== undefined) {
      const { bytes } = this.loadFiles.get(action.loadFile) as LoadFile;
      return blocks(first, bytes, action);
    }
    if (action.data === undefined && action.le === undefined) return commands;
    const data = this.encode(step, action.data ?? []);
    if (data.length > MAX_DATA) throw refusal(step, `${data.length} bytes do not fit a command`);
    return [withBody(first, data, action.le)];
  }

  private encode(step: Step, text: BytesText): Uint8Array {
    try {
      const hash = (name: string) => this.loadFiles.get(name)?.hash;
      return encodeBytes(text, { dek: this.dek, last: this.last, hash });
    } catch (error) {
      throw refusal(step, (error as Error).message);
    }
  }
}

function refusal({ name, place }: Step, reason: string): ScenarioError {
  return new ScenarioError(place.file, place.line, place.path, `${name}: ${reason}`);
}

function word(sw: number): string {
  return sw.toString(16).toUpperCase().padStart(4, "0");
}

function replyOf(response: Uint8Array): Reply {
  const sw = ((response.at(-2) ?? 0) << 8) | (response.at(-1) ?? 0);
  return { data: response.slice(0, -2), sw };
}

/** Header ‖ [Lc ‖ data] ‖ [Le], short. */
function withBody(header: Uint8Array, data: Uint8Array, le: number | undefined): Uint8Array {
  const lc = data.length > 0 ? [data.length] : [];
  return Uint8Array.from([...header, ...lc, ...data, ...(le === undefined ? [] : [le & 0xff])]);
}

/** LOAD commands: P1 marks the last block, P2 counts them from 00. GPC 2.3.1, 11.6.2. */
function blocks(header: Uint8Array, file: Uint8Array, action: CommandAction): Uint8Array[] {
  const [cla = 0, ins = 0] = header;
  const commands: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += action.blockBytes) {
    const p1 = at + action.blockBytes >= file.length ? LAST_BLOCK : 0;
    const part = file.subarray(at, at + action.blockBytes);
    commands.push(withBody(Uint8Array.of(cla, ins, p1, commands.length & 0xff), part, action.le));
  }
  return commands;
}
