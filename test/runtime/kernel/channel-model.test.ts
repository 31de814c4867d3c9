// Random commands on random logical channels beside a model of what is selected where.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Card } from "../../../emulator/card.ts";
import { CARD_SELF } from "../../../runtime/spec/card-api.ts";
import { MAX_CHANNELS } from "../../../runtime/spec/configuration.ts";
import {
  SW_CHANNEL_ALREADY_CLOSED,
  SW_CHANNEL_NOT_SUPPORTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INS_NOT_SUPPORTED,
  SW_SUCCESS,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { send, traceOf } from "../../helpers/card.ts";
import { type Dice, dice } from "../../helpers/random.ts";
import { close, open } from "../channel.ts";
import { outcome, PROBE_AIDS, scriptCommand, selectCommand } from "../probe.ts";
import { channelCard, FIRST_PROBE, MANY } from "./channel-card.ts";

const DOMAIN = 1;
const NOTHING = 0;

/** Sends commands and says what the card must answer: by channel the instance that is selected. */
class Model {
  private selected: (number | undefined)[] = [];

  constructor(
    private readonly card: Card,
    private readonly random: Dice,
  ) {
    this.reset();
  }

  reset(): void {
    this.card.reset();
    this.selected = new Array<undefined>(MAX_CHANNELS).fill(undefined);
    this.selected[0] = DOMAIN;
  }

  /** A channel, most often one of those that are in use. */
  channel(): number {
    return this.random.below(this.random.below(4) === 0 ? MAX_CHANNELS : 6);
  }

  open(): void {
    const from = this.channel();
    const asked = this.random.below(3) === 0 ? 0 : this.channel();
    const free = this.selected.indexOf(undefined);
    const opened = asked === 0 ? free : asked;
    const can = this.isOpen(from) && opened > 0 && !this.isOpen(opened);
    if (!can) {
      this.expect(open(asked, from), SW_CHANNEL_NOT_SUPPORTED);
      return;
    }
    const instance = from === 0 ? DOMAIN : this.selected[from]!;
    const goes = instance === NOTHING || isMany(instance);
    this.expect(open(asked, from), goes ? SW_SUCCESS : SW_CONDITIONS_NOT_SATISFIED);
    if (goes) this.selected[opened] = instance;
  }

  close(): void {
    const from = this.channel();
    const asked = this.random.below(2) === 0 ? 0 : this.channel();
    const closed = asked === 0 ? from : asked;
    if (!this.isOpen(from)) this.expect(close(asked, from), SW_CHANNEL_NOT_SUPPORTED);
    else if (closed === 0) this.expect(close(asked, from), SW_WRONG_P1P2);
    else {
      const open = this.isOpen(closed);
      this.expect(close(asked, from), open ? SW_SUCCESS : SW_CHANNEL_ALREADY_CLOSED);
      this.selected[closed] = undefined;
    }
  }

  select(): void {
    const channel = this.channel();
    const probe = this.random.below(PROBE_AIDS.length);
    const instance = FIRST_PROBE + probe;
    const elsewhere = this.selected.some((one, at) => one === instance && at !== channel);
    const command = selectCommand(probe, channel);
    if (!this.isOpen(channel)) this.expect(command, SW_CHANNEL_NOT_SUPPORTED);
    else if (elsewhere && !isMany(instance)) this.expect(command, SW_CONDITIONS_NOT_SATISFIED);
    else {
      this.expect(command, SW_SUCCESS);
      this.selected[channel] = instance;
    }
  }

  ask(): void {
    const channel = this.channel();
    const command = scriptCommand([[CARD_SELF]], undefined, channel);
    const instance = this.selected[channel];
    if (instance === undefined) this.expect(command, SW_CHANNEL_NOT_SUPPORTED);
    else if (instance === NOTHING) this.expect(command, SW_CONDITIONS_NOT_SATISFIED);
    else if (instance === DOMAIN) this.expect(command, SW_INS_NOT_SUPPORTED);
    else assert.is(outcome(this.expect(command, SW_SUCCESS), 1).results[0], instance);
  }

  private isOpen(channel: number): boolean {
    return this.selected[channel] !== undefined;
  }

  private expect(command: Uint8Array, sw: number): Uint8Array {
    const reply = send(this.card, command);
    assert.is(reply.sw, sw, traceOf(this.card));
    return reply.data;
  }
}

/** Whether several channels can select it. */
function isMany(instance: number): boolean {
  return instance === DOMAIN || instance === FIRST_PROBE + MANY;
}

const model = suite("logical channels beside a model");

model("any commands in any order leave selected what the model says", async () => {
  const card = await channelCard();
  for (const seed of [1, 2, 3]) {
    const random = dice(seed);
    const channels = new Model(card, random);
    for (let turn = 0; turn < 700; turn++) {
      const what = random.below(60);
      if (what === 0) channels.reset();
      else if (what < 12) channels.open();
      else if (what < 18) channels.close();
      else if (what < 38) channels.select();
      else channels.ask();
    }
  }
});

model.run();
