// MANAGE CHANNEL: which channels open and close, and what is selected on a new one.
// ISO/IEC 7816-4:2020, 11.1.2; GPC 2.3.1, 6.4 and 11.7.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TAG_66_CARD_DATA } from "../../../applets/security-domain/spec.ts";
import { Card } from "../../../emulator/card.ts";
import * as api from "../../../runtime/spec/card-api.ts";
import { INTERFACE_CONTACT, INTERFACE_CONTACTLESS } from "../../../runtime/spec/chip.ts";
import { MAX_CHANNELS } from "../../../runtime/spec/configuration.ts";
import {
  CLA_PROPRIETARY,
  INS_GET_DATA,
  INS_MANAGE_CHANNEL,
  INS_SELECT,
  P1_SELECT_BY_NAME,
} from "../../../runtime/spec/instructions.ts";
import {
  SW_CHANNEL_ALREADY_CLOSED,
  SW_CHANNEL_NOT_SUPPORTED,
  SW_CONDITIONS_NOT_SATISFIED,
  SW_INS_NOT_SUPPORTED,
  SW_SUCCESS,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
  SW_WRONG_P1P2,
} from "../../../runtime/spec/status-words.ts";
import { accept, answers, apdu, refuse } from "../../helpers/card.ts";
import { close, onChannel, open, openUpTo } from "../channel.ts";
import {
  ask,
  askOn,
  keep,
  ON_DESELECT,
  ON_SELECT,
  PROBE_PEEK,
  PROBE_POKE,
  PROBE_RETURN,
  PROBE_SCRATCH_AT,
  probeImage,
  scriptCommand,
  selectCommand,
  selectProbe,
} from "../probe.ts";

/** Probes 0 and 1 on one channel at a time, probe 2 on several; the issuer's domain is the default. */
const image = await probeImage({
  domain: true,
  channels: MAX_CHANNELS,
  each: [{}, {}, { many: true }],
});
const ofFour = await probeImage();
const MANY = 2;
const INS_PROBE = 0x10;

function fresh(from = image): Card {
  const card = Card.boot(from, { seed: 1 });
  card.reset();
  return card;
}

/** Number of the instance that runs on a channel, as it says itself. */
function self(card: Card, channel: number): number {
  return askOn(card, channel, api.CARD_SELF);
}

/** GET DATA of what only a security domain knows. */
function cardData(channel: number): Uint8Array {
  return onChannel(channel, apdu(CLA_PROPRIETARY, INS_GET_DATA, 0, TAG_66_CARD_DATA, "", 0));
}

const managing = suite("MANAGE CHANNEL");

managing("opens the first free channel of the card's choice and tells its number", () => {
  const card = fresh(ofFour);
  for (const channel of [1, 2, 3]) answers(card, open(), `0${channel}`);
  refuse(card, open(), SW_CHANNEL_NOT_SUPPORTED);
  accept(card, close(2));
  answers(card, open(), "02");
});

managing("opens a channel by its number, without an answer", () => {
  const card = fresh(ofFour);
  answers(card, open(3), "");
  refuse(card, open(3), SW_CHANNEL_NOT_SUPPORTED, "open already");
  refuse(card, open(4), SW_CHANNEL_NOT_SUPPORTED, "beyond the profile");
  for (const beyond of [19, 20, 0x7f, 0x80, 0xff]) {
    refuse(card, open(beyond), SW_CHANNEL_NOT_SUPPORTED, `${beyond}`);
    refuse(card, close(beyond), SW_CHANNEL_NOT_SUPPORTED, `${beyond}`);
  }
  answers(card, open(), "01");
});

managing("a card of one channel opens none", async () => {
  const card = fresh(await probeImage({ channels: 1 }));
  refuse(card, open(), SW_CHANNEL_NOT_SUPPORTED);
  refuse(card, open(1), SW_CHANNEL_NOT_SUPPORTED);
  refuse(card, close(1), SW_CHANNEL_NOT_SUPPORTED);
  selectProbe(card);
});

