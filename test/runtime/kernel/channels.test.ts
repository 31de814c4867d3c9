// Logical channels side by side: class bytes, selection, session keys of applets.
// ISO/IEC 7816-4:2020, 5.4.1; GPC 2.3.1, 6.2 and 11.1.4.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as api from "../../../runtime/spec/card-api.ts";
import { MODE_ECB } from "../../../runtime/spec/chip.ts";
import { CLA_CHAINING, CLA_PROPRIETARY, CLA_SECURE } from "../../../runtime/spec/instructions.ts";
import {
  SW_CHANNEL_NOT_SUPPORTED,
  SW_CLA_NOT_SUPPORTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_FILE_NOT_FOUND,
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, refuse } from "../../helpers/card.ts";
import { classOn, close, onChannel } from "../channel.ts";
import {
  ask,
  askOn,
  type Call,
  keep,
  ON_DESELECT,
  ON_SELECT,
  PROBE_AIDS,
  PROBE_FORGET,
  PROBE_PEEK,
  PROBE_POKE,
  PROBE_RETURN,
  PROBE_SCRATCH_AT,
  perform,
  script,
  selectCommand,
  selectProbe,
} from "../probe.ts";
import { channelCard, KEY, MANY, named, OBJECT } from "./channel-card.ts";

const INS_PROBE = 0x10;
const card = await channelCard();
const scratch = ask(card, PROBE_SCRATCH_AT);
const start = card.snapshot();

const channels = suite("logical channels");
channels.before.each(() => card.restore(start));

function self(channel: number): number {
  return askOn(card, channel, api.CARD_SELF);
}

// Class bytes

channels("the class byte names the channel, in both forms; the applet never sees it there", () => {
  for (const channel of [1, 3, 4, 6]) {
    selectProbe(card, MANY, channel);
    for (const cla of [0x80, 0x00]) {
      const command = onChannel(channel, apdu(cla, INS_PROBE, 0, 0, script([]), 0));
      accept(card, command);
    }
    assert.is(askOn(card, channel, api.CARD_LOGICAL_CHANNEL), channel);
  }
  assert.is(classOn(6, CLA_PROPRIETARY), 0xc2);
  assert.is(classOn(19, CLA_PROPRIETARY | CLA_SECURE), 0xef);
  assert.is(classOn(4, CLA_CHAINING), 0x50);
});

channels("a closed channel is 6881, whatever the class; no class is the future's or FF", () => {
  for (const channel of [7, 18, 19]) {
    for (const cla of [0x00, 0x04, 0x10, 0x80, 0x84, 0x90]) {
      const command = apdu(classOn(channel, cla), INS_PROBE, 0, 0);
      refuse(card, command, SW_CHANNEL_NOT_SUPPORTED, `channel ${channel}, class ${cla}`);
    }
  }
  for (const cla of [0x20, 0x2f, 0x3f, 0xff]) {
    refuse(card, apdu(cla, INS_PROBE, 0, 0), SW_CLA_NOT_SUPPORTED, `class ${cla}`);
  }
  assert.is(self(0), 2);
});

// Selection

channels("an applet is on one channel at a time, 6985 on another, which keeps what it had", () => {
  selectProbe(card, 1, 5);
  refuse(card, selectCommand(0, 5), SW_CONDITIONS_NOT_SATISFIED);
  assert.is(self(5), 3);
  refuse(card, named("F0000000500001", 4), SW_CONDITIONS_NOT_SATISFIED);
  // On its own channel it can be selected again; once it has left, on any.
  selectProbe(card, 0, 0);
  selectProbe(card, MANY, 0);
  selectProbe(card, 0, 5);
  assert.is(self(5), 2);
});

channels("an applet that allows it is on all channels, with one RAM", () => {
  for (const channel of [0, 1, 6]) selectProbe(card, MANY, channel);
  assert.is(askOn(card, 1, PROBE_POKE, scratch, 0x5a), SW_SUCCESS);
  assert.is(askOn(card, 6, PROBE_PEEK, scratch), 0x5a);
  accept(card, close(1));
  assert.is(askOn(card, 0, PROBE_PEEK, scratch), 0x5a);
});

