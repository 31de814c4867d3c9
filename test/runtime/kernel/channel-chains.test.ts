// Chains and responses that wait, each bound to its logical channel. ISO/IEC 7816-4:2020, 5.3.3 and 5.3.4.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as api from "../../../runtime/spec/card-api.ts";
import { CLA_PROPRIETARY, INS_GET_RESPONSE } from "../../../runtime/spec/instructions.ts";
import {
  SW_CONDITIONS_NOT_SATISFIED,
  SW_CORRECT_LE,
  SW_LAST_COMMAND_EXPECTED,
  SW_MORE_DATA,
  SW_SUCCESS,
} from "../../../runtime/spec/status-words.ts";
import { hex } from "../../helpers/bytes.ts";
import { accept, apdu, chained, refuse, send } from "../../helpers/card.ts";
import { dice } from "../../helpers/random.ts";
import { close, onChannel, open } from "../channel.ts";
import {
  ask,
  askOn,
  type Call,
  PROBE_RETURN,
  PROBE_SCRATCH_AT,
  payloadAt,
  perform,
  script,
  scriptCommand,
  selectProbe,
} from "../probe.ts";
import { channelCard, OBJECT, OBJECT_BYTES } from "./channel-card.ts";

const INS_PROBE = 0x10;
const card = await channelCard();
const scratch = ask(card, PROBE_SCRATCH_AT);
const start = card.snapshot();

const chains = suite("chains on logical channels");
chains.before.each(() => card.restore(start));

function self(channel: number): number {
  return askOn(card, channel, api.CARD_SELF);
}

const answerAll: Call[] = [
  [api.CARD_REPLY_OBJECT, OBJECT, 0, OBJECT_BYTES],
  [PROBE_RETURN, SW_SUCCESS],
];

function fill(channel: number): void {
  const content = dice(3).bytes(OBJECT_BYTES);
  const write: Call = [api.CARD_OBJECT_WRITE_COMMAND, OBJECT, 0, payloadAt(1), OBJECT_BYTES];
  assert.equal(perform(card, [write], content, channel).results, [SW_SUCCESS]);
}

chains("extended length, chaining, 61XX and 6CXX work on channel 5", () => {
  selectProbe(card, 1, 5);
  fill(5);
  const content = dice(3).bytes(OBJECT_BYTES);
  const extended = onChannel(5, apdu(CLA_PROPRIETARY, INS_PROBE, 0, 0, script(answerAll), 65536));
  assert.is(hex(accept(card, extended)), hex(content));
  const parts = chained(
    CLA_PROPRIETARY,
    INS_PROBE,
    0,
    0,
    script(answerAll, content.slice(0, 500)),
    200,
  );
  for (const part of parts.slice(0, -1)) accept(card, onChannel(5, part));
  const first = send(card, onChannel(5, Uint8Array.of(...parts.at(-1)!, 0)));
  assert.is(first.sw, SW_MORE_DATA);
  const more = (le: number): Uint8Array => onChannel(5, apdu(0x00, INS_GET_RESPONSE, 0, 0, "", le));
  const second = send(card, more(0));
  assert.is(second.sw, SW_MORE_DATA | (OBJECT_BYTES - 512));
  refuse(card, more(100), SW_CORRECT_LE | (OBJECT_BYTES - 512));
  const third = send(card, more(OBJECT_BYTES - 512));
  assert.is(third.sw, SW_SUCCESS);
  assert.is(hex(Uint8Array.of(...first.data, ...second.data, ...third.data)), hex(content));
});

chains("a response waits for its own channel", () => {
  selectProbe(card, 1, 5);
  fill(5);
  const command = onChannel(5, apdu(CLA_PROPRIETARY, INS_PROBE, 0, 0, script(answerAll)));
  accept(card, command, SW_MORE_DATA);
  const more = apdu(0x00, INS_GET_RESPONSE, 0, 0, "", 0);
  for (const channel of [0, 1, 6]) {
    refuse(card, onChannel(channel, more), SW_CONDITIONS_NOT_SATISFIED);
  }
  accept(card, onChannel(5, more), SW_MORE_DATA);
  // Any other command, of any channel, ends the wait.
  assert.is(self(0), 2);
  refuse(card, onChannel(5, more), SW_CONDITIONS_NOT_SATISFIED);
});

chains("a chain belongs to its channel: a command of another is 6883 and ends it", () => {
  selectProbe(card, 1, 5);
  const parts = chained(CLA_PROPRIETARY, INS_PROBE, 0, 0, script([], new Uint8Array(90)), 40);
  accept(card, onChannel(5, parts[0]!));
  refuse(card, onChannel(0, parts[1]!), SW_LAST_COMMAND_EXPECTED);
  accept(card, onChannel(5, parts[0]!));
  refuse(card, scriptCommand([]), SW_LAST_COMMAND_EXPECTED);
  assert.is(self(0), 2);
  assert.is(self(5), 3);
});

chains("what comes between the parts of a chain writes nothing into it", () => {
  const data = script([[api.CARD_COMMAND_READ, 0, scratch, 8]], new Uint8Array(90).fill(0x31));
  const parts = chained(CLA_PROPRIETARY, INS_PROBE, 0, 0, data, 40);
  for (const between of [
    open(),
    open(9),
    close(4),
    apdu(0x00, INS_GET_RESPONSE, 0, 0, "", 0),
    apdu(0xff, 0, 0, 0),
    apdu(0x43, INS_PROBE, 0, 0),
  ]) {
    card.restore(start);
    accept(card, parts[0]!);
    send(card, between);
    // The chain is over: this is a command of its own.
    assert.is(self(0), 2);
  }
});

chains.run();