managing("closes a channel by P2, or the one that it is sent on", () => {
  const card = fresh();
  openUpTo(card, 7);
  accept(card, close(5));
  refuse(card, selectCommand(0, 5), SW_CHANNEL_NOT_SUPPORTED);
  accept(card, close(0, 6));
  refuse(card, selectCommand(0, 6), SW_CHANNEL_NOT_SUPPORTED);
  accept(card, close(3, 7));
  refuse(card, selectCommand(0, 3), SW_CHANNEL_NOT_SUPPORTED);
  selectProbe(card, 0, 7);
});

managing("warns with 6200 of a channel that is closed, and never closes the basic one", () => {
  const card = fresh();
  selectProbe(card, 1);
  accept(card, close(4), SW_CHANNEL_ALREADY_CLOSED);
  accept(card, open(4));
  accept(card, close(4));
  accept(card, close(4), SW_CHANNEL_ALREADY_CLOSED);
  refuse(card, close(0), SW_WRONG_P1P2);
  assert.is(ask(card, api.CARD_OBJECT_SIZE, 1), -1, "the selected probe answers");
});

managing("refuses another P1, data, and no Le where a number is to be told", () => {
  const card = fresh();
  for (const p1 of [0x01, 0x40, 0x7f, 0x81, 0xff]) {
    refuse(card, apdu(0x00, INS_MANAGE_CHANNEL, p1, 0, "", 1), SW_WRONG_P1P2);
  }
  refuse(card, apdu(0x00, INS_MANAGE_CHANNEL, 0, 0), SW_WRONG_LENGTH);
  refuse(card, apdu(0x00, INS_MANAGE_CHANNEL, 0, 1, "00"), SW_WRONG_LENGTH);
  refuse(card, apdu(0x00, INS_MANAGE_CHANNEL, 0x80, 1, "00"), SW_WRONG_LENGTH);
  answers(card, open(), "01");
});

managing("opens all 20 channels, and each answers to its own class bytes", () => {
  const card = fresh();
  openUpTo(card, MAX_CHANNELS - 1);
  refuse(card, open(), SW_CHANNEL_NOT_SUPPORTED);
  for (let channel = 0; channel < MAX_CHANNELS; channel++) selectProbe(card, MANY, channel);
  for (let channel = 0; channel < MAX_CHANNELS; channel++) {
    assert.is(askOn(card, channel, api.CARD_LOGICAL_CHANNEL), channel);
  }
});

// What is selected on the new channel

managing("opened from the basic channel, the new one has the issuer's domain", () => {
  const card = fresh();
  selectProbe(card, 0);
  accept(card, open(1));
  refuse(card, scriptCommand([], undefined, 1), SW_INS_NOT_SUPPORTED, "no probe is there");
});

managing("opened from another channel, the new one has what is selected there, if it can", () => {
  const card = fresh();
  openUpTo(card, 2);
  selectProbe(card, MANY, 2);
  answers(card, open(0, 2), "03");
  assert.is(self(card, 3), self(card, 2));
  answers(card, open(19, 3), "");
  assert.is(self(card, 19), self(card, 2));
  // From one that is on one channel at a time no channel is opened.
  selectProbe(card, 0, 1);
  refuse(card, open(4, 1), SW_CONDITIONS_NOT_SATISFIED);
  refuse(card, scriptCommand([], undefined, 4), SW_CHANNEL_NOT_SUPPORTED);
  assert.is(self(card, 1), 2);
});

managing("a default that refuses leaves the new channel open with nothing selected", async () => {
  const each = [{}, {}, { many: true, implicit: "41" }];
  const card = fresh(await probeImage({ channels: 4, each }));
  selectProbe(card, MANY);
  keep(card, ON_SELECT, [[PROBE_RETURN, SW_WRONG_DATA]]);
  answers(card, open(1), "");
  refuse(card, scriptCommand([], undefined, 1), SW_CONDITIONS_NOT_SATISFIED);
  assert.is(self(card, 0), 3, "the basic channel keeps what it had");
  selectProbe(card, 0, 1);
});