channels("the next and the partial name are of each channel", () => {
  const prefix = "F000000050";
  selectProbe(card, MANY, 0);
  accept(card, named(prefix, 1));
  assert.is(self(1), 2);
  // "Next" on channel 5 begins behind what is selected there, not behind what another channel has.
  // It goes past one that is busy there and cannot be on two.
  accept(card, named(prefix, 5, 0x02));
  assert.is(self(5), 3);
  accept(card, named("F0000000", 1, 0x02));
  assert.is(self(1), 4);
  accept(card, named(prefix, 5));
  assert.is(self(5), 2);
  accept(card, named("F0000000", 1, 0x02), SW_FILE_NOT_FOUND);
  assert.is(self(1), 4, "a search that ends leaves what is selected");
});

channels("deselect of the old runs before select of the new, on this channel alone", () => {
  const at = scratch;
  const tell = (value: number): Call[] => [
    [PROBE_POKE, at, value],
    [api.CARD_OBJECT_WRITE, OBJECT, 0, at, 1],
  ];
  const mark = (channel: number): number => {
    const calls: Call[] = [
      [api.CARD_OBJECT_READ, OBJECT, 0, at, 1],
      [PROBE_PEEK, at],
    ];
    return perform(card, calls, undefined, channel).results[1]!;
  };
  selectProbe(card, 1, 1);
  selectProbe(card, MANY, 5);
  for (const channel of [0, 1, 5]) keep(card, ON_DESELECT, tell(0xde), channel);
  selectProbe(card, MANY, 1);
  assert.is(mark(0), 0, "channel 0 was deselected");
  assert.is(mark(5), 0, "channel 5 was deselected");
  selectProbe(card, 1, 1);
  assert.is(mark(1), 0xde, "channel 1 was not deselected");
});

channels("deselect has no command of its own: it reads nothing of the SELECT in hand", () => {
  keep(card, ON_DESELECT, [
    [api.CARD_COMMAND_READ, 0, scratch, 7],
    [api.CARD_OBJECT_WRITE, OBJECT, 0, scratch, 7],
  ]);
  const name = hex(Uint8Array.from(Buffer.from(PROBE_AIDS[0], "hex")));
  selectProbe(card, 0);
  const { data } = perform(card, [[api.CARD_REPLY_OBJECT, OBJECT, 0, 7]]);
  assert.not.equal(hex(data), name);
});

// Session keys of applets

const derive: Call = [api.CARD_KEY_DERIVE, KEY, scratch, 16];
const use: Call = [api.CARD_KEY_CIPHER, api.SESSION_KEY, MODE_ECB, scratch, 16];

function derived(channel: number): string {
  const clean: Call[] = Array.from({ length: 16 }, (_, at) => [PROBE_POKE, scratch + at, 1]);
  const { data, results } = perform(
    card,
    [...clean, use, [api.CARD_REPLY, scratch, 16]],
    undefined,
    channel,
  );
  return results[16] === SW_SUCCESS ? hex(data) : results[16]!.toString(16);
}

channels("an applet on another channel neither uses, changes nor ends a session key", () => {
  selectProbe(card, 1, 1);
  assert.is(ask(card, ...derive), SW_SUCCESS);
  const mine = derived(0);
  const none = SW_REFERENCED_DATA_NOT_FOUND.toString(16);
  assert.is(derived(1), none);
  assert.is(askOn(card, 1, PROBE_POKE, scratch, 0x77), SW_SUCCESS);
  assert.is(askOn(card, 1, ...derive), SW_SUCCESS);
  assert.not.equal(derived(1), mine);
  assert.is(derived(0), mine);
  selectProbe(card, MANY, 1);
  assert.is(derived(0), mine);
  selectProbe(card, 1, 1);
  assert.is(derived(1), none);
});

channels("a session key derived in deselect, or in a select that refuses, is gone", () => {
  const none = SW_REFERENCED_DATA_NOT_FOUND.toString(16);
  selectProbe(card, 1, 1);
  keep(card, ON_DESELECT, [derive], 1);
  selectProbe(card, 1, 1);
  assert.is(derived(1), none, "derived in deselect");
  const refusal = SW_CONDITIONS_NOT_SATISFIED;
  keep(card, ON_SELECT, [derive, [PROBE_FORGET], [PROBE_RETURN, refusal]], 1);
  keep(card, ON_DESELECT, [], 1);
  refuse(card, selectCommand(1, 1), refusal);
  selectProbe(card, 1, 1);
  assert.is(derived(1), none, "derived in a select that refused");
});

channels.run();