managing("what is selected on a channel is told when it is closed, and what it had is gone", () => {
  const card = fresh();
  accept(card, open(1));
  selectProbe(card, 0, 1);
  const at = askOn(card, 1, PROBE_SCRATCH_AT);
  const number = 3;
  assert.is(askOn(card, 1, api.CARD_OBJECT_CREATE, number, 1), SW_SUCCESS);
  keep(
    card,
    ON_DESELECT,
    [
      [PROBE_POKE, at, 0xdd],
      [api.CARD_OBJECT_WRITE, number, 0, at, 1],
    ],
    1,
  );
  accept(card, close(1));
  accept(card, open(1));
  refuse(card, scriptCommand([], undefined, 1), SW_INS_NOT_SUPPORTED, "the domain is there");
  selectProbe(card, 0, 1);
  assert.is(askOn(card, 1, api.CARD_OBJECT_READ, number, 0, at + 1, 1), SW_SUCCESS);
  assert.is(askOn(card, 1, PROBE_PEEK, at + 1), 0xdd, "deselect did not run");
});

managing("a reset closes all but the basic channel", () => {
  for (const power of ["warm", "cold"]) {
    const card = fresh();
    openUpTo(card, 5);
    selectProbe(card, MANY, 5);
    if (power === "cold") card.powerOff();
    card.reset();
    for (const channel of [1, 5, 19]) {
      refuse(card, selectCommand(MANY, channel), SW_CHANNEL_NOT_SUPPORTED, power);
    }
    answers(card, open(), "01");
  }
});

// Defaults. GPC 2.3.1, 6.4.1 and 11.1.7.

const contact = INTERFACE_CONTACT;
const contactless = INTERFACE_CONTACTLESS;

managing(
  "the default of an interface and channel is the instance that its parameter names",
  async () => {
    const each = [{ implicit: "40" }, { implicit: "80" }, { implicit: "C2", many: true }];
    const card = fresh(await probeImage({ domain: true, each }));
    for (const [line, basic] of [
      [contact, 2],
      [contactless, 3],
    ] as const) {
      card.reset(line);
      assert.is(self(card, 0), basic, `interface ${line}`);
      assert.is(ask(card, api.CARD_INTERFACE), line);
      accept(card, open(2));
      assert.is(self(card, 2), 4, `channel 2, interface ${line}`);
      accept(card, open(1));
      accept(card, cardData(1));
    }
  },
);

managing(
  "without such a parameter the one with Card Reset is, then the issuer's domain",
  async () => {
    const each = [{}, { privileges: "040000" }, { implicit: "41", many: true }];
    const card = fresh(await probeImage({ domain: true, each, issuer: "800000" }));
    assert.is(self(card, 0), 3);
    // Card Reset is about the basic channel alone.
    accept(card, open(2));
    accept(card, cardData(2));
    accept(card, open(1));
    assert.is(self(card, 1), 4);
  },
);

managing("a card without a domain and without a default selects nothing", () => {
  const card = fresh(ofFour);
  refuse(card, scriptCommand([]), SW_CONDITIONS_NOT_SATISFIED);
  accept(card, open(1));
  refuse(card, scriptCommand([], undefined, 1), SW_CONDITIONS_NOT_SATISFIED);
});

managing(
  "a default that is selected elsewhere and cannot be twice leaves the channel empty",
  async () => {
    const each = [{ implicit: "41" }];
    const card = fresh(await probeImage({ each }));
    selectProbe(card, 0);
    accept(card, open(1));
    refuse(card, scriptCommand([], undefined, 1), SW_CONDITIONS_NOT_SATISFIED);
    accept(card, close(1));
    selectProbe(card, 1);
    accept(card, open(1));
    assert.is(self(card, 1), 1);
  },
);

managing("needs no application, and an applet never sees it", () => {
  const card = fresh(ofFour);
  answers(card, open(), "01");
  // Of another class it is another command.
  const other = apdu(CLA_PROPRIETARY, INS_MANAGE_CHANNEL, 0, 0, "", 1);
  refuse(card, other, SW_CONDITIONS_NOT_SATISFIED);
  selectProbe(card, 0);
  answers(card, open(), "02");
  refuse(card, apdu(0x00, INS_SELECT, P1_SELECT_BY_NAME, 0x01, "F000000050"), SW_WRONG_P1P2);
  refuse(card, apdu(0x00, INS_PROBE, 0, 0, "", 0), SW_SUCCESS);
});

managing.run();
